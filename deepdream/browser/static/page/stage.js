// The picture: before and after; what is going on in words.

import { partsOf } from '../../../web/static/scripts/dom.js';
import { text } from '../../../web/static/scripts/words.js';
import { toRgba } from '../engine/pixels.js';

export const part = partsOf(document);

/** Show the photo, with nothing dreamed yet. */
export function showPhoto(photo) {
  part('box').style.setProperty('--ratio', `${photo.w} / ${photo.h}`);
  part('box').style.setProperty('--wide', photo.w / photo.h);
  draw(part('before'), { ...photo, rgba: toRgba(photo) });
  part('drop').hidden = true;
  part('box').hidden = false;
  part('after').hidden = true;
  badge('');
  compare(0, false);
}

/** Show a frame, or a finished picture, which can be compared with the photo. */
export function showDream(frame) {
  draw(part('after'), frame);
  part('after').hidden = false;
  badge('');
  compare(Number(part('compare').value), true);
}

function draw(canvas, { rgba, h, w }) {
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.getContext('2d').putImageData(new ImageData(rgba, w, h), 0, 0);
}

export function compare(share, able) {
  const slider = part('compare');
  slider.disabled = !able;
  slider.value = share;
  slider.setAttribute('aria-valuetext', text('compare_value', { n: share }));
  part('box').classList.toggle('both', able);
  part('box').style.setProperty('--before', `${share}%`);
}

/** Show how far a dream has come; null hides the bar. */
export function progress(share) {
  part('bar').hidden = share === null;
  part('bar').value = share ?? 0;
}

export function badge(words) {
  part('badge').hidden = !words;
  part('badge').textContent = words;
}

/** Write one line below the picture. */
export function write(words) {
  part('line').textContent = words;
}

/** Write a line, and read it out where the visitor listens: not of every step. */
export function say(words) {
  write(words);
  part('live').textContent = words;
}
