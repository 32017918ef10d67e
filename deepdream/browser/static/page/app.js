// The page: a photo, a look, a live preview, a dream that can be stopped and kept; nothing leaves the device.

import { listenForFiles } from '../../../web/static/scripts/files.js';
import { guardSliders } from '../../../web/static/scripts/touch.js';
import { duration, languageOf, speak, text, translate } from '../../../web/static/scripts/words.js';
import { Table } from '../engine/recipe.js';
import { Controls } from './controls.js';
import { Dreamer } from './dreamer.js';
import { offerKeeping } from './keeping.js';
import { isJson, openPhoto, PhotoError, planar, recipeInFile } from './photos.js';
import { badge, compare, part, progress, say, showDream, showPhoto, write } from './stage.js';

const { ways, pictures, texts } = window.site;
const urls = absolute(window.site.urls);
const PREVIEW_AFTER = 60; // milliseconds without another change
const NOTED_AFTER = 500; // the same for the page's address, of which browsers take few a second
const MADE = 3; // dreams, of some 20 MB each
const LARGEST = 1024; // pixels of the longer side of a photo that is kept: the largest of the sizes

/** All that the page knows. */
const page = {
  source: null, // the photo as {canvas, name}, and at the chosen size
  photo: null,
  standing: 'warming', // or 'ready', or why it cannot dream: the key of a text
  busy: false,
  began: 0,
  way: null,
  dreamed: null, // the recipe of the newest dream
  made: [], // the dreams that were made last, with their photos, and which of them was shown last
  at: 0,
  asked: false, // for a dream, before it can be begun
  stopped: false,
  wished: false, // a control was moved in mid-dream
  broke: false, // nothing is begun unasked after a dream broke off
};
let brought = 0; // photos: the newest counts, also where an older one is read later

async function begin() {
  learnWords();
  darken();
  if (typeof WebAssembly !== 'object') return cannot('no WebAssembly');
  page.table = new Table(await (await fetch(urls.table)).json());
  page.controls = new Controls(page.table, pictures, () => {
    noteSettings();
    preview();
  });
  readLink();
  listen();
  await controlled();
  page.dreamer = new Dreamer(urls, chosenWays(), { open: opened, frame: framed, done, failed });
  return undefined;
}

function learnWords() {
  const wished = [new URLSearchParams(location.search).get('lang'), ...(navigator.languages ?? [navigator.language])];
  const language = languageOf(wished, Object.keys(texts));
  speak(language, { ...texts.en, ...texts[language] });
  document.documentElement.lang = language;
  translate(document);
}

/** Return paths made whole by the page's address, since scripts lie elsewhere. */
function absolute(paths) {
  if (typeof paths === 'string') return new URL(paths, document.baseURI).href;
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, absolute(path)]));
}

/** Wait, but not long, for the service worker, so that what is fetched now is there without a network later. */
async function controlled() {
  if (!('serviceWorker' in navigator)) return;
  const taken = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  });
  const late = new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
  const registered = navigator.serviceWorker.register('sw.js').catch(() => null); // without storage all else works
  if (!navigator.serviceWorker.controller) await Promise.race([late, registered.then((it) => it && taken)]);
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
  listenForFiles({ element: part('stage'), part }, ([file]) => (isJson(file) ? takeSettings(file) : takePhoto(file)));
  guardSliders();
  part('compare').addEventListener('input', ({ target }) => compare(Number(target.value), true));
  part('dream').addEventListener('click', startDream);
  part('stop').addEventListener('click', stopDream);
  part('undo').addEventListener('click', undo);
  part('size').addEventListener('change', usePhoto);
  for (const sample of document.querySelectorAll('.sample')) {
    sample.ariaLabel = text('sample', { name: text(`sample.${sample.dataset.name}`) });
    sample.addEventListener('click', () => takePhoto(sample.dataset));
  }
  offerKeeping(page, takeSettings);
  document.addEventListener('keydown', pressed);
  window.addEventListener('online', reopen);
}

