// The picture: the photo, what it becomes, and the tools on it.
import { deviceOn } from './device.js';
import { make, coarse, partsOf } from './dom.js';
import { filmOn } from './film.js';
import { maskOn } from './mask.js';
import { fetchPicture, newestPicture } from './newest.js';
import { bringSample, photosIn } from './photos.js';
import { pointingAt } from './pointing.js';
import { seenAt } from './seen.js';
import { spokenLine, statusLine } from './status.js';
import { text, translate } from './words.js';
import { zoomOn } from './zoom.js';

const REST = 400; // milliseconds without a newer preview
const SLIM = 4; // times as wide as high: too low for the tools to stand on it
const TALL = 0.9; // times as wide as high: on a phone too narrow for them

export function stage(piece) {
  const { element, watch } = piece;
  const part = partsOf(element);
  const it = { ...piece, part, box: part('box'), room: element.closest('.room') };
  it.say = (words) => (part('line').textContent = words);
  it.draw = () => draw(it);
  it.rest = () => {
    part('bar').hidden = true;
    it.draw();
  };
  it.working = (words, share) => {
    it.say(words + (share ? ' ' + Math.round(100 * share) + ' %' : ''));
    Object.assign(part('bar'), { hidden: false, value: share || 0 });
  };
  label(it);
  offerSamples(it);
  it.pictures = { after: shownIn(part('after')), overlay: shownIn(part('overlay')) };
  it.compare = compareOn(it);
  it.fit = zoomOn(it);
  it.film = filmOn(it);
  it.mask = maskOn(it);
  it.mark = pointingAt(it);
  it.device = it.props.home ? deviceOn(it) : null;
  it.unsee = seenAt(it);
  photosIn(it);
  offers(it);
  askFirst(it);
  watch('value', it.draw);
  draw(it);
}

function label({ element, part, props }) {
  translate(element);
  part('before').alt = text('before_alt');
  part('after').alt = text('after_alt');
  part('overlay').alt = text('preview');
  for (const tool of element.querySelectorAll('[data-tool]')) {
    tool.hidden = !(props.tools || ['mask', 'point']).includes(tool.dataset.tool);
  }
  if (props.accept) part('file').accept = props.accept;
  if (props.title) element.querySelector('[data-t=drop_title]').textContent = text(props.title);
  if (!coarse()) return;
  element.querySelector('[data-t=drop_title]').textContent = text(props.start || 'start_title'); // nobody drops or pastes on a phone
  element.querySelector('[data-t=drop_words]').hidden = true;
}

function offerSamples(it) {
  const { part, props, say } = it;
  const samples = props.samples || [];
  part('samples').parentElement.hidden = !samples.length;
  for (const { name, picture } of samples) {
    const open = () => {
      say(text('opening'));
      bringSample(it, name);
    };
    const label = text('sample', { name: text('sample.' + name) });
    const face = make('img', { src: picture, alt: '', width: 84, height: 84 });
    part('samples').append(
      make('button', { type: 'button', class: 'sample', 'aria-label': label, onclick: open }, face),
    );
  }
}

function shownIn(image) {
  const { show, forget } = newestPicture(fetchPicture, (url) => {
    image.src = url;
    image.hidden = false;
  });
  return (picture) => {
    if (picture) return show(picture.url);
    forget();
    image.hidden = true;
  };
}

function compareOn({ part, box }) {
  const slider = part('compare');
  const compare = () => {
    box.style.setProperty('--before', slider.value + '%');
    slider.setAttribute('aria-valuetext', text('compare_value', { n: Number(slider.value) }));
  };
  slider.addEventListener('input', compare);
  return (value) => {
    slider.value = value;
    compare();
  };
}

// What the server offers on the picture: settings that a photo brought along, a smaller size, a chip to take away.
function offers({ element, part, box, trigger, mask }) {
  part('carried').addEventListener('click', (event) => trigger('recipe', { query: event.target.dataset.query }));
  part('offer').addEventListener('click', (event) => trigger('shrink', { side: Number(event.target.dataset.side) }));
  part('larger').addEventListener('click', () => trigger('larger', {}));
  part('remedy').addEventListener('click', (event) => trigger('drop', { what: event.target.dataset.what }));
  part('badge').addEventListener('click', () => element.classList.toggle('lifted'));
  part('chips').addEventListener('click', (event) => {
    const what = event.target.closest('button')?.dataset.what;
    if (what === 'mask') mask.none();
    else if (what) trigger('drop', { what });
  });
  part('full').addEventListener('click', () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else box.requestFullscreen?.();
  });
}

// Without a photo, the button that would dream asks for one.
function askFirst({ part, room, props }) {
  room.addEventListener(
    'click',
    (event) => {
      if (!event.target.closest('.go') || (props.value?.state || 'empty') !== 'empty') return;
      event.stopPropagation();
      part('file').click();
    },
    { capture: true },
  );
}

