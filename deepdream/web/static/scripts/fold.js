// A heading that unfolds what stands below it.
import { partsOf } from './dom.js';
import { translate } from './words.js';

export function fold({ element, props }) {
  const button = partsOf(element)('fold');
  translate(element);
  button.setAttribute('aria-controls', props.folds);
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') !== 'true';
    button.setAttribute('aria-expanded', String(open));
    document.getElementById(props.folds).classList.toggle('unfolded', open);
    window.dispatchEvent(new Event('resize')); // what is within has its sizes only now
  });
}
