// The matrices by which the graphs blur, halve and roll: what depends on a picture's size and the recipe.

import { inside } from './octaves.js';

/** Return the inputs of the graph that smooths h x w pixels: rows, columns, colors and centered, as [values, dims]. */
export function blurs(sigma, h, w, mode) {
  const short = mode === 'kernel9';
  const kernels = [sigma, 2 * sigma, sigma / 2].map((each) => gaussian(each, short ? 4 : Math.floor(4 * each + 0.5)));
  const place = short ? mirrored : inside;
  return {
    rows: [joined(kernels.map((taps) => banded(taps, h, place, false))), [3, 1, h, h]],
    columns: [joined(kernels.map((taps) => banded(taps, w, place, true))), [3, 1, w, w]],
    colors: [colorMix(kernels, mode), [3, 9, 1, 1]],
    centered: [[short ? 1 : 0], []],
  };
}

/** Return the 2 * radius + 1 weights of a Gaussian, which sum to 1. */
function gaussian(sigma, radius) {
  const taps = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const sum = taps.reduce((a, b) => a + b);
  return taps.map((tap) => tap / sum);
}

/** Return the matrix of a convolution along n places, (n, n), whose edges `place` continues. */
function banded(taps, n, place, transposed) {
  const matrix = new Float64Array(n * n);
  const radius = taps.length >> 1;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < taps.length; k++) {
      const j = place(i + k - radius, n);
      matrix[transposed ? j * n + i : i * n + j] += taps[k];
    }
  }
  return matrix;
}

/** Return how three blurred pictures become one: summed, averaged, or with their colors blurred too. */
function colorMix(kernels, mode) {
  const values = new Float32Array(27);
  kernels.forEach((taps, k) => {
    const matrix = mode === 'color' ? banded(taps, 3, inside, false) : null;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const plain = i === j ? (mode === 'kernel9' ? 1 / 3 : 1) : 0;
        values[9 * i + 3 * k + j] = matrix === null ? plain : matrix[3 * i + j];
      }
    }
  });
  return values;
}

function joined(matrices) {
  const result = new Float32Array(matrices.length * matrices[0].length);
  matrices.forEach((matrix, k) => result.set(matrix, k * matrix.length));
  return result;
}

/** Continue 0 1 2 as 2 1 0 1 2 1 0 on both sides. */
function mirrored(index, length) {
  const period = Math.max(1, 2 * length - 2);
  const place = ((index % period) + period) % period;
  return Math.min(place, period - place);
}

/** Return the inputs that halve h x w pixels by five taps, as TensorFlow's "SAME" does with a stride of 2. */
export function halves(h, w) {
  const [rows, columns] = [halving(h, false), halving(w, true)];
  return {
    halve_rows: [rows, [Math.ceil(h / 2), h]],
    halve_columns: [columns, [w, Math.ceil(w / 2)]],
  };
}

/** Return the inputs of `band` that leave an image whole, so that it is only evened out. */
export function noHalves(h, w) {
  return { halve_rows: [new Float32Array(h), [1, h]], halve_columns: [new Float32Array(w), [w, 1]] };
}

function halving(length, transposed) {
  const half = Math.ceil(length / 2);
  const matrix = new Float32Array(half * length);
  for (let i = 0; i < half; i++) {
    [1, 4, 6, 4, 1].forEach((weight, tap) => {
      const j = 2 * i + tap - (length % 2 ? 2 : 1);
      if (j >= 0 && j < length) matrix[transposed ? j * half + i : i * length + j] = weight / 16;
    });
  }
  return matrix;
}

/** Return the inputs that show h x w pixels continued by a mirrored margin and rolled, and bring a gradient back. */
export function rolls(h, w, down, right, margin = 0) {
  const seen = (length, by) =>
    Int32Array.from({ length: length + 2 * margin }, (_, i) =>
      inside(wrapped(i - by, length + 2 * margin) - margin, length),
    );
  const back = (length, by) => Int32Array.from({ length }, (_, i) => wrapped(i + margin + by, length + 2 * margin));
  return {
    down: [seen(h, down), [h + 2 * margin]],
    right: [seen(w, right), [w + 2 * margin]],
    up: [back(h, down), [h]],
    left: [back(w, right), [w]],
  };
}

const wrapped = (index, length) => ((index % length) + length) % length;
