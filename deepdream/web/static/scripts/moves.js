// Sliders that were moved while the line was cut: kept in this tab until the server has heard of them. Of what the server
// remembers and what the hand did last, the hand's counts.

const KEY = 'deepdream-moves';
const KINDS = ['range', 'number', 'checkbox'];
const PLACES = '#room-dream :is([id^="setting-"], [id^="wish-"])';

let moves = {}; // { id: { value, at } }, the newest last; at: milliseconds of this page, 0 for those of the page before

const keep = () => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(moves));
  } catch {
    /* private mode */
  }
};

// Forgets the moves until then.
export const heard = (until, from = 0) => {
  moves = Object.fromEntries(Object.entries(moves).filter(([, { at }]) => at < from || at > until));
  keep();
};

// Returns the moves that the server may not have heard of, as { id: value }.
export const unheard = () => Object.fromEntries(Object.entries(moves).map(([id, { value }]) => [id, value]));

export const noteMove = (id, value, at) => {
  delete moves[id];
  moves[id] = { value, at };
  keep();
};

export function noteMoves() {
  try {
    for (const [id, { value }] of Object.entries(JSON.parse(sessionStorage.getItem(KEY)) || {})) noteMove(id, value, 0);
  } catch {
    /* private mode */
  }
  document.addEventListener('input', ({ target }) => {
    const place = KINDS.includes(target.type) && target.closest(PLACES);
    if (!place || target.value === '') return;
    noteMove(place.id, target.type === 'checkbox' ? target.checked : Number(target.value), performance.now());
  });
  // Each move is followed by a request with all settings; one that was answered has told the server.
  const listen = new PerformanceObserver((list) => {
    const answered = list
      .getEntries()
      .filter((each) => each.name.includes('queue/join') && each.responseStatus === 200);
    for (const { startTime } of answered) heard(startTime, 1);
  });
  listen.observe({ type: 'resource' });
}
