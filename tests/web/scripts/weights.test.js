import assert from 'node:assert/strict';
import test from 'node:test';
import {
  layerOf,
  shownWeight,
  toggled,
  toggledLayer,
  typed,
  weighed,
  without,
} from '../../../deepdream/web/static/scripts/weights.js';

const LIST = [
  ['conv4_2:17', 1],
  ['conv4_2', 0.5],
  ['classes:bee', 2],
];

test('the layer of a target stands before a channel or a place', () => {
  assert.equal(layerOf('conv4_2:17'), 'conv4_2');
  assert.equal(layerOf('conv4_2@0.5,0.5'), 'conv4_2');
  assert.equal(layerOf('classes:school bus'), 'classes');
});

test('toggling twice gives the list back, and the last target stays', () => {
  assert.deepEqual(toggled(toggled(LIST, 'conv1'), 'conv1'), LIST);
  assert.deepEqual(toggled([['conv1', 1]], 'conv1'), [['conv1', 1]]);
});

test('a layer takes all that is of it away', () => {
  assert.deepEqual(toggledLayer(LIST, 'conv4_2'), [['classes:bee', 2]]);
  assert.deepEqual(toggledLayer([['conv1:3', 2]], 'conv1'), [['conv1', 1]]);
});

test('a weight changes only its own target, and lists are never changed in place', () => {
  const before = structuredClone(LIST);
  assert.deepEqual(weighed(LIST, 'conv4_2', '0.25')[1], ['conv4_2', 0.25]);
  assert.equal(without(LIST, 'conv4_2').length, 2);
  assert.deepEqual(LIST, before);
});

test('a weight may be typed behind an equals sign', () => {
  assert.deepEqual(typed(' eyes = 0.5'), ['eyes', 0.5]);
  assert.deepEqual(typed('eyes'), ['eyes', 1]);
  assert.deepEqual(typed('eyes=-1'), ['eyes', -1]);
});

test('weights are shown without empty decimals', () => {
  assert.equal(shownWeight(1), '1');
  assert.equal(shownWeight(0.5), '0.5');
  assert.equal(shownWeight(-0.25), '-0.25');
});
