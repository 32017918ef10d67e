// A row of small pictures: octaves, history, channels.
import { make, partsOf, refill } from './dom.js';
import { named, text, translate } from './words.js';

// Returns the name of an item, as it is read.
export const nameOf = (item) => {
  if (item.key) return text(item.key, item);
  return item.layer ? named('layer.' + item.layer, item.title) + ' · ' + item.channel : item.name;
};

// Returns the name of an item and its note, as they are spoken.
export const spokenName = (item) => [nameOf(item), item.note].filter(Boolean).join(' ');

// Returns the button of an item.
export const shot = (item, onclick) =>
  make(
    'button',
    { type: 'button', class: 'shot', 'aria-label': spokenName(item), title: nameOf(item), onclick },
    item.picture ? make('img', { src: item.picture.url || item.picture, alt: '' }) : '',
    make('span', {}, nameOf(item)),
    ...(item.note ? [' ', make('small', {}, item.note)] : []),
  );

export function strip({ element, trigger, props, watch }) {
  const list = partsOf(element)('list');
  let drawn = '';
  translate(element);
  const button = (item) => {
    const made = shot(item, () => trigger('select', { id: item.id }));
    made.setAttribute('aria-pressed', String(Boolean(item.current)));
    return made;
  };
  const draw = () => {
    const items = props.value || [];
    const key = JSON.stringify(items);
    if (key === drawn) return;
    drawn = key;
    element.hidden = !items.length;
    const earlier = element.parentElement.closest('.earlier');
    earlier?.closest('.room').toggleAttribute('data-made', items.length > 0);
    if (earlier) document.dispatchEvent(new CustomEvent('studio-made'));
    refill(list, items.map(button));
  };
  watch('value', draw);
  draw();
}
