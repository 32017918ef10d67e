// Pictures of channels and classes, found while one types.
import { make } from './dom.js';
import { holds, layerOf, toggled, typed, without } from './weights.js';
import { className, text } from './words.js';

const PAUSE = 150; // milliseconds without a key before a search

// Returns the name of what was found, as it is read.
export const foundName = ({ target, key }) => (key ? text(key) : className(target.replace('classes:', '')));

// Says whether a target such as "conv4_2:17" or "conv4_2@0.5,0.5" is of one of the layers; classes go by their names.
const isOf = (layers, target) => {
  const layer = layers.find((one) => one.name === layerOf(target));
  const channel = /^[^:@]+:(\d+)$/.exec(target)?.[1];
  return Boolean(layer) && (channel === undefined ? /@/.test(target) : Number(channel) < layer.channels);
};

// Returns the target that typed words stand for: a layer or channel by its name, then the picture of exactly that name,
// then the first that was found; null where there is nothing. found: what the search gives for these words.
export const meant = (words, { layers, known, found }) => {
  const name = words.trim().toLowerCase();
  const spelled = [...(known || []), ...layers.map((one) => one.name)].find((one) => one.toLowerCase() === name);
  if (spelled) return spelled;
  const exact = found.find((item) => [foundName(item), item.target].some((one) => one.toLowerCase() === name));
  if (exact) return exact.target;
  if (isOf(layers, words.trim())) return words.trim();
  return /[:@]/.test(name) ? null : (found[0]?.target ?? null);
};

// Returns the index of the tile to which a key moves from the tile `at`, -1 for the field above; undefined for others.
export const movedTo = (key, at, across, count) => {
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across };
  const to = { ...steps, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.min(Math.max(-1, to), count - 1);
};

// Makes the field of the layers' piece work: it = { part, props, watch, server, menu, chosen, change }.
export function searchIn(it) {
  const { part, props, watch, server, menu } = it;
  const field = part('target');
  let turn = 0;
  let answered = null;
  let pause = null;
  it.pictured = () => menu().some((layer) => layer.atlas);
  const close = () => {
    turn += 1;
    answered = null;
    part('found').hidden = true;
  };
  const find = async () => {
    const words = field.value.trim();
    if (!it.pictured() || words === answered) return;
    const mine = (turn += 1);
    const items = await server.find_pictures(words);
    if (mine !== turn) return;
    answered = words;
    showFound(it, items);
  };
  const add = async () => {
    const [words, weight] = typed(field.value);
    if (!words) return;
    const found = it.pictured() ? await server.find_pictures(words) : [];
    const target = meant(words, { layers: [...menu(), ...(props.layers || [])], known: props.known, found });
    if (!target) return refuse(it);
    field.value = '';
    it.change([...without(it.chosen(), target), [target, weight]]);
  };
  it.press = () => {
    for (const tile of part('atlas').children) {
      tile.setAttribute('aria-pressed', String(holds(it.chosen(), tile.dataset.target)));
    }
  };
  part('add').addEventListener('click', add);
  field.addEventListener('pointerup', find); // not by the tab key: it would push away what comes next
  field.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(find, PAUSE);
  });
  part('close').addEventListener('click', close);
  byKeys(it, { add, find, close });
  const offer = () => offerNames(it, close);
  watch(['known', 'menu'], offer);
  offer();
}

function refuse({ part }) {
  part('found').hidden = false;
  part('count').textContent = text('found_none');
  part('atlas').replaceChildren();
}

function showFound(it, items) {
  const { part } = it;
  part('found').hidden = false;
  part('count').textContent = items.length
    ? text(items.length === 1 ? 'found_one' : 'found_count', { n: items.length })
    : text('found_none');
  part('atlas').scrollTop = 0;
  part('atlas').replaceChildren(...items.map((item, index) => tileOf(it, item, index)));
  it.press();
}

function tileOf(it, item, index) {
  const { target, picture } = item;
  const name = foundName(item);
  const about = {
    type: 'button',
    class: 'tile',
    'data-target': target,
    tabindex: index ? -1 : 0,
    title: target,
    'aria-label': name === target ? name : name + ', ' + target,
    onclick: () => it.change(toggled(it.chosen(), target)),
  };
  return make('button', about, make('img', { src: picture, alt: '' }), make('span', {}, name));
}

function byKeys({ part }, { add, find, close }) {
  const field = part('target');
  const atlas = part('atlas');
  field.addEventListener('keydown', async (event) => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    if (event.key === 'Enter') return add();
    await find();
    atlas.firstElementChild?.focus();
  });
  atlas.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      field.focus();
      close();
    }
    stepTiles(event, atlas, field);
  });
}

// One stop for the tab key, arrows from there.
function stepTiles(event, atlas, field) {
  const tiles = [...atlas.children];
  const at = tiles.indexOf(event.target.closest('.tile'));
  const across = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const to = movedTo(event.key, at, across, tiles.length);
  if (to === undefined) return;
  event.preventDefault();
  if (to < 0) return field.focus();
  tiles[at].tabIndex = -1;
  tiles[to].tabIndex = 0;
  tiles[to].focus();
}

function offerNames({ part, props, pictured }, close) {
  const field = part('target');
  const pictures = pictured();
  field.placeholder = pictures ? text('find_hint') : props.example || '';
  const names = pictures ? [] : props.known || [];
  part('known').replaceChildren(...names.map((value) => Object.assign(document.createElement('option'), { value })));
  if (pictures) return field.removeAttribute('list');
  field.setAttribute('list', 'known-targets');
  close();
}