function pressed({ target, key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey || target.closest?.('input:not([type=range]), select, textarea, dialog')) return;
  const actions = { d: startDream, s: stopDream, z: undo, o: () => part('file').click() };
  actions[key?.toLowerCase()]?.();
}

/** Read the settings in the page's address: one's own of before, or those of a link, as the studio has them. */
function readLink() {
  const own = new URLSearchParams(location.hash.slice(1)).get('r');
  const link = own ?? new URLSearchParams(location.search).get('r');
  if (link === null) return;
  if (own === null) part('tagline').textContent = text('remix');
  try {
    take(page.table.fromLink(link));
  } catch {
    say(text('bad_link'));
  }
}

/** Keep the settings in the page's address once the hand rests, for when it is loaded anew. */
function noteSettings() {
  clearTimeout(page.noting);
  page.noting = setTimeout(() => {
    const link = new URLSearchParams({ r: page.table.toLink(page.controls.recipe) });
    history.replaceState(null, '', `#${link}`);
  }, NOTED_AFTER);
}

/** Take over a recipe, unless it asks for what the device lacks. */
function take(recipe) {
  if (lacks(recipe)) return;
  page.controls.show(recipe);
  preview();
}

/** Say what the device lacks for a recipe, on a photo of that size; returns whether it lacks anything. */
function lacks(recipe, { h, w } = {}) {
  const names = page.table.lacking(recipe, h, w).map((name) => text(`setting.${name}`));
  if (names.length) say(text('device.lacks', { names: names.join(', ') }));
  return names.length > 0;
}

async function takeSettings(file) {
  try {
    const values = await recipeInFile(file, page.table.limits.json);
    if (values === null) throw new PhotoError('no_settings');
    take(page.table.fromDict(values));
    noteSettings();
  } catch (error) {
    say(error instanceof PhotoError ? text(error.message) : `${text('no_settings')} ${error.message}`);
  }
}

/** Take a photo, unless a newer one is brought while it is read: a file, or a sample's data. */
async function takePhoto(given) {
  brought += 1;
  const mine = brought;
  try {
    const file = given instanceof Blob ? given : await fetched(given.photo);
    const canvas = await openPhoto(file, LARGEST, page.table.network.minimum);
    if (mine !== brought) return;
    page.source = { canvas, name: given.name };
    usePhoto();
  } catch (error) {
    if (mine !== brought) return;
    say(error instanceof PhotoError ? text(error.message, error.values) : text('not_a_picture'));
  }
}

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new PhotoError('not_a_picture'); // the line is cut, and it was not kept
  return answer.blob();
}

/** Bring the photo to the size at which it is dreamed. */
function usePhoto() {
  if (page.source === null) return;
  halt();
  const first = part('drop').contains(document.activeElement);
  page.photo = planar(page.source.canvas, Number(part('size').value), page.table.network.minimum);
  showPhoto(page.photo);
  state('photo');
  if (first) part('dream').focus({ preventScroll: true }); // what had the focus is gone
  say(text(page.standing));
  preview();
}

/** Preview once no further change has come for a moment; a dream under way ends and stays within reach. */
function preview() {
  clearTimeout(page.timer);
  page.broke = false;
  if (page.photo === null || page.standing !== 'ready') return;
  if (page.busy) {
    page.wished = true;
    stopDream();
    return;
  }
  page.timer = setTimeout(() => {
    page.began = performance.now();
    page.dreamer.begin('preview', page.photo, page.controls.recipe);
  }, PREVIEW_AFTER);
}

/** End whatever is under way and forget it. */
function halt() {
  clearTimeout(page.timer);
  page.dreamer?.drop();
  busy(false);
}

function startDream() {
  if (page.busy) return;
  const { photo, standing, controls } = page;
  page.asked = standing !== 'ready';
  if (page.asked) {
    reopen();
    say(text(page.standing));
  } else if (photo === null) say(text('no_photo'));
  else if (!lacks(controls.recipe, photo)) {
    clearTimeout(page.timer);
    Object.assign(page, { began: performance.now(), stopped: false, wished: false, dreamed: controls.recipe });
    busy(true);
    say(text('starting'));
    page.dreamer.begin('dream', photo, page.dreamed);
  }
}

