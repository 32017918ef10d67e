import assert from 'node:assert/strict';
import test from 'node:test';
import { meant, movedTo } from '../../../deepdream/web/static/scripts/search.js';
import { speak } from '../../../deepdream/web/static/scripts/words.js';

speak('en', { 'channel.eyes': 'eyes', 'channel.owl eyes': 'owl eyes' });
const FOUND = [
  { target: 'conv5_1:3', key: 'channel.owl eyes' },
  { target: 'conv4_2:17', key: 'channel.eyes' },
];
const about = (found) => ({
  layers: [
    { name: 'conv4_2', channels: 128 },
    { name: 'conv5_1', channels: 256 },
  ],
  known: ['classes:bee', 'classes:beer bottle', 'conv5_1:strongest'],
  found,
});

test('an exact name goes before the first that begins so', () => {
  assert.equal(meant('eyes', about(FOUND)), 'conv4_2:17');
  const bees = [
    { target: 'classes:beer bottle', key: '' },
    { target: 'classes:bee', key: '' },
  ];
  assert.equal(meant('bee', about(bees)), 'classes:bee');
});

test('a word stands for the first that was found, and an unknown one for nothing', () => {
  assert.equal(meant('owl', about(FOUND)), 'conv5_1:3');
  assert.equal(meant('xyzzy', about([])), null);
  assert.equal(meant('classes:xyzzy', about(FOUND)), null);
});

test('layers, channels and ranks may be spelled out, as far as there are such', () => {
  assert.equal(meant('conv4_2', about([])), 'conv4_2');
  assert.equal(meant('CONV5_1:Strongest', about([])), 'conv5_1:strongest');
  assert.equal(meant('conv4_2:127', about([])), 'conv4_2:127');
  assert.equal(meant('conv4_2:128', about([])), null);
  assert.equal(meant('conv4_2@0.5,0.5', about([])), 'conv4_2@0.5,0.5');
  assert.equal(meant('conv9:1', about([])), null);
});

test('arrows move among the tiles and out at the top', () => {
  assert.equal(movedTo('ArrowRight', 0, 4, 10), 1);
  assert.equal(movedTo('ArrowDown', 1, 4, 10), 5);
  assert.equal(movedTo('ArrowDown', 8, 4, 10), 9);
  assert.equal(movedTo('ArrowUp', 1, 4, 10), -1);
  assert.equal(movedTo('End', 1, 4, 10), 9);
  assert.equal(movedTo('x', 1, 4, 10), undefined);
});
