// The worker of the page: it holds the device, dreams what it is told, and posts frames; a newer dream ends the one under way.

import { Device } from './device.js';
import { deliver, dream } from './dream.js';
import { toRgba } from './pixels.js';
import { planPreview } from './preview.js';
import { RecipeError, Table } from './recipe.js';
import { resize } from './resizing.js';
import { GRAPHS } from './step.js';

const SMALL_MEGAPIXELS = (62 * 83) / 1e6; // of the picture on which the device was measured
const [PREVIEW_MS, RESTED_MS] = [500, 2000]; // of a preview, and of a better one once the hand rests
const REST_MS = 400;
let state = null; // {device, table} once it is open
let turn = 0; // of the dream that is wanted
let keeps = 0; // the turn of the dream that was told to stop and keep
let under = Promise.resolve(); // the dream under way: a device takes the steps of one at a time

self.onmessage = async ({ data: { kind, ...about } }) => {
  try {
    await TASKS[kind](about);
  } catch (error) {
    const words = error instanceof RecipeError ? error.message : '';
    self.postMessage({ kind: 'failed', id: about.id, of: kind, words, detail: String(error?.message ?? error) });
  }
};

const TASKS = {
  open: openDevice,
  dream: ({ id, photo, recipe }) => run(newest(), id, photo, recipe, Infinity),
  preview: async ({ id, photo, recipe: given, size = [photo.h, photo.w] }) => {
    const { device, table } = state;
    const recipe = typeof given === 'string' ? table.fromLink(given) : given;
    const work = SMALL_MEGAPIXELS / device.ms;
    const planned = (ms) => planPreview(recipe, size, table.network.minimum, ms * work);
    const [quick, better] = [planned(PREVIEW_MS), planned(RESTED_MS)];
    const [mine, small] = [newest(), resize(photo, quick.h, quick.w)];
    await run(mine, id, small, quick.recipe, quick.octaves);
    if (JSON.stringify(better) === JSON.stringify(quick)) return;
    await passed(REST_MS);
    await run(mine, id, small, better.recipe, better.octaves);
  },
  keep: () => {
    keeps = turn;
  },
  drop: () => {
    turn += 1;
  },
};

async function openDevice({ urls, ways }) {
  const table = new Table(await (await fetched(urls.table)).json());
  const device = await Device.quickest(await usable(ways), (way) => opened(urls, way), table);
  state = { device, table };
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const { way, ms } = device;
  self.postMessage({ kind: 'open', way, ms, rate: ms / 1000 / SMALL_MEGAPIXELS, loaded });
}

/** Return the ways that this browser has; a software adapter is far slower than WASM. */
async function usable(ways) {
  const adapter = ways.some((way) => way.provider === 'webgpu')
    ? await navigator.gpu?.requestAdapter?.().catch(() => null)
    : null;
  const software =
    !adapter ||
    (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) ||
    /swiftshader|llvmpipe|basic render/i.test(`${adapter.info?.description} ${adapter.info?.architecture}`);
  const threads = self.crossOriginIsolated && navigator.hardwareConcurrency > 1;
  const fits = (way) => (way.provider === 'webgpu' ? way.forced || !software : way.threads === 1 || threads);
  return ways.filter(fits);
}

async function opened(urls, way) {
  const runtime = urls.runtime[way.provider];
  const { default: whole, ...names } = await import(way.threads > 1 ? `${runtime.script}#threads` : runtime.script);
  const ort = names.InferenceSession ? names : whole;
  ort.env.wasm.numThreads = way.threads > 1 ? Math.min(way.threads, navigator.hardwareConcurrency) : 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(runtime.wasm, self.location.href).href };
  ort.env.logLevel = 'error';
  const bytes = await Promise.all(
    GRAPHS.map(async (name) => new Uint8Array(await (await fetched(urls.models[name])).arrayBuffer())),
  );
  return { ort, models: Object.fromEntries(GRAPHS.map((name, i) => [name, bytes[i]])) };
}

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

function newest() {
  turn += 1;
  return turn;
}

/** Dream, posting each frame, until it is done, stopped, or a newer one than `mine` is wanted. */
function run(mine, ...about) {
  under = under.catch(() => null).then(() => turn === mine && dreamOn(mine, ...about));
  return under;
}

async function dreamOn(mine, id, photo, recipe, octaves) {
  let last = null;
  for await (const frame of dream(state.device, photo, recipe, state.table)) {
    if (turn !== mine) return;
    last = frame;
    if (octaves === Infinity && !frame.last) post('frame', id, frame, frame.picture);
    await passed(0); // a stop that came meanwhile counts within a step
    if (turn !== mine) return;
    if (keeps === mine || (frame.octave === octaves && frame.step === frame.steps)) break;
  }
  post('done', id, last, deliver(last));
}

const passed = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

function post(kind, id, frame, picture) {
  const [{ h, w }, { way }, rgba] = [picture, state.device, toRgba(picture)];
  self.postMessage({ ...frame, picture: null, run: null, kind, id, way, h, w, rgba }, [rgba.buffer]);
}