function stopDream() {
  if (!page.busy) return;
  page.stopped = true;
  page.dreamer.keep();
}

/** Bring back the dream of which a preview or a photo has taken the place, or the one before the one that is shown. */
function undo() {
  const { length } = page.made;
  if (!length || page.busy) return;
  halt();
  if (part('room').dataset.state === 'done') page.at = (page.at + length - 1) % length;
  const { frame, size, ...before } = page.made[page.at];
  Object.assign(page, before);
  part('size').value = size;
  page.controls.show(page.dreamed);
  noteSettings();
  showPhoto(page.photo);
  showDream(frame);
  state('done');
  say(text('restored'));
}

function busy(is) {
  const held = part('stop') === document.activeElement;
  page.busy = is;
  part('stop').disabled = !is;
  part('dream').ariaDisabled = String(is); // it keeps the focus, which a disabled button loses
  if (held && !is) part('dream').focus();
  if (is) state('dreaming');
  else if (part('room').dataset.state === 'dreaming') state('photo');
  if (!is) progress(null);
}

const state = (name) => {
  part('room').dataset.state = name;
};

function opened({ way, ms, loaded }) {
  Object.assign(page, { standing: 'ready', way });
  part('where').textContent = text('device.where', { way: text(`device.${way.name}`), ms: ms.toFixed(0) });
  document.documentElement.dataset.device = way.name;
  const keep = [...performance.getEntriesByType('resource').map(({ name }) => name), ...loaded];
  navigator.serviceWorker?.ready.then(({ active }) => active.postMessage({ keep }));
  if (page.photo === null || page.broke) return;
  if (page.asked) return startDream();
  say(text('ready'));
  return preview();
}

function framed(frame) {
  showDream(frame);
  progress(frame.progress);
  const left = ((performance.now() - page.began) / 1000) * (1 / frame.progress - 1);
  const step = text('step_of', { n: frame.step, of: frame.steps });
  const octave = text('octave_of', { n: frame.octave, of: frame.octaves });
  write(`${octave} · ${step} · ${text('left', { time: duration(left) })}`);
}

function done(frame) {
  showDream(frame);
  page.way = frame.way; // another one where that of before was lost
  if (page.busy) return dreamed(frame);
  badge(text('preview'));
  if (part('room').dataset.state === 'done') say(text('changed'));
  state('photo');
  document.documentElement.dataset.preview = Math.round(performance.now() - page.began);
  return undefined;
}

function dreamed(frame) {
  const { source, photo, dreamed: recipe, way } = page;
  const made = { frame, size: part('size').value, source, photo, dreamed: recipe, way };
  page.made = [...page.made, made].slice(-MADE);
  page.at = page.made.length - 1;
  part('room').dataset.made = page.made.length;
  busy(false);
  state('done');
  const time = duration((performance.now() - page.began) / 1000);
  say(page.stopped ? text('stopped') : text('done', { time }));
  if (page.wished) preview();
}

/** Say what went wrong; a worker in which something broke is replaced, since its memory may be used up for good. */
function failed({ of, words, detail }) {
  busy(false);
  if (of === 'open') return cannot(detail);
  document.documentElement.dataset.failed = detail;
  say(words || text('device.broke'));
  if (words) return undefined;
  Object.assign(page, { standing: 'warming', broke: true });
  return page.dreamer.restart();
}

/** Say why nothing can be dreamed here: the browser lacks something, or the files did not come. */
function cannot(detail) {
  document.documentElement.dataset.failed = detail;
  page.standing = /WebAssembly$|SIMD|CompileError/.test(detail) ? 'device.none' : 'device.unloaded';
  say(text(page.standing));
}

/** Try anew to fetch what did not come. */
function reopen() {
  if (page.standing !== 'device.unloaded') return;
  if (!page.dreamer) location.reload(); // nothing is on the page yet
  page.standing = 'warming';
  say(text(page.standing));
  page.dreamer?.restart();
}

begin().catch((error) => {
  cannot(String(error.message));
  window.addEventListener('online', reopen);
});
