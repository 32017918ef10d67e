// A row of small pictures: octaves, history, channels.
import { make, partsOf } from './dom.js';
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
  const left = new Set(); // addresses of a visitor's pictures, which an answer on its way would bring back
  let drawn = '';
  translate(element);
  const button = (item) => {
    const made = shot(item, () => trigger('select', { id: item.id }));
    made.setAttribute('aria-pressed', String(Boolean(item.current)));
    return made;
  };
  const draw = () => {
    const items = (props.value || []).filter(({ picture }) => !left.has(picture?.url));
    const key = JSON.stringify(items);
    if (key === drawn) return;
    drawn = key;
    element.hidden = !items.length;
    const earlier = element.parentElement.closest('.earlier');
    earlier?.closest('.room').toggleAttribute('data-made', items.length > 0);
    if (earlier) document.dispatchEvent(new CustomEvent('studio-made'));
    list.replaceChildren(...items.map(button));
  };
  watch('value', draw);
  document.addEventListener('studio-leave', () => {
    for (const { picture } of props.value || []) if (picture?.url) left.add(picture.url);
    props.value = [];
    draw();
  });
  draw();
}
