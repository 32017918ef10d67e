import assert from 'node:assert/strict';
import test from 'node:test';
import { filling, wholeScale, zoomedAt } from '../../../deepdream/web/static/scripts/zoom.js';
import { ledTo } from '../../../deepdream/web/static/scripts/sheet.js';

const FIT = { scale: 1, x: 0, y: 0 };
const shownAt = ({ scale, x, y }, [u, v]) => [(u - x) / scale, (v - y) / scale]; // what of the picture is at a place

test('what is under the finger stays there', () => {
  let view = FIT;
  for (const [factor, at] of [
    [2, [0.3, 0.8]],
    [1.7, [0.9, 0.1]],
    [0.8, [0.5, 0.5]],
  ]) {
    const next = zoomedAt(view, factor, at);
    shownAt(next, at).forEach((share, axis) => assert.ok(Math.abs(share - shownAt(view, at)[axis]) < 1e-9));
    view = next;
  }
});

test('a picture never leaves its stage bare, and ends at eight times', () => {
  assert.deepEqual(filling({ scale: 2, x: 0.4, y: -3 }), { scale: 2, x: 0, y: -1 });
  assert.deepEqual(zoomedAt(zoomedAt(FIT, 3, [1, 1]), 0.01, [0, 0.2]), FIT);
  assert.equal(zoomedAt(FIT, 99, [0.5, 0.5]).scale, 8);
});

test('a pixel of the picture becomes one of the screen, where that is larger', () => {
  assert.equal(wholeScale(2000, 500), 4);
  assert.equal(wholeScale(2000, 500, 2), 2);
  assert.equal(wholeScale(300, 500), 2);
});

test('arrows, Home and End lead through tabs', () => {
  assert.deepEqual(
    ['ArrowRight', 'ArrowLeft', 'Home', 'End', 'a'].map((key) => ledTo(key, 0, 4)),
    [1, 3, 0, 3, undefined],
  );
});
