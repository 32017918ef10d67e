// What grows from noise: one picture, or a layer's tiles.
import { make, reveal } from './dom.js';
import { text } from './words.js';

const nameOf = (item) => item.id + (item.key ? ' · ' + text(item.key) : '') + (item.dead ? ' · ' + text('dead') : '');

export function grown(piece) {
  const { element, props, watch } = piece;
  const it = {
    ...piece,
    room: element.closest('.room'),
    image: make('img', { alt: '', hidden: true }),
    bar: make('progress', { max: 1, 'aria-label': text('grow'), hidden: true }),
    line: make('p', { class: 'note', role: 'status' }),
    sheet: make('div', { class: 'atlas', role: 'group', 'aria-label': text('grow_layer'), hidden: true }),
  };
  element.append(make('figure', {}, it.image, it.bar), it.line, it.sheet);
  const draw = () => drawGrown(it, props.value || {});
  watch('value', draw);
  draw();
}

function drawGrown(it, value) {
  const growing = value.progress != null;
  if (growing && !it.room.hasAttribute('data-growing')) reveal(it.element);
  it.room.toggleAttribute('data-growing', growing);
  if (value.picture) show(it, value.picture.url, value.name || '');
  else if (growing && !value.tiles) it.image.hidden = true;
  fill(it, value.tiles || [], value.name || '');
  it.sheet.hidden = !value.tiles;
  it.bar.hidden = !growing;
  if (growing) it.bar.value = value.progress;
  const status = value.status && text(value.status.key, value.status);
  it.line.textContent = [value.name, status].filter(Boolean).join(' · ');
}

const show = ({ image }, src, alt) => Object.assign(image, { src, alt, hidden: false });

function fill(it, tiles, layer) {
  const { sheet } = it;
  if (sheet.dataset.layer !== layer || sheet.children.length > tiles.length) sheet.replaceChildren();
  sheet.dataset.layer = layer;
  sheet.append(...tiles.slice(sheet.children.length).map((item) => tileOf(it, item)));
}

function tileOf(it, item) {
  const name = nameOf(item);
  const about = { type: 'button', class: 'tile', 'aria-label': name, title: name, 'aria-pressed': 'false' };
  const face = make('img', { src: item.picture, alt: '' });
  const tile = make('button', { ...about, onclick: () => choose(it, tile, item) }, face, make('span', {}, name));
  tile.classList.toggle('dead', item.dead);
  return tile;
}

function choose(it, tile, item) {
  const layer = it.props.value.name;
  for (const other of it.sheet.children) other.setAttribute('aria-pressed', String(other === tile));
  show(it, item.picture, nameOf(item));
  it.line.textContent = layer + ' · ' + nameOf(item);
  it.trigger('select', { layer, id: item.id });
}
