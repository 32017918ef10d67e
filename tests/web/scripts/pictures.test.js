import assert from 'node:assert/strict';
import test from 'node:test';
import { goodName } from '../../../deepdream/web/static/scripts/hand.js';
import { maskSize, spotIn } from '../../../deepdream/web/static/scripts/mask.js';
import { newestPicture } from '../../../deepdream/web/static/scripts/newest.js';
import { levelPoints } from '../../../deepdream/web/static/scripts/views.js';
import { pointsOf } from '../../../deepdream/web/static/scripts/plots.js';
import { moved } from '../../../deepdream/web/static/scripts/pointing.js';
import { holdsSettings, sentSize } from '../../../deepdream/web/static/scripts/shrink.js';
import { toggledStyle } from '../../../deepdream/web/static/scripts/styles.js';
import { meantBy } from '../../../deepdream/web/static/scripts/touch.js';

test('one picture loads at a time, and then the newest', async () => {
  const arrive = {};
  const put = [];
  const { show, forget } = newestPicture(
    (url) => new Promise((resolve) => (arrive[url] = resolve)),
    (url) => put.push(url),
  );
  const all = show('a');
  show('b');
  show('c');
  assert.deepEqual(Object.keys(arrive), ['a']);
  arrive.a();
  await new Promise(setImmediate);
  assert.deepEqual(Object.keys(arrive), ['a', 'c']); // b was superseded
  arrive.c();
  await all;
  assert.deepEqual(put, ['a', 'c']);
  show('d');
  forget(); // a new photo: what is under way must not appear on it
  arrive.d();
  await new Promise(setImmediate);
  assert.deepEqual(put, ['a', 'c']);
});

test('a picture that is gone stops nothing', async () => {
  const put = [];
  const { show } = newestPicture(
    async (url) => {
      if (url === 'gone') throw new Error();
    },
    (url) => put.push(url),
  );
  await show('gone');
  await show('there');
  assert.deepEqual(put, ['there']);
});

test('a picture that did not come is loaded again when it is asked for again', async () => {
  const put = [];
  let cut = true;
  const load = async () => {
    if (cut) throw new Error();
  };
  const { show } = newestPicture(load, (url) => put.push(url));
  await show('a');
  assert.deepEqual(put, []);
  cut = false;
  await show('a');
  assert.deepEqual(put, ['a']);
});

test('a picture that came when it was not wanted any more is shown when it is', async () => {
  const arrive = [];
  const put = [];
  const { show, forget } = newestPicture(
    () => new Promise((resolve) => arrive.push(resolve)),
    (url) => put.push(url),
  );
  const first = show('a');
  forget();
  arrive.shift()();
  await first;
  const second = show('a');
  arrive.shift()?.();
  await second;
  assert.deepEqual(put, ['a']);
});

test('photos are sent at the size that is wanted, and small ones as they are', () => {
  assert.deepEqual(sentSize(8064, 6048, 1024), [1024, 768]);
  assert.deepEqual(sentSize(100, 9000, 1024), [11, 1024]);
  assert.equal(sentSize(1100, 500, 1024), null);
  assert.equal(sentSize(8064, 6048, 0), null);
});

test('a dream of ours is known by the settings at either end of its file', async () => {
  const filling = 'x'.repeat(200_000);
  assert.equal(await holdsSettings(new Blob([filling])), false);
  assert.equal(await holdsSettings(new Blob(['deepdream', filling])), true);
  assert.equal(await holdsSettings(new Blob([filling, '{"deepdream": 1}'])), true);
});

test('files are named after photo, look and number', () => {
  assert.equal(goodName('dream-2.png', ['IMG_1234.HEIC', 'Temples', 2]), 'IMG-1234-Temples-2.png');
  assert.equal(goodName('dream-2.jpg', ['개 / 고양이', null, 2]), '개-고양이-2.jpg');
  assert.equal(goodName('dream-2.webp', ['../..', '']), 'dream-2.webp');
  assert.equal(goodName('dream-2.png'), 'dream-2.png');
});

test('a mask has the shape of the picture, and spots lie where the pointer is', () => {
  assert.deepEqual(maskSize(2048, 1024), [1024, 512]);
  assert.deepEqual(maskSize(30, 20), [30, 20]);
  const area = { left: 10, top: 20, width: 200, height: 100 };
  assert.deepEqual(spotIn({ clientX: 110, clientY: 70 }, area, { width: 1000, height: 500 }), [500, 250]);
});

test('the crosshair starts in the middle and stays within the picture', () => {
  assert.deepEqual(moved(null, 'ArrowLeft'), [0.45, 0.5]);
  assert.deepEqual(moved([1, 0], 'ArrowRight'), [1, 0]);
});

test('a finger slides along, scrolls across, and decides nothing at first', () => {
  assert.equal(meantBy(3, 4), undefined);
  assert.equal(meantBy(12, 4), 'slide');
  assert.equal(meantBy(4, -12), 'scroll');
  assert.equal(meantBy(9, 9), 'scroll');
});

test('up to four styles are chosen, and never none', () => {
  assert.deepEqual(toggledStyle([['a', 1]], 'a'), [['a', 1]]);
  assert.deepEqual(
    toggledStyle(
      [
        ['a', 1],
        ['b', 0.5],
      ],
      'a',
    ),
    [['b', 0.5]],
  );
  assert.deepEqual(
    toggledStyle(
      [
        ['a', 1],
        ['b', 1],
      ],
      'c',
      2,
    ),
    [
      ['b', 1],
      ['c', 1],
    ],
  );
});

test('a line of a plot skips what is missing and fills the height', () => {
  assert.equal(pointsOf([0, null, 4], 1e-9), '0.0,93.0 320.0,3.0');
  assert.equal(pointsOf([0, 0.05], 0.1), '0.0,93.0 320.0,48.0');
});

test('a histogram is closed at its feet and cut at its top', () => {
  assert.equal(levelPoints([9, 0, 1], 1), '0,84 0.0,4.0 128.0,84.0 256.0,4.0 256,84');
});
