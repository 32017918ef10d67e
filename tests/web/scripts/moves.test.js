import assert from 'node:assert/strict';
import test from 'node:test';
import { heard, noteMove, unheard } from '../../../deepdream/web/static/scripts/moves.js';

test('a move is told until it was heard, the newest last; those of the page before by an answer to all of them', () => {
  noteMove('setting-steps', 9, 0); // of the page before
  noteMove('setting-octaves', 4, 10);
  noteMove('wish-strength', 0.5, 20);
  noteMove('setting-octaves', 3, 30);
  assert.deepEqual(Object.entries(unheard()), [
    ['setting-steps', 9],
    ['wish-strength', 0.5],
    ['setting-octaves', 3],
  ]);
  heard(25, 1); // a request that began then
  assert.deepEqual(unheard(), { 'setting-steps': 9, 'setting-octaves': 3 });
  heard(28);
  assert.deepEqual(unheard(), { 'setting-octaves': 3 });
});
