import assert from 'node:assert/strict';
import test from 'node:test';
import { bounded, markOf, withNewest, withOne } from '../../../deepdream/web/static/scripts/keeping.js';

const dream = (id, size, tag = 'a') => ({ id, tag, file: { size } });

test('a dream comes on top, and a changed one takes the place of its older self', () => {
  const dreams = [dream(1, 5), dream(2, 5)];
  assert.deepEqual(
    withOne(dreams, dream(3, 5)).map(({ id }) => id),
    [1, 2, 3],
  );
  assert.deepEqual(
    withOne(dreams, dream(1, 5, 'b')).map(({ id, tag }) => id + tag),
    ['1b', '2a'],
  );
});

test('of the newest dreams the newest have their files', () => {
  const dreams = [1, 2, 3, 4].map((id) => dream(id, 10));
  assert.deepEqual(
    bounded(dreams, 3, 25).map(({ id, file }) => [id, Boolean(file)]),
    [
      [2, false],
      [3, true],
      [4, true],
    ],
  );
  assert.deepEqual(bounded(dreams, 9, 40), dreams);
});

test('a photo that is brought again comes on top once', () => {
  const photos = withNewest([dream(1, 5), dream(2, 5)], dream(1, 5, 'b'));
  assert.deepEqual(
    photos.map(({ id, tag }) => id + tag),
    ['2a', '1b'],
  );
});

test('the newest has its file, however large', () => {
  assert.deepEqual(
    bounded([dream(1, 10), dream(2, 99)], 9, 25).map(({ file }) => Boolean(file)),
    [false, true],
  );
});

test('photos of one name are told apart', () => {
  const photo = { name: 'image.jpg', size: 5, lastModified: 7 };
  assert.notEqual(markOf(photo), markOf({ ...photo, lastModified: 8 }));
  assert.equal(markOf({ sample: 'cat' }), 'cat');
});
