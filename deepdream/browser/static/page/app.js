// The page: a photo, a look, a live preview, a dream that can be stopped and kept; nothing leaves the device.

import { Table } from '../engine/recipe.js';
import { Controls } from './controls.js';
import { Dreamer } from './dreamer.js';
import { offerKeeping } from './keeping.js';
import { openPhoto, PhotoError, planar, recipeInFile } from './photos.js';
import { badge, compare, listenForPhotos, progress, say, showDream, showPhoto, write } from './stage.js';
import { duration, language, part, text, translate } from './words.js';

const { ways, pictures } = window.site;
const urls = absolute(window.site.urls);
const PREVIEW_AFTER = 60; // milliseconds without another change

/** All that the page knows. */
const page = {
  bitmap: null,
  photo: null,
  busy: false,
  open: false,
  began: 0,
  way: null,
  dreamed: null,
  stopped: false,
};
let brought = 0; // photos: the newest counts, also where an older one is read later

async function begin() {
  document.documentElement.lang = language;
  darken();
  translate(document);
  if (typeof WebAssembly !== 'object') throw new Error('no WebAssembly');
  page.table = new Table(await (await fetch(urls.table)).json());
  page.controls = new Controls(page.table, pictures, preview);
  readLink();
  listen();
  await controlled();
  state('empty');
  page.dreamer = new Dreamer(urls, chosenWays(), { open: opened, frame: framed, done, failed });
}

/** Return paths made whole by the page's address, since scripts lie elsewhere. */
function absolute(paths) {
  if (typeof paths === 'string') return new URL(paths, document.baseURI).href;
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, absolute(path)]));
}

/** Wait, but not long, for the service worker, so that what is fetched now is there without a network later. */
async function controlled() {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('sw.js');
    if (navigator.serviceWorker.controller) return;
    const taken = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
    await Promise.race([
      taken,
      new Promise((resolve) => {
        setTimeout(resolve, 1500);
      }),
    ]);
  } catch {
    // without storage the page works as long as it is open
  }
}

function chosenWays() {
  const wished = new URLSearchParams(location.search).get('way');
  return wished ? ways.filter((way) => way.name === wished).map((way) => ({ ...way, forced: true })) : ways;
}

function darken() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => document.documentElement.classList.toggle('dark', dark.matches);
  dark.addEventListener('change', follow);
  follow();
}

function listen() {
  listenForPhotos(takeFile);
  part('compare').addEventListener('input', ({ target }) => compare(Number(target.value), true));
  part('dream').addEventListener('click', startDream);
  part('stop').addEventListener('click', stopDream);
  part('size').addEventListener('change', shrinkPhoto);
  for (const sample of document.querySelectorAll('.sample')) {
    sample.addEventListener('click', () => takeSample(sample.dataset.photo));
  }
  offerKeeping(page, takeSettings);
  document.addEventListener('keydown', pressed);
}

