// Photos in and pictures out, in memory alone: read upright, shrunk, encoded with the recipe inside.

import { recipeIn, withNote } from '../engine/notes.js';
import { fitted } from '../engine/preview.js';

const MOST_BYTES = 200 * 2 ** 20;
const MOST_MEGAPIXELS = 100;

/** What was wrong with a file: the key of a text. */
export class PhotoError extends Error {}

/** Return the bitmap of a file, upright as EXIF says. */
export async function openPhoto(file) {
  if (!file.size || file.size > MOST_BYTES) throw new PhotoError('not_a_picture');
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new PhotoError('not_a_picture');
  }
  if (bitmap.width * bitmap.height > MOST_MEGAPIXELS * 1e6) throw new PhotoError('not_a_picture');
  return bitmap;
}

/** Return the recipe inside a picture or a JSON file as JSON's types, or null. */
export async function recipeInFile(file, longest) {
  if (file.size > MOST_BYTES) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!(file.name ?? '').endsWith('.json')) return recipeIn(bytes, longest);
  try {
    const values = bytes.length > longest ? null : JSON.parse(new TextDecoder().decode(bytes));
    return values?.recipe ?? values;
  } catch {
    return null;
  }
}

/** Return a bitmap as {data, h, w}, planar in [0, 1], with a longer side of at most `side` pixels. */
export function planar(bitmap, side) {
  const [h, w] = fitted([bitmap.height, bitmap.width], side);
  const context = canvasOf(h, w);
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff'; // behind what is transparent
  context.fillRect(0, 0, w, h);
  context.drawImage(bitmap, 0, 0, w, h);
  const { data: rgba } = context.getImageData(0, 0, w, h);
  const data = new Float32Array(3 * h * w);
  for (let c = 0; c < 3; c++) for (let i = 0; i < h * w; i++) data[c * h * w + i] = rgba[4 * i + c] / 255;
  return { data, h, w };
}

export function canvasOf(h, w) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: w, height: h });
  return canvas.getContext('2d', { willReadFrequently: true });
}

/** Return a file of the canvas in a format, "png", "jpeg" or "webp", with the note inside; null where it cannot. */
export async function encoded(canvas, format, note) {
  const blob = await new Promise((resolve) => {
    canvas.toBlob(resolve, `image/${format}`, 0.92);
  });
  if (blob === null || blob.type !== `image/${format}`) return null;
  const bytes = withNote(new Uint8Array(await blob.arrayBuffer()), note, { h: canvas.height, w: canvas.width });
  return new Blob([bytes], { type: blob.type });
}
