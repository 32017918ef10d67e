// Who this browser is to the server: a key that the server gave and nobody can guess, kept for the next page. With it a page
// that was reloaded, or whose connection is back, takes up what it left: photo, dreams, settings, and a running dream.
import { make } from './dom.js';
import { beginAnew, leaving, listenToLeave } from './leaving.js';
import { recall, remember } from './memory.js';
import { forgetEarlier, forgetReplaced, moved, movedSince, noteMoves } from './moves.js';
import { text } from './words.js';

const KEY = 'deepdream-visitor';
const STORES = ['sessionStorage', 'localStorage']; // the tab's own first: two tabs are two visitors

const stored = () => STORES.map((store) => recall(KEY, store)).find(Boolean) || '';
const store = (key) => STORES.forEach((store) => remember(KEY, key, store));

// Says whether a link brought the page here; one that is loaded again goes on with what became of its settings.
const linked = () =>
  new URLSearchParams(location.search).has('r') && performance.getEntriesByType('navigation')[0]?.type === 'navigate';

export function identity({ trigger, props, watch }) {
  noteMoves();
  let asked = { at: 0, until: 0, answered: true };
  // until: when a photo may have been forgotten at the latest; on a page just opened, what was brought before it could ask
  // is newer.
  const resume = ({ link = false, until = performance.now() } = {}) => {
    if (leaving()) return leave();
    forgetReplaced();
    asked = { at: performance.now(), until, answered: false };
    trigger('resume', { key: stored(), moved: moved(), link });
  };
  const leave = () => trigger('leave', { key: leaving() });
  const takeUp = ({ photo, changed }) => {
    asked.answered = true;
    forgetEarlier();
    if (photo && movedSince(asked.at))
      resume(); // the answer has put that slider back
    else if (changed) trigger('moved', {});
  };
  const learn = () => {
    const { key, found, photo, opened } = props.value || {};
    if (opened) resume({ link: linked(), until: 0 });
    if (key === undefined) return;
    if (!key) return beginAnew();
    store(key);
    if (!asked.answered) takeUp(props.value);
    document.dispatchEvent(new CustomEvent('studio-known', { detail: found }));
    // Forgotten is also a photo that the page before was sending again when it was left.
    if (!photo) document.dispatchEvent(new CustomEvent('studio-forgotten', { detail: asked.until }));
  };
  watch('value', learn);
  learn();
  listenToTheLine(resume);
  listenToLeave(() => {
    const key = stored();
    store('');
    return key;
  }, leave);
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
  let next = 0;
  const look = async () => {
    const key = await trouble();
    if (!key && before) resume();
    seen(key, key ? PAUSE : 5 * PAUSE);
  };
  const seen = (key, pause) => {
    show((before = key));
    clearTimeout(next);
    next = setTimeout(look, pause);
  };
  seen('', 5 * PAUSE);
  const cut = () => seen('reconnecting', PAUSE);
  window.addEventListener('offline', cut);
  document.addEventListener('studio-cut', cut);
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
