import assert from 'node:assert/strict';
import test from 'node:test';
import { deviceOn } from '../../../deepdream/web/static/scripts/device.js';

const FAKES = '../../../tests/web/scripts/fakes'; // from where a server hands the files out
const SERVERS = 2.0; // seconds a megapixel-step
globalThis.navigator ??= {}; // Node 20 has none

// Returns a stage's device that has met its server, what it told the server, and how often that was asked.
async function met({ scripts = FAKES, servers = SERVERS } = {}) {
  const [told, heard, button] = [[], {}, { hidden: true, setAttribute() {} }];
  button.addEventListener = (kind, listener) => (button[kind] = listener);
  const room = { addEventListener: (kind, listener) => (heard[kind] = listener) };
  const it = { part: () => button, room, trigger: (...about) => told.push(about), draw() {} };
  globalThis.document = { documentElement: { dataset: {} } };
  let asked = 0;
  globalThis.fetch = async () => {
    asked += 1;
    return { ok: true, json: async () => scripts && { urls: { scripts }, ways: [], rate: servers } };
  };
  globalThis.dreamer = null;
  const own = deviceOn(it);
  heard.input();
  await own.met;
  await own.opening;
  return { own, told, button, asked: () => asked };
}

const measured = async (rate) => {
  await globalThis.dreamer.on.open({ way: { name: 'wasm' }, ms: 9, rate });
};

test('the device dreams unasked only where a step takes less than 0.85 of the server’s time', async () => {
  for (const [share, on] of [
    [0.1, true],
    [0.849, true],
    [0.851, false],
    [3, false],
    [NaN, false],
  ]) {
    const { own, told, button } = await met();
    assert.equal(button.hidden, false);
    await measured(share * SERVERS);
    assert.equal(own.on, on, `${share}`);
    assert.deepEqual(told, on ? [['device', { on: true }]] : []);
  }
});

test('who presses the switch before it was measured has the device dream, however slow', async () => {
  const { own, told, button } = await met();
  button.click();
  await measured(9 * SERVERS);
  assert.equal(own.on, true);
  button.click();
  assert.deepEqual(told, [
    ['device', { on: true }],
    ['device', { on: false }],
  ]);
});

test('a server that does not know its own speed goes on dreaming', async () => {
  const { own } = await met({ servers: null });
  await measured(0.001);
  assert.equal(own.on, false);
});

test('without files, WebAssembly or memory there is no switch, and the server dreams', async () => {
  const value = { photo: { url: 'photo' }, device: { link: 'a', stamp: 1 } };
  const none = await met({ scripts: null });
  assert.deepEqual([none.button.hidden, none.told], [true, []]);
  const lost = await met({ scripts: `${FAKES}/missing` });
  assert.deepEqual([lost.button.hidden, lost.told], [true, []]);
  const small = await met();
  globalThis.dreamer.on.failed({ of: 'open' });
  assert.deepEqual([small.button.hidden, small.told], [true, []]);
  assert.equal(small.own.over(value), value);
  const { WebAssembly } = globalThis;
  delete globalThis.WebAssembly;
  const old = await met();
  globalThis.WebAssembly = WebAssembly;
  assert.deepEqual([old.button.hidden, old.told, old.asked()], [true, [], 0]);
  assert.equal(globalThis.dreamer, null);
});

test('what the device could not the server dreams from then on', async () => {
  const { own, told } = await met();
  await measured(0.1 * SERVERS);
  globalThis.dreamer.on.failed({ of: 'preview' });
  assert.equal(own.on, false);
  assert.deepEqual(told.at(-1), ['device', { on: false }]);
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
const valueOf = (photo, stamp) => ({ photo: { url: photo }, width: 4, height: 3, device: { link: 'a', stamp } });

// Returns a stage's device that is on, and what becomes of the photos that it fetches: { url: [resolve, reject] }.
async function dreaming() {
  const { own, told } = await met();
  await measured(0.1 * SERVERS);
  const photos = {};
  globalThis.fetch = (url) => new Promise((resolve, reject) => (photos[url] = [resolve, reject]));
  globalThis.encoding = [];
  globalThis.ImageData = class {};
  globalThis.URL.createObjectURL = (file) => file;
  globalThis.URL.revokeObjectURL = () => {};
  return { own, told, photos };
}

const arrives = (photos, url) => photos[url][0]({ ok: true, blob: async () => url });

test('a preview of a photo is not shown on the next one', async () => {
  const { own, photos } = await dreaming();
  own.over(valueOf('first', 1));
  arrives(photos, 'first');
  await settled();
  assert.deepEqual(globalThis.dreamer.begun, [['preview', { file: 'first' }, 'a', [3, 4]]]);
  globalThis.dreamer.on.done({ rgba: [], h: 1, w: 1 });
  own.over(valueOf('second', 2));
  assert.equal(globalThis.dreamer.dropped, 2, 'of each photo before');
  globalThis.encoding[0]('a preview of the first');
  await settled();
  assert.equal(own.over(valueOf('second', 2)).picture, undefined);
});

test('a photo that is gone before it was read leaves the newer one to the device', async () => {
  const { own, told, photos } = await dreaming();
  own.over(valueOf('first', 1));
  own.over(valueOf('second', 2));
  photos.first[1](new Error('gone'));
  await settled();
  assert.deepEqual([own.on, told.length], [true, 1]);
  arrives(photos, 'second');
  await settled();
  assert.equal(globalThis.dreamer.begun.length, 1);
});

test('a photo that did not arrive is fetched again once the switch is pressed', async () => {
  const { own, photos } = await dreaming();
  own.over(valueOf('first', 1));
  photos.first[1](new Error('the line is cut'));
  await settled();
  assert.equal(own.on, false);
  own.on = true;
  delete photos.first;
  own.over(valueOf('first', 2));
  assert.ok(photos.first);
});
