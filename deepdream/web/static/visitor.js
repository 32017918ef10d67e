// Who this browser is to the server: a key that the server gave and nobody can guess, kept for the next page.
// `studio.visitor.resume()` takes up what the last page left here, a running dream too; it is for a page that was reloaded,
// or whose connection is back. `studio.visitor.leave()` has the server forget everything at once.
(() => {
  const KEY = 'deepdream-visitor';
  const stored = (store) => { try { return window[store].getItem(KEY) || ''; } catch { return ''; } };
  const store = (key) => {
    for (const place of ['sessionStorage', 'localStorage']) { // the tab's own first: two tabs are two visitors
      try { if (key) window[place].setItem(KEY, key); else window[place].removeItem(KEY); } catch { /* private mode */ }
    }
  };

  window.studio.identity = ({ trigger, props, watch }) => {
    const learn = () => { if (props.value && 'key' in props.value) store(props.value.key); };
    watch('value', learn);
    window.studio.visitor = {
      key: () => stored('sessionStorage') || stored('localStorage'),
      resume: () => trigger('resume', { key: window.studio.visitor.key() }),
      leave: () => trigger('leave', {}),
    };
  };
})();
