// Photos in and pictures out, in memory alone: read upright, shrunk, encoded with the recipe inside.

import { recipeIn, withNote } from '../engine/notes.js';
import { fromRgba } from '../engine/pixels.js';
import { fitted } from '../engine/preview.js';

const MOST_BYTES = 200 * 2 ** 20;
const MOST_MEGAPIXELS = 100;

/** What was wrong with a file: the key of a text, and what that names. */
export class PhotoError extends Error {
  constructor(key, values = {}) {
    super(key);
    this.values = values;
  }
}

/** Return a canvas with what a file shows, upright as EXIF says and shrunk to `side` pixels; see `shrunk`. */
export async function openPhoto(file, side, least = 1) {
  const bitmap = await bitmapOf(file);
  try {
    const { height: h, width: w } = bitmap;
    if (h * w > MOST_MEGAPIXELS * 1e6) throw new PhotoError('device.large', { n: MOST_MEGAPIXELS });
    if (Math.min(h, w) < least) throw new PhotoError('device.small', { n: least });
    return shrunk(bitmap, side, least);
  } finally {
    bitmap.close(); // a phone's photo takes 200 MB
  }
}

async function bitmapOf(file) {
  try {
    if (file.size && file.size <= MOST_BYTES) return await createImageBitmap(file);
  } catch {
    // as an empty one
  }
  throw new PhotoError('not_a_picture');
}

/** Return a canvas with a picture whose longer side has at most `side` pixels, unless the other had less than `least`. */
function shrunk(picture, side, least) {
  const { height: h, width: w } = picture;
  const [tall, wide] = fitted([h, w], Math.max(side, Math.ceil((least * Math.max(h, w)) / Math.min(h, w))));
  const context = canvasOf(tall, wide);
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff'; // behind what is transparent
  context.fillRect(0, 0, wide, tall);
  context.drawImage(picture, 0, 0, wide, tall);
  return context.canvas;
}

/** Return a canvas as {data, h, w}, planar in [0, 1], shrunk as by `openPhoto`. */
export function planar(canvas, side, least = 1) {
  const small = shrunk(canvas, side, least);
  const { height: h, width: w } = small;
  return fromRgba(small.getContext('2d').getImageData(0, 0, w, h).data, h, w);
}

/** Return the recipe inside a picture or a JSON file as JSON's types, or null. */
export async function recipeInFile(file, longest) {
  if (file.size > MOST_BYTES) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isJson(file)) return recipeIn(bytes, longest);
  try {
    const values = bytes.length > longest ? null : JSON.parse(new TextDecoder().decode(bytes));
    return values?.recipe ?? values;
  } catch {
    return null;
  }
}

export const isJson = (file) => /\.json$/i.test(file.name ?? '');

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
