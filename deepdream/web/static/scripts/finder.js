// All settings: found by words, marked where they differ from the usual, and set back at once.
import { partsOf } from './dom.js';
import { text, translate } from './words.js';

// Says whether every word stands somewhere in what a setting says of itself.
export const mentions = (about, words) =>
  words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => about.toLowerCase().includes(word));

// value: the names of the settings that differ.
export function finder({ element, props, trigger, watch }) {
  const part = partsOf(element);
  const home = element.closest('#advanced');
  const settings = () => [...home.querySelectorAll('[id^=setting-]')];
  translate(element);
  part('words').placeholder = text('find_setting');

  const find = () => {
    const words = part('words').value.trim();
    for (const block of settings()) block.classList.toggle('unfound', !mentions(block.textContent + block.id, words));
    home.classList.toggle('searching', Boolean(words));
  };
  const mark = () => {
    const names = props.value || [];
    for (const block of document.querySelectorAll('#room-dream [id^=setting-]')) {
      block.classList.toggle('differs', names.includes(block.id.replace('setting-', '')));
    }
    part('reset').hidden = !names.length;
    part('count').textContent = names.length ? text('differing', { n: names.length }) : '';
  };
  part('words').addEventListener('input', find);
  part('reset').addEventListener('click', () => trigger('reset', {}));
  watch('value', mark);
  mark();
}
