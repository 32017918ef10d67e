// Previews on the visitor's own device: the switch, what the device measures, and its pictures over the stage's value.
//
// The server says in a stage's value which preview the device shall dream, as { link, stamp }, once it was told that the
// device shall; what the device lacks the server dreams as ever. Nothing is fetched before a control is moved, and on a
// metered line not before the switch is pressed.
import { fetchBlob } from './send.js';
import { text } from './words.js';

const SIDE = 640; // pixels of the longer side of the photo that is dreamed on
const SMALLER = 0.85; // of the server's time a step, at most: below, the device dreams without being asked

export function deviceOn(it) {
  const own = { it, on: false, dreamer: null, shown: null, stamp: null, wanted: null, photo: null };
  const button = it.part('here');
  button.addEventListener('click', () => press(own));
  it.room.addEventListener('input', () => (own.met ??= meet(own)));
  it.room.addEventListener('click', ({ target }) => target.closest('.chips') && (own.met ??= meet(own)));
  own.label = () => {
    button.setAttribute('aria-pressed', String(own.on));
    button.title = text('here_help');
    button.textContent = own.on ? text('here_on', { n: Math.round(own.ms) }) : text('here_off');
  };
  own.over = (value) => over(own, value);
  return own;
}

// Asks whether this server offers the device's files, and shows the switch where it does.
async function meet(own) {
  own.files = typeof WebAssembly === 'object' ? await offered() : null;
  own.it.part('here').hidden = own.files === null;
  own.label();
  if (own.files && !navigator.connection?.saveData) begin(own);
}

const begin = (own) => (own.opening ??= open(own).catch(() => failed(own, 'open')));

const offered = () =>
  fetch(new URL('../../device.json', import.meta.url), { cache: 'no-store' })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);

function press(own) {
  own.asked = true;
  begin(own);
  if (own.rate) choose(own, !own.on);
}

// Loads what dreams, and lets it dream where it measures quicker than the server.
async function open(own) {
  const urls = whole(own.files.urls);
  const [{ Dreamer }, photos] = await Promise.all(
    ['dreamer', 'photos'].map((name) => import(`${urls.scripts}/page/${name}.js`)),
  );
  Object.assign(own, { photos });
  own.dreamer = new Dreamer(urls, own.files.ways, {
    open: (about) => opened(own, about),
    frame: () => {},
    done: (frame) => done(own, frame),
    failed: ({ of }) => failed(own, of),
  });
}

const whole = (paths) =>
  typeof paths === 'string'
    ? new URL(`../../device/${paths}`, import.meta.url).href
    : Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, whole(path)]));

async function opened(own, { way, ms, rate }) {
  Object.assign(own, { ms, rate });
  const { rate: servers } = (await offered()) ?? { rate: 0 };
  document.documentElement.dataset.device = way.name;
  own.label();
  if (own.asked || rate < SMALLER * servers) choose(own, true);
}

function choose(own, on) {
  own.on = on;
  own.label();
  own.it.trigger('device', { on });
}

// The server goes on with what the device could not.
function failed(own, what) {
  Object.assign(own, { wanted: null, photo: null });
  if (what === 'open') own.it.part('here').hidden = true; // its scripts did not come, or not enough memory
  if (own.on) choose(own, false);
}

// Returns a stage's value with the device's picture in the place of the server's; begins to dream what is wished anew.
function over(own, value) {
  const { device } = value;
  if (!device || !own.on) return value;
  if (own.of !== value.photo.url) {
    Object.assign(own, { of: value.photo.url, photo: null });
    own.dreamer.drop(); // it is of the photo before
    show(own, null);
  }
  if (device.stamp !== own.stamp) dream(own, value);
  if (!own.shown) return value;
  const place = value.picture ? 'overlay' : 'picture';
  return { ...value, [place]: { url: own.shown }, preview: true, here: true };
}

async function dream(own, { device, width, height, photo: { url } }) {
  Object.assign(own, { stamp: device.stamp, wanted: device.stamp });
  try {
    const photo = await (own.photo ??= readPhoto(own.photos, url));
    if (own.wanted === device.stamp) own.dreamer.begin('preview', photo, device.link, [height, width]);
  } catch {
    if (own.wanted === device.stamp) failed(own); // not of a photo that a newer one has taken the place of
  }
}

const readPhoto = async ({ openPhoto, planar }, url) => planar(await openPhoto(await fetchBlob(url), SIDE), SIDE);

async function done(own, { rgba, h, w }) {
  const { wanted } = own;
  const { canvas } = own.photos.canvasOf(h, w);
  canvas.getContext('2d').putImageData(new ImageData(rgba, w, h), 0, 0);
  const file = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
  if (own.wanted !== wanted) return; // something newer is wished meanwhile
  show(own, URL.createObjectURL(file));
  own.it.draw();
}

function show(own, url) {
  const before = own.shown;
  own.shown = url;
  if (before) setTimeout(() => URL.revokeObjectURL(before), 5000); // once the newer one is shown
}
