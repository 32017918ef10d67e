// What the network sees at a place of the photo: pictures beside the crosshair, of which one can be dreamed.
import { toast } from './dom.js';
import { nameOf, shot } from './strip.js';
import { text } from './words.js';

// Returns where the panel of a place stands: on the side of the picture that has more room.
export const sideOf = ([x]) => (x > 0.5 ? 'left' : 'right');

// Shows the stage's `seen` items: it = { part, props, trigger, watch, mark, draw }; returns what closes them.
export function seenAt({ part, props, trigger, watch, mark, draw: rest }) {
  const panel = part('seen');
  const close = () => {
    panel.hidden = true;
    mark(null);
  };
  const choose = (item) => {
    close();
    toast(text('only_this', { name: nameOf(item) }));
    trigger('choose', { id: item.id });
  };
  const draw = () => {
    const items = props.seen || [];
    panel.hidden = !items.length;
    if (!items.length) return;
    panel.classList.toggle('left', sideOf(props.place) === 'left');
    rest();
    part('found').replaceChildren(...items.map((item) => shot(item, () => choose(item))));
  };
  part('unseen').addEventListener('click', close);
  panel.addEventListener('keydown', (event) => event.key === 'Escape' && close());
  watch('seen', draw);
  return close;
}
