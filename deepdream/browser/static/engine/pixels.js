// Pictures as a canvas has them: RGBA, in whole numbers to 255.

/** Return a picture's pixels, opaque. */
export function toRgba({ data, h, w }) {
  const size = h * w;
  const rgba = new Uint8ClampedArray(4 * size).fill(255); // which rounds what it is given
  for (let c = 0; c < 3; c++) for (let i = 0; i < size; i++) rgba[4 * i + c] = data[c * size + i] * 255;
  return rgba;
}

/** Return the picture of opaque pixels. */
export function fromRgba(rgba, h, w) {
  const size = h * w;
  const data = new Float32Array(3 * size);
  for (let c = 0; c < 3; c++) for (let i = 0; i < size; i++) data[c * size + i] = rgba[4 * i + c] / 255;
  return { data, h, w };
}
