// Looks, or layers, as chips with pictures, of which one is pressed.
import { make, partsOf } from './dom.js';
import { named, translate } from './words.js';

const face = (look) =>
  look.picture
    ? make('img', { src: look.picture, alt: '', loading: 'lazy' })
    : make('i', { style: '--hue:' + look.hue, 'aria-hidden': 'true' });

// Asks for the looks on each new photo, and shows them as they come, one after another.
export function faces({ trigger, props, watch }) {
  document.addEventListener('studio-shown', () => trigger('fill'));
  watch('value', () => document.dispatchEvent(new CustomEvent('studio-faces', { detail: props.value || {} })));
}

export function chips({ element, trigger, props, watch }) {
  const list = partsOf(element)('list');
  translate(element);
  const mark = () => {
    for (const chip of list.children) chip.setAttribute('aria-pressed', String(chip.dataset.name === props.value));
  };
  const choose = (look) => {
    props.value = look.name;
    mark();
    trigger('select', { name: look.name, at: performance.timeOrigin + performance.now() });
  };
  const chip = (look) =>
    make(
      'button',
      {
        type: 'button',
        class: 'chip',
        'data-name': look.name,
        title: named(look.key + '.help', look.sentence || look.name),
        onclick: () => choose(look),
      },
      face(look),
      make('span', {}, named(look.key, look.title)),
    );
  const draw = () => {
    list.replaceChildren(...props.looks.map(chip));
    mark();
  };
  const show = ({ detail }) => {
    for (const look of props.looks) {
      const picture = list.querySelector(`[data-name="${look.name}"] img`);
      const wanted = detail[look.name]?.url || look.picture;
      if (picture && picture.getAttribute('src') !== wanted) picture.src = wanted;
    }
  };
  if (props.own) document.addEventListener('studio-faces', show);
  watch('value', mark);
  watch('looks', draw);
  draw();
}
