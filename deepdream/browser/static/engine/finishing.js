// What is done to a finished dream: contrast, the photo's colors, strength; as finishing.py.

import { Random } from './random.js';

const LUMA = [0.2126, 0.7152, 0.0722].map(Math.fround); // ITU-R BT.709
const clip = (value) => Math.min(Math.max(value, 0), 1);

/** Return the finished picture from the dream and the photo, both of one size. */
export function finish(dreamed, photo, recipe) {
  const [size, data] = [dreamed.h * dreamed.w, new Float32Array(dreamed.data.length)];
  const stretched = contrasted(dreamed.data, recipe.contrast);
  for (let i = 0; i < size; i++) {
    let change = 0;
    for (let c = 0; c < 3; c++) change += LUMA[c] * (stretched[c * size + i] - photo.data[c * size + i]);
    for (let c = 0; c < 3; c++) {
      const at = c * size + i;
      const kept = clip(photo.data[at] + change);
      const colored = stretched[at] + recipe.keep_colors * (kept - stretched[at]);
      data[at] = clip((1 - recipe.strength) * photo.data[at] + recipe.strength * colored);
    }
  }
  return { ...dreamed, data };
}

function contrasted(data, contrast) {
  if (contrast === 1) return data;
  const middle = data.reduce((sum, value) => sum + value, 0) / data.length;
  return data.map((value) => clip(middle + contrast * (value - middle)));
}

/** Return what the dream grows from, of the photo's size: the photo, gray, or noise drawn from the seed. */
export function startImage(photo, recipe) {
  if (recipe.start === 'photo') return photo;
  if (recipe.start === 'gray') return { ...photo, data: new Float32Array(photo.data.length).fill(0.5) };
  const random = new Random(recipe.seed, 1);
  const [size, data] = [photo.h * photo.w, new Float32Array(photo.data.length)];
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < 3; c++) data[c * size + i] = Math.fround(Math.fround(random.nextFloat() + 100) / 255);
  }
  return { ...photo, data };
}
