// Do under Node what the page does: a line of JSON on standard input is a job, a line on standard output its answer.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [engine, folder] = process.argv.slice(2); // of the scripts; of table, graphs and runtime
const load = (name) => import(`${engine}/${name}.js`);
const { Random } = await load('random');
const { resize } = await load('resizing');
const { planOctaves } = await load('octaves');
const { Table } = await load('recipe');
const { Device } = await load('device');
const { dream, deliver } = await load('dream');
const { GRAPHS } = await load('step');
const { withNote, recipeIn } = await load('notes');

const table = new Table(JSON.parse(readFileSync(`${folder}/table.json`)));
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const floats = ({ data, h, w }) => ({ data: new Float32Array(bytesOf(data).buffer), h, w });
const packed = ({ data, h, w }) => ({ data: Buffer.from(new Float32Array(data).buffer).toString('base64'), h, w });
let opened = null;

async function open() {
  const ort = await import(`${folder}/ort.wasm.bundle.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = readFileSync(`${folder}/ort-wasm-simd-threaded.wasm`);
  const models = Object.fromEntries(
    GRAPHS.map((name) => [name, new Uint8Array(readFileSync(`${folder}/${name}.onnx`))]),
  );
  return { ort, models };
}

async function device() {
  opened ??= await Device.quickest([{ name: 'wasm', provider: 'wasm' }], open, table);
  return opened;
}

const JOBS = {
  random: ({ seeds, count }) => {
    const random = new Random(...seeds);
    return Array.from({ length: count }, () => random.next());
  },
  randomFloats: ({ seeds, count }) => {
    const random = new Random(...seeds);
    return Array.from({ length: count }, () => random.nextFloat());
  },
  resize: ({ picture, h, w, method }) => packed(resize(floats(picture), h, w, method)),
  octaves: ({ link, h, w }) => planOctaves(h, w, table.fromLink(link), 32),
  link: ({ link, h, w }) => {
    try {
      const recipe = table.fromLink(link);
      return { dict: table.toDict(recipe), link: table.toLink(recipe), lacking: table.lacking(recipe, h, w) };
    } catch (error) {
      return { error: `${error.name}: ${error.message}` };
    }
  },
  note: ({ picture, note, h, w }) => {
    const bytes = withNote(bytesOf(picture), note, { h, w });
    return { picture: Buffer.from(bytes).toString('base64'), recipe: recipeIn(bytes, 32000) };
  },
  noteIn: ({ picture }) => recipeIn(bytesOf(picture), 32000),
  gradient: async ({ picture, link, down, right }) => {
    const { Aim } = await load('aims');
    const { stepper } = await device();
    const aim = new Aim(table.fromLink(link), table.network);
    const { losses, gradient } = await stepper.look(stepper.put(floats(picture)), aim, down, right);
    return { losses, gradient: packed(await stepper.get(gradient)) };
  },
  dream: async ({ picture, link }) => {
    const frames = [];
    for await (const frame of dream(await device(), floats(picture), table.fromLink(link), table)) frames.push(frame);
    const [first, last] = [frames[0], frames.at(-1)];
    return { first: packed(first.picture), last: packed(last.picture), stopped: packed(deliver(first)) };
  },
  gradients: async ({ picture, links }) => {
    const [counting, counts] = [await device(), []];
    for (const link of links) {
      counts.push(0);
      counting.gradient = (...about) => {
        counts[counts.length - 1] += 1;
        return Device.prototype.gradient.apply(counting, about);
      };
      for await (const frame of dream(counting, floats(picture), table.fromLink(link), table)) deliver(frame);
    }
    delete counting.gradient;
    return counts;
  },
  measured: async ({ slow }) => {
    const { Stepper } = await load('step');
    const { get } = Stepper.prototype;
    Stepper.prototype.get = async function (picture) {
      await new Promise((resolve) => setTimeout(resolve, slow.shift() ?? 0));
      return get.call(this, picture);
    };
    const { ms } = await Device.quickest([{ name: 'wasm', provider: 'wasm' }], open, table);
    Stepper.prototype.get = get;
    return ms;
  },
  lost: async ({ picture, link }) => {
    const lost = new Device(
      { way: { name: 'gone', provider: 'wasm' }, stepper: (await device()).stepper },
      [{ name: 'wasm', provider: 'wasm' }],
      open,
    );
    const take = lost.take.bind(lost);
    let steps = 0;
    lost.take = (...given) => (++steps === 3 ? Promise.reject(new Error('the device is lost')) : take(...given));
    let last;
    for await (const frame of dream(lost, floats(picture), table.fromLink(link), table)) last = frame;
    return { last: packed(last.picture), way: lost.way.name };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...about } = JSON.parse(line);
  const answer = await Promise.resolve(about)
    .then(JOBS[what])
    .catch((error) => ({ failed: error.stack }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
