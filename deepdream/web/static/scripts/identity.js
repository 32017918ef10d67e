// Who this browser is to the server: a key that the server gave and nobody can guess, kept for the next page. With it a page
// that was reloaded, or whose connection is back, takes up what it left: photo, dreams, settings, and a running dream.
import { forgetAll } from './keeping.js';
import { make } from './dom.js';
import { forgetEarlier, forgetReplaced, moved, movedSince, noteMoves } from './moves.js';
import { text } from './words.js';

const KEY = 'deepdream-visitor';
const STORES = ['sessionStorage', 'localStorage']; // the tab's own first: two tabs are two visitors

const stored = () => {
  for (const name of STORES) {
    try {
      const key = window[name].getItem(KEY);
      if (key) return key;
    } catch {
      /* private mode */
    }
  }
  return '';
};

const store = (key) => {
  for (const name of STORES) {
    try {
      if (key) window[name].setItem(KEY, key);
      else window[name].removeItem(KEY);
    } catch {
      /* private mode */
    }
  }
};

// Says whether a link brought the page here; one that is loaded again goes on with what became of its settings.
const linked = () =>
  new URLSearchParams(location.search).has('r') && performance.getEntriesByType('navigation')[0]?.type === 'navigate';

export function identity({ trigger, props, watch }) {
  noteMoves();
  let asked = { at: 0, left: 0, answered: true };
  // left: until when a photo may have been left; on a page just opened, what was brought before it could ask is newer.
  const resume = ({ link = false, left = performance.now() } = {}) => {
    forgetReplaced();
    asked = { at: performance.now(), left, answered: false };
    trigger('resume', { key: stored(), moved: moved(), link });
  };
  const takeUp = ({ photo, changed }) => {
    asked.answered = true;
    forgetEarlier();
    if (photo && movedSince(asked.at))
      resume(); // the answer has put that slider back
    else if (changed) trigger('moved', {});
  };
  const learn = () => {
    const { key, found, photo, opened } = props.value || {};
    if (opened) resume({ link: linked(), left: 0 });
    if (key === undefined) return;
    store(key);
    if (!asked.answered) takeUp(props.value);
    document.dispatchEvent(new CustomEvent('studio-known', { detail: found }));
    // Forgotten is also a photo that the page before was sending again when it was left.
    if (key && !photo) document.dispatchEvent(new CustomEvent('studio-forgotten', { detail: asked.left }));
  };
  watch('value', learn);
  listenToTheLine(resume);
  document.addEventListener('studio-leave', async () => {
    await forgetAll();
    trigger('leave', {});
  });
}

// Says when the server is out of reach or about to end, and takes up again where it was left.
function listenToTheLine(resume) {
  const PAUSE = 2000; // milliseconds between two looks
  const line = make('div', { id: 'studio-line', role: 'status', hidden: true });
  document.body.append(line);
  const trouble = async () => {
    try {
      const answer = await fetch('readyz', { cache: 'no-store', signal: AbortSignal.timeout(4000) });
      return (await answer.json()).why === 'closing' ? 'ending' : '';
    } catch {
      return 'reconnecting';
    }
  };
  const show = (key) => {
    line.hidden = !key;
    line.textContent = key && text(key);
  };
  let before = '';
  const look = async () => {
    const key = await trouble();
    if (!key && before) resume();
    show(key);
    before = key;
    setTimeout(look, key ? PAUSE : 5 * PAUSE);
  };
  setTimeout(look, 5 * PAUSE);
  window.addEventListener('offline', () => show((before = 'reconnecting')));
  keepHeartbeat(resume, show);
}

// By its heartbeat the server knows that a page is open. Gradio opens it once; where it breaks off, as in a lift, this
// opens it again, as often as needed, and takes up what was left.
function keepHeartbeat(resume, show) {
  let ours = null;
  const ended = (url) => {
    if (ours) return; // a source of events comes back by itself
    show('reconnecting');
    ours = new EventSource(url);
    ours.addEventListener('error', () => ours.readyState === EventSource.CLOSED && show('')); // refused: no more tries
    ours.addEventListener('open', () => {
      show('');
      resume();
    });
  };
  const beats = (entries) => entries.map(({ name }) => name).find((name) => name.includes('/heartbeat/'));
  const watch = new PerformanceObserver((list) => {
    const url = beats(list.getEntries());
    if (url) ended(url);
  });
  watch.observe({ type: 'resource', buffered: true });
}
