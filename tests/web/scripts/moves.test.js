import assert from 'node:assert/strict';
import test from 'node:test';
import {
  forgetEarlier,
  forgetReplaced,
  moved,
  movedSince,
  noteMove,
} from '../../../deepdream/web/static/scripts/moves.js';

test('a move counts as long as its slider shows it, the newest last; those of the page before until they were taken', () => {
  noteMove('setting-steps', 9, 0); // of the page before
  noteMove('setting-octaves', 4, 10);
  noteMove('wish-strength', 0.5, 20);
  noteMove('setting-seed', 7, 25);
  noteMove('setting-octaves', 3, 30);
  assert.deepEqual(Object.entries(moved()), [
    ['setting-steps', 9],
    ['wish-strength', 0.5],
    ['setting-seed', 7],
    ['setting-octaves', 3],
  ]);
  assert.deepEqual([movedSince(29), movedSince(30)], [true, false]);
  const shown = { 'setting-steps': 1, 'wish-strength': 0.7, 'setting-octaves': 3 };
  forgetReplaced((id) => shown[id] ?? null);
  assert.deepEqual(moved(), { 'setting-steps': 9, 'setting-seed': 7, 'setting-octaves': 3 });
  forgetEarlier();
  assert.deepEqual(moved(), { 'setting-seed': 7, 'setting-octaves': 3 });
});
