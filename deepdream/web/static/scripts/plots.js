// Lines over steps. Each is drawn on its own scale, from 0 (or its least) to its greatest value: parts of a loss differ by
// magnitudes.
import { make } from './dom.js';
import { named, percent, text } from './words.js';

const [WIDTH, HEIGHT, MARGIN] = [320, 96, 3];

export const svg = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

// Returns a line's name in words: "conv4_2" is a layer, "style/conv4_2" what is compared there; others by their keys.
export const spokenLoss = (name, keys = {}) => {
  if (name in keys) return text(keys[name]);
  const at = name.indexOf('/');
  if (at >= 0) return named('part.' + name.slice(0, at), name.slice(0, at)) + ' ' + name.slice(at + 1);
  return named('layer.' + name, named('part.' + name, name));
};

// Returns the points of a line; values may be missing. most: what the top stands for, at least.
export const pointsOf = (values, most) => {
  const known = values.filter((value) => value != null);
  const [low, high] = [Math.min(0, ...known), Math.max(...known, most)];
  const x = (step) => ((step / Math.max(1, values.length - 1)) * WIDTH).toFixed(1);
  const y = (value) => (HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  return values.flatMap((value, step) => (value == null ? [] : [x(step) + ',' + y(value)])).join(' ');
};

function legendOf(name, values, keys) {
  const last = values.findLast((value) => value != null);
  if (name === 'clipped') return text('clipped') + ' ' + percent(last);
  return spokenLoss(name, keys) + ' ' + Number(last.toPrecision(3));
}

// Returns a drawing of lines, {name: values}, with its legend. keys: of texts, for lines that have a name of their own.
export function plot(lines, label, keys) {
  const names = Object.keys(lines).filter((name) => lines[name].some((value) => value != null));
  const color = (index) => `hsl(${265 + (index * 360) / Math.max(3, names.length)} 62% 58%)`;
  const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none' };
  const drawn = names.map((name, index) => {
    const clipped = name === 'clipped';
    const style = `stroke:${color(index)}` + (clipped ? ';stroke-dasharray:4 4' : '');
    return svg('polyline', { points: pointsOf(lines[name], clipped ? 0.1 : 1e-9), style });
  });
  const legend = names.map((name, index) =>
    make('li', { style: `--dot:${color(index)}` }, legendOf(name, lines[name], keys)),
  );
  return make('div', { class: 'plot' }, svg('svg', view, ...drawn), make('ul', { class: 'legend' }, ...legend));
}

// The losses of a style as they fall, folded away: few want to know them.
export function losses({ element, props, watch }) {
  const title = text('losses_title');
  const heading = make('summary', { class: 'heading' }, title);
  const fold = make('details', {}, heading);
  const draw = () => {
    const value = props.value || {};
    fold.replaceChildren(heading, plot(value, title));
    element.replaceChildren(...(Object.keys(value).length ? [fold] : []));
  };
  watch('value', draw);
  draw();
}
