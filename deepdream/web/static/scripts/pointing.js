// Point at the photo: what is there?
import { coarse } from './dom.js';
import { text } from './words.js';

const STRIDE = 1 / 20; // of the picture, by an arrow key
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (share) => Math.min(1, Math.max(0, share));

// Returns the place [x, y], in shares of the picture, to which a key moves.
export const moved = (place, key) => {
  const [x, y] = MOVES[key] || [0, 0];
  const [fromX, fromY] = place || [0.5, 0.5];
  return [within(fromX + x * STRIDE), within(fromY + y * STRIDE)];
};

// Makes the crosshair of a stage work: it = { element, part, trigger, say, draw }; returns what marks a place.
export function pointingAt({ element, part, trigger, say, draw }) {
  const button = part('point');
  const target = part('target');
  const ring = part('ring');
  let place = null;

  const mark = (where) => {
    place = where;
    ring.hidden = !where;
    if (!where) return;
    ring.style.left = `calc(var(--x) + ${100 * where[0]}% * var(--zoom))`;
    ring.style.top = `calc(var(--y) + ${100 * where[1]}% * var(--zoom))`;
  };
  const mode = (on) => {
    element.classList.toggle('pointing', on);
    button.setAttribute('aria-pressed', String(on));
    if (!on) return;
    say(text(coarse() ? 'point_hint' : 'point_keys'));
    target.focus({ preventScroll: true });
  };
  const choose = (event) => {
    const area = part('before').getBoundingClientRect(); // which may be zoomed
    const byKey = event.detail === 0;
    const spot = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    const [x, y] = byKey ? place || [0.5, 0.5] : spot.map(within);
    mode(false);
    mark([x, y]); // at once: the answer takes a moment
    say(text('looking'));
    if (byKey) button.focus({ preventScroll: true });
    trigger('point', { x, y });
  };

  button.addEventListener('click', () => mode(!element.classList.contains('pointing')));
  target.addEventListener('click', choose);
  target.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      mode(false);
      button.focus();
      draw();
    }
    if (!(event.key in MOVES)) return;
    event.preventDefault();
    mark(moved(place, event.key));
  });
  return mark;
}
