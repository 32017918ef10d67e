// What a dream will cost: time and size.
import { duration, text } from './words.js';

// Returns a cost in words.
export const costLine = (c) =>
  !c
    ? ''
    : [
        c.seconds != null && text('about', { time: duration(c.seconds) }),
        c.width + ' × ' + c.height,
        c.memory && text('memory', { n: c.memory < 10 ? c.memory.toFixed(1) : Math.round(c.memory) }),
      ]
        .filter(Boolean)
        .join(' · ');

export function cost({ element, props, watch }) {
  const draw = () => {
    element.textContent = costLine(props.value);
    element.classList.toggle('much', Boolean(props.value?.too_much));
  };
  watch('value', draw);
  draw();
}
