// Before and after: what the network takes the picture for, its levels, and the losses between.
import { make, reveal } from './dom.js';
import { plot, svg } from './plots.js';
import { className, percent, text } from './words.js';

const [WIDTH, HEIGHT, ABOVE] = [256, 84, 4];
const COLORS = ['#e5484d', '#30a46c', '#3e63dd'];

export function views({ element, props, trigger, watch }) {
  const where = (label) => {
    reveal(element.closest('.room').querySelector('.stage')); // it may be out of sight on a phone
    trigger('select', { label });
  };
  const draw = () => {
    const value = props.value || {};
    const parts = [
      sentence(value.classes, where),
      pair(value.classes, 'classes_title', (list, name) => classes(list, name === 'before' ? where : null)),
      pair(value.levels, 'levels_title', (each, name) => levels(each, text('levels_title') + ', ' + text(name))),
      losses(value),
    ];
    element.replaceChildren(...parts.filter(Boolean));
  };
  watch('value', draw);
  draw();
}

const TOLD = 3; // classes in the sentence

// What the network takes the photo for, in a sentence whose names show where.
function sentence(group, where) {
  const list = (group || {}).before;
  if (!list?.length) return null;
  const name = ([label]) =>
    make('button', { type: 'button', class: 'link', onclick: () => where(label) }, className(label));
  const names = list.slice(0, TOLD).flatMap((item, index) => (index ? [', ', name(item)] : [name(item)]));
  return make('p', { class: 'lead' }, text('takes_for'), ' ', ...names, '. ', text('tap_where'));
}

const heading = (title) => make('h2', { class: 'heading' }, text(title));

function pair(group, title, show) {
  const sides = ['before', 'after'].filter((name) => (group || {})[name]);
  const drawn = sides.map((name) => make('div', {}, make('h3', {}, text(name)), show(group[name], name)));
  return drawn.length && make('section', {}, heading(title), make('div', { class: 'pair' }, ...drawn));
}

function losses(value) {
  if (!Object.keys(value.losses || {}).length) return null;
  const note = make('p', { class: 'note' }, text('losses_scale', { n: value.steps }));
  return make('section', {}, heading('losses_title'), plot(value.losses, text('losses_title'), value.names), note);
}

function classes(list, where) {
  const row = ([name, share]) => {
    const line = [make('span', {}, className(name)), ' ', make('small', {}, percent(share))];
    const about = { type: 'button', title: text('where', { label: className(name) }), onclick: () => where(name) };
    return make('li', { style: `--share:${share}` }, ...(where ? [make('button', about, ...line)] : line));
  };
  return make('ol', { class: 'classes' }, ...list.map(row));
}

// Returns the corners of a histogram's polygon; most: the count that fills the height.
export const levelPoints = (counts, most) => {
  const step = WIDTH / (counts.length - 1);
  const y = (count) => HEIGHT - Math.min(1, count / most) * (HEIGHT - ABOVE);
  const points = counts.map((count, level) => (level * step).toFixed(1) + ',' + y(count).toFixed(1));
  return `0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`;
};

function levels(channels, label) {
  const most = Math.max(...channels.flatMap((counts) => counts.slice(1)), 1e-6); // black is often a spike
  const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none' };
  const drawn = COLORS.map((color, index) =>
    svg('polygon', { points: levelPoints(channels[index], most), style: 'fill:' + color }),
  );
  return svg('svg', { ...view, class: 'levels' }, ...drawn);
}
