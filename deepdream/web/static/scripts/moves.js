// Sliders that were moved: kept in this tab for the page that is loaded next, and told to a server whose line is back. Of what
// the server remembers and what the hand did last, the hand's counts; a move counts as long as its slider shows it.
import { recall, remember } from './memory.js';

const KEY = 'deepdream-moves';
const KINDS = ['range', 'number', 'checkbox'];
const PLACES = '#room-dream :is([id^="setting-"], [id^="wish-"])';

let moves = {}; // { id: { value, at } }, the newest last; at: milliseconds of this page, 0 for those of the page before

const keep = () => remember(KEY, JSON.stringify(moves));

const valueOf = (input) => (input.type === 'checkbox' ? input.checked : Number(input.value));

const shownBy = (id) => {
  const input = document.querySelector(`#${id} input`);
  return input && valueOf(input);
};

// Forgets what other settings have replaced since; shown(id): the value of a slider, null where there is none.
export const forgetReplaced = (shown = shownBy) => {
  const stands = ([id, { value, at }]) => !at || [value, null].includes(shown(id));
  moves = Object.fromEntries(Object.entries(moves).filter(stands));
  keep();
};

// Forgets the moves of the page before: the server has taken them.
export const forgetEarlier = () => {
  moves = Object.fromEntries(Object.entries(moves).filter(([, { at }]) => at));
  keep();
};

export const forgetMoves = () => {
  moves = {};
  keep();
};

// Returns the moves that count, as { id: value }.
export const moved = () => Object.fromEntries(Object.entries(moves).map(([id, { value }]) => [id, value]));

export const movedSince = (then) => Object.values(moves).some(({ at }) => at > then);

export const noteMove = (id, value, at) => {
  delete moves[id];
  moves[id] = { value, at };
  keep();
};

export function noteMoves() {
  for (const [id, { value }] of Object.entries(JSON.parse(recall(KEY) || '{}'))) noteMove(id, value, 0);
  document.addEventListener('input', ({ target }) => {
    const place = KINDS.includes(target.type) && target.closest(PLACES);
    if (place && target.value !== '') noteMove(place.id, valueOf(target), performance.now());
  });
  window.addEventListener('pagehide', () => forgetReplaced());
}
