// In whose manner to paint: one to four pictures with weights.
import { make, partsOf, refill, toast } from './dom.js';
import { keepIn } from './keeping.js';
import { sendFile } from './send.js';
import { named, text, translate } from './words.js';

const MOST = 4;
const title = (item) => named(item.key, item.id);

// Returns the chosen styles, [[id, weight], ...], with one added or taken away; one always stays, the oldest gives way.
export const toggledStyle = (chosen, id, most = MOST) => {
  if (!chosen.some(([one]) => one === id)) return [...chosen, [id, 1]].slice(-most);
  return chosen.length > 1 ? chosen.filter(([one]) => one !== id) : chosen;
};

// Keeps a picture that was brought under the name that the server gave to it, which is that of the newest.
function keepNew(it) {
  const newest = (it.props.items || []).at(-1);
  if (it.brought && newest?.key === 'own_style') keepIn('styles', { id: newest.id, file: it.brought });
  it.brought = null;
}

export function styles(piece) {
  const { element, props, watch } = piece;
  const it = { ...piece, part: partsOf(element), chosen: () => props.value || [] };
  translate(element);
  const draw = () => {
    const items = Object.fromEntries((props.items || []).map((item) => [item.id, item]));
    refill(
      it.part('list'),
      Object.values(items).map((item) => chip(it, item)),
    );
    const several = it.chosen().length > 1 ? it.chosen() : [];
    it.part('weights').replaceChildren(...several.map(([id, weight]) => weightRow(it, items[id], weight)));
  };
  it.change = (value) => {
    props.value = value;
    draw();
    it.trigger('input');
  };
  it.part('add').addEventListener('click', () => it.part('file').click());
  it.part('file').addEventListener('change', () => bring(it));
  watch(['value', 'items'], draw);
  watch('items', () => keepNew(it));
  draw();
}

function chip(it, item) {
  const on = it.chosen().some(([id]) => id === item.id);
  const about = { type: 'button', class: 'chip', 'data-name': item.id, 'aria-pressed': String(on) };
  const toggle = () => it.change(toggledStyle(it.chosen(), item.id, it.props.most));
  const face = make('img', { src: item.picture, alt: '' });
  return make('button', { ...about, onclick: toggle }, face, make('span', {}, title(item)));
}

function weightRow(it, item, weight) {
  const name = title(item);
  const shown = make('output', {}, String(weight));
  const weigh = (event) => {
    shown.textContent = event.target.value;
    it.props.value = it.chosen().map((pair) => (pair[0] === item.id ? [item.id, Number(event.target.value)] : pair));
    it.trigger('input');
  };
  const range = { type: 'range', min: 0, max: 2, step: 0.05, value: weight, 'aria-label': text('weight_of', { name }) };
  return make('label', { class: 'weight' }, make('span', {}, name), make('input', { ...range, oninput: weigh }), shown);
}

async function bring(it) {
  const { part, trigger } = it;
  const [file] = part('file').files;
  if (!file) return;
  try {
    trigger('bring', { path: await sendFile(file) });
    it.brought = file;
  } catch {
    toast(text('upload_failed'));
  }
  part('file').value = '';
}
