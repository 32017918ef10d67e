import assert from 'node:assert/strict';
import test from 'node:test';
import { duration, languageOf, named, percent, speak, text } from '../../../deepdream/web/static/scripts/words.js';

const LANGUAGES = ['en', 'ko', 'vi'];
speak('en', { seconds: '{n} s', minutes: '{n} min', greet: '{a} and {b}', plain: 'plain' });

test('the first known language that is wished for is spoken, English where none is', () => {
  assert.equal(languageOf([null, 'ko-KR', 'en'], LANGUAGES), 'ko');
  assert.equal(languageOf(['vi', 'ko-KR'], LANGUAGES), 'vi');
  assert.equal(languageOf(['de-DE', undefined, 'VI-vn'], LANGUAGES), 'vi');
  assert.equal(languageOf(['de'], LANGUAGES), 'en');
  assert.equal(languageOf([], LANGUAGES), 'en');
});

test('blanks are filled, and one without a value stays to be seen', () => {
  assert.equal(text('greet', { a: 1, b: 'x' }), '1 and x');
  assert.equal(text('greet', { a: 1 }), '1 and {b}');
  assert.equal(text('no such key'), 'no such key');
  assert.equal(named('plain', 'other'), 'plain');
  assert.equal(named('none', 'other'), 'other');
});

test('times are short', () => {
  assert.equal(duration(0.01), '0.1 s');
  assert.equal(duration(0.94), '0.9 s');
  assert.equal(duration(1.4), '1 s');
  assert.equal(duration(89), '89 s');
  assert.equal(duration(100), '2 min');
});

test('small shares keep a decimal', () => {
  assert.equal(percent(0.5), '50 %');
  assert.equal(percent(0.034), '3.4 %');
});