function draw(it) {
  const told = it.props.value || { state: 'empty' };
  const value = it.device?.over(told) ?? told;
  const empty = value.state === 'empty';
  it.element.dataset.state = it.room.dataset.state = value.state;
  if (it.props.home) document.documentElement.dataset.studio = value.state;
  it.part('drop').hidden = !empty;
  it.box.hidden = empty;
  if (!empty) drawPictures(it, value);
  drawProgress(it, value);
  drawRemedy(it, value);
  it.say(statusLine(value.status));
  readOut(it, value);
  sharpen(it, value);
}

function drawPictures(it, value) {
  const { box, part, props, pictures, element } = it;
  box.style.setProperty('--ratio', value.width + ' / ' + value.height);
  box.style.setProperty('--wide', value.width / value.height);
  box.classList.toggle('slim', value.width > SLIM * value.height);
  box.classList.toggle('tall', value.width < TALL * value.height);
  box.classList.toggle('veiled', Boolean(value.veil));
  box.style.setProperty('--veil', value.veil ? `url("${value.veil.url}")` : 'none');
  if (value.photo && value.photo.url !== it.photo) newPhoto(it, value);
  pictures.after(value.picture);
  pictures.overlay(value.overlay);
  it.film(value.film);
  if (value.state === 'done' && value.picture?.url !== it.made) tellOfPicture(it, value);
  const overlay = value.overlay?.url;
  if (overlay !== it.overlay && (!overlay || value.here || begins(value))) element.classList.remove('lifted');
  it.overlay = overlay; // one that goes on as the dream stays lifted
  const both = Boolean(value.picture);
  part('compare').disabled = !both;
  box.classList.toggle('both', both);
  it.room.toggleAttribute('data-placed', Boolean(value.place));
  if (!props.home) it.mark(value.place || null);
  drawOffers(it, value);
}

function tellOfPicture(it, { picture }) {
  it.made = picture?.url;
  document.dispatchEvent(new CustomEvent('studio-made'));
}

function newPhoto(it, value) {
  it.photo = it.part('before').src = value.photo.url;
  it.compare(0);
  it.fit();
  it.mask.clear();
  it.unsee();
  if (it.props.home) document.dispatchEvent(new CustomEvent('studio-shown', { detail: value.number }));
}

function drawOffers({ part, element, props }, value) {
  const badge = part('badge');
  badge.textContent = badgeOf(value);
  badge.hidden = !badge.textContent;
  badge.disabled = !value.overlay;
  element.classList.toggle('covered', Boolean(value.overlay));
  part('carried').hidden = !value.carried;
  part('carried').dataset.query = value.carried || '';
  part('offer').hidden = !value.offer;
  part('offer').dataset.side = value.offer || '';
  part('offer').textContent = value.offer ? text('shrink', { n: value.offer }) : '';
  part('larger').hidden = !value.larger || !props.home;
  part('larger').textContent = value.larger ? text('enlarge', { n: value.larger }) : '';
  part('chips').replaceChildren(
    ...(props.home ? value.chips || [] : []).map(({ what, n }) =>
      make('button', { type: 'button', 'data-what': what, title: text('drop_it') }, text('chip.' + what, { n }) + ' ×'),
    ),
  );
}

// What the line below the picture offers, also where there is none yet.
function drawRemedy({ part }, { remedy = '' }) {
  const button = part('remedy');
  button.hidden = !remedy;
  button.dataset.what = remedy;
  button.textContent = remedy && text('remedy.' + remedy);
}

function badgeOf(value) {
  const where = value.here ? ` · ${text('here')}` : '';
  if (value.overlay) return text('overlay') + where;
  if (!value.preview) return '';
  return text(value.unfinished ? 'preview_sharpening' : 'preview') + where;
}

// Whether a preview is the first one of its settings, from which the dream can go on.
const begins = (value) => value.unfinished && value.status.key !== 'sharpening';

// As soon as the hand rests, the preview goes on as the dream itself.
function sharpen(it, value) {
  const picture = (value.overlay || value.picture)?.url;
  if (picture === it.rested) return; // drawn again: it was asked for once
  clearTimeout(it.resting);
  it.rested = picture;
  if (begins(value)) it.resting = setTimeout(() => it.trigger('rest'), REST);
}

function drawProgress({ part }, value) {
  const busy = value.state === 'waiting' || value.state === 'dreaming';
  const bar = part('bar');
  part('veil').hidden = bar.hidden = !busy;
  const progress = value.status?.progress;
  if (busy && progress != null) bar.value = progress;
  else bar.removeAttribute('value');
}

// Reads out what matters, once.
function readOut(it, value) {
  const phrase = spokenLine(value);
  if (!phrase || phrase === it.spoken) return;
  it.spoken = it.part('live').textContent = phrase;
}
