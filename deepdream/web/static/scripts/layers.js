// What it sees: a row of layers, the chosen targets with their weights, and the search for more.
import { make, partsOf, refill, revealOn } from './dom.js';
import { searchIn } from './search.js';
import { holds, layerOf, shownWeight, toggledLayer, weighed, without } from './weights.js';
import { named, text, translate } from './words.js';

const PAUSE = 20; // milliseconds in which several changes are one

export function layers(piece) {
  const { element, props, trigger, watch } = piece;
  const part = partsOf(element);
  let timer = null;
  let drawn = '';
  translate(element);
  const it = { ...piece, part, menu: () => props.menu || [], chosen: () => props.value || [] };
  it.change = (list) => {
    props.value = list;
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => trigger('input'), PAUSE);
  };
  const draw = () => {
    const key = JSON.stringify([it.menu(), it.chosen().map((pair) => pair[0])]);
    if (key === drawn) return freshen(it);
    drawn = key;
    refill(
      part('menu'),
      it.menu().map((layer) => layerButton(it, layer)),
    );
    refill(
      part('weights'),
      it.chosen().map((pair) => weightRow(it, pair)),
    );
    revealOn(part('menu'));
    it.press?.();
  };
  searchIn(it);
  window.addEventListener('resize', () => revealOn(part('menu')));
  watch(['value', 'menu'], draw);
  draw();
}

// Shows new weights of the same targets; the slider that is being moved is left alone.
function freshen({ part, chosen, press }) {
  for (const [index, [, weight]] of chosen().entries()) {
    const row = part('weights').children[index];
    const input = row.querySelector('input');
    if (document.activeElement !== input) input.value = weight;
    row.querySelector('output').textContent = shownWeight(weight);
  }
  press?.();
}

function layerButton(it, layer) {
  const face = layer.picture
    ? make('img', { src: layer.picture, alt: '' })
    : make('i', { style: '--at:' + layer.at, 'aria-hidden': 'true' });
  const on = it.chosen().some((pair) => layerOf(pair[0]) === layer.name);
  const choose = () => it.change(toggledLayer(it.chosen(), layer.name));
  return make(
    'button',
    { type: 'button', class: 'layer', 'aria-pressed': String(on), title: layer.name, onclick: choose },
    face,
    make('span', {}, named('layer.' + layer.name, layer.title)),
    make('small', {}, layer.name),
  );
}

function titleOf({ menu }, target) {
  const name = layerOf(target);
  const within = target.slice(name.length + 1);
  const layer = menu().find((one) => one.name === name);
  if (layer && within in layer.names) return text(layer.names[within]) + ' · ' + target;
  return (layer ? named('layer.' + name, layer.title) : name) + (within ? ' · ' + within : '');
}

function weightRow(it, [target, weight]) {
  const name = titleOf(it, target);
  const shown = make('output', {}, shownWeight(weight));
  const weigh = (event) => {
    shown.textContent = event.target.value;
    it.change(weighed(it.chosen(), target, event.target.value));
  };
  const remove = () => holds(it.chosen(), target) && it.change(without(it.chosen(), target));
  const range = {
    type: 'range',
    min: -2,
    max: 2,
    step: 0.05,
    value: weight,
    'aria-label': text('weight_of', { name }),
  };
  const last = it.chosen().length < 2;
  return make(
    'label',
    { class: 'weight' },
    make('span', { title: name }, name),
    make('input', { ...range, oninput: weigh }),
    shown,
    make('button', { type: 'button', 'aria-label': text('remove', { name }), disabled: last, onclick: remove }, '×'),
  );
}