function pressed(event) {
  if (
    event.target.matches('input:not([type=range]), select, textarea') ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  const action = { d: startDream, s: stopDream, o: () => part('file').click() }[event.key.toLowerCase()];
  if (action && !document.querySelector('dialog[open]')) action();
}

/** Read the settings in the page's address, as a link of the studio has them. */
function readLink() {
  const link = new URLSearchParams(location.search).get('r') ?? new URLSearchParams(location.hash.slice(1)).get('r');
  if (link === null) return;
  try {
    take(page.table.fromLink(link));
  } catch {
    say(text('bad_link'));
  }
}

/** Take over a recipe, unless it asks for what the device lacks. */
function take(recipe) {
  const lacks = page.table.lacking(recipe);
  if (lacks.length) {
    say(text('device.lacks', { names: lacks.map((name) => text(`setting.${name}`)).join(', ') }));
    return;
  }
  page.controls.show(recipe);
  preview();
}

async function takeSettings(file) {
  const values = await recipeInFile(file, page.table.limits.json);
  try {
    if (values === null) throw new PhotoError('no_settings');
    take(page.table.fromDict(values));
  } catch (error) {
    say(error instanceof PhotoError ? text(error.message) : `${text('no_settings')} ${error.message}`);
  }
}

async function takeSample(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status}`);
    await takeFile(await answer.blob());
  } catch {
    say(text('not_a_picture')); // the line is cut, and it was not kept
  }
}

async function takeFile(file) {
  if ((file.name ?? '').endsWith('.json')) return takeSettings(file);
  brought += 1;
  const mine = brought;
  try {
    const bitmap = await openPhoto(file);
    if (mine !== brought) return bitmap.close();
    page.bitmap?.close();
    page.bitmap = bitmap;
    return shrinkPhoto();
  } catch (error) {
    return say(text(error instanceof PhotoError ? error.message : 'not_a_picture'));
  }
}

/** Bring the photo to the size at which it is dreamed. */
function shrinkPhoto() {
  if (page.bitmap === null) return;
  page.photo = planar(page.bitmap, Number(part('size').value));
  if (Math.min(page.photo.h, page.photo.w) < page.table.network.minimum) {
    page.photo = null;
    say(text('device.small', { n: page.table.network.minimum }));
    return;
  }
  page.dreamer?.drop(); // also a preview of the photo before
  busy(false);
  showPhoto(page.photo);
  state('photo');
  say(text(page.open ? 'ready' : 'warming'));
  preview();
}

/** Preview once no further change has come for a moment. */
function preview() {
  clearTimeout(page.timer);
  if (page.photo === null || !page.open) return;
  halt();
  page.timer = setTimeout(() => {
    page.began = performance.now();
    page.dreamer.begin('preview', page.photo, page.controls.recipe);
  }, PREVIEW_AFTER);
}

/** End whatever is under way and forget it. */
function halt() {
  if (page.busy) page.dreamer.drop();
  busy(false);
}

function startDream() {
  if (page.photo === null || page.busy || !page.open) return say(text(page.open ? 'no_photo' : 'warming'));
  clearTimeout(page.timer);
  Object.assign(page, { began: performance.now(), stopped: false, dreamed: page.controls.recipe });
  busy(true);
  say(text('starting'));
  page.dreamer.begin('dream', page.photo, page.dreamed);
  return undefined;
}

function stopDream() {
  if (!page.busy) return;
  page.stopped = true;
  page.dreamer.keep();
}

function busy(is) {
  page.busy = is;
  part('stop').disabled = !is;
  part('dream').disabled = is;
  if (is) state('dreaming');
  else if (part('room').dataset.state === 'dreaming') state('photo');
  if (!is) progress(null);
}

const state = (name) => {
  part('room').dataset.state = name;
};

function opened({ way, ms }) {
  Object.assign(page, { open: true, way });
  part('where').textContent = text('device.where', { way: text(`device.${way.name}`), ms: ms.toFixed(0) });
  document.documentElement.dataset.device = way.name;
  if (page.photo !== null) say(text('ready'));
  navigator.serviceWorker?.controller?.postMessage({
    keep: performance.getEntriesByType('resource').map(({ name }) => name),
  });
  preview();
}

function framed(frame) {
  showDream(frame);
  progress(frame.progress);
  badge('');
  const left = ((performance.now() - page.began) / 1000) * (1 / frame.progress - 1);
  const step = text('step_of', { n: frame.step, of: frame.steps });
  const octave = text('octave_of', { n: frame.octave, of: frame.octaves });
  write(`${octave} · ${step} · ${text('left', { time: duration(left) })}`);
}

function done(frame) {
  showDream(frame);
  const previewed = !page.busy;
  badge(previewed ? text('preview') : '');
  if (previewed) {
    state('photo');
    document.documentElement.dataset.preview = Math.round(performance.now() - page.began);
    return;
  }
  busy(false);
  state('done');
  const time = duration((performance.now() - page.began) / 1000);
  say(page.stopped ? text('stopped') : text('done', { time }));
}

function failed({ of, words, detail }) {
  busy(false);
  document.documentElement.dataset.failed = detail;
  say(of === 'open' ? text('device.none') : words || text('device.broke'));
}

begin().catch((error) => {
  document.documentElement.dataset.failed = String(error.message);
  say(text('device.none'));
});
