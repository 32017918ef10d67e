// The sizes of the octaves, and the four ways to carry a dream from one to the next; as octaves.py, which explains them.

import { resize } from './resizing.js';

/** Plan the octaves of h x w pixels: {sizes, own, successive}, smallest first. */
export function planOctaves(h, w, recipe, minimum) {
  const sizes = recipe.octave_sizes.length
    ? recipe.octave_sizes.map(([a, b]) => [a, b]).sort((a, b) => area(a) - area(b))
    : scaledSizes([h, w], recipe);
  const own = Math.max(
    0,
    sizes.findLastIndex((size) => area(size) <= h * w),
  );
  const least = Math.max(recipe.min_size, minimum);
  const kept = sizes.map((_, index) => index).filter((index) => Math.min(...sizes[index]) >= least || index === own);
  return {
    sizes: kept.map((index) => sizes[index]),
    own: kept.indexOf(own),
    successive: !recipe.octave_sizes.length && recipe.octave_rounding.startsWith('successive'),
  };
}

const area = ([h, w]) => h * w;

function scaledSizes(size, recipe) {
  const below = recipe.octaves ? counted(size, recipe) : fromLargest(size, recipe);
  const above = [];
  for (let power = 1; power <= recipe.octaves_above; power++) {
    above.push(scaled(size, above.at(-1) ?? size, power, recipe));
  }
  return [...below, size, ...above];
}

function counted(size, recipe) {
  const below = [];
  for (let power = 1; power < recipe.octaves; power++) {
    below.unshift(scaled(size, below[0] ?? size, -power, recipe));
  }
  return below;
}

const THING = 64; // pixels that a deep layer's thing takes up
const MOST = 16; // octaves up to the photo's own

/** Return the sizes below the photo's own, from the octave in which a thing is `largest` of the photo. */
function fromLargest(size, { largest, octave_scale: scale }) {
  const short = Math.min(...size);
  const sides = [];
  for (let side = THING / largest; side * scale ** 0.5 < short && sides.length < MOST - 1; side *= scale) {
    sides.push(side);
  }
  return sides.map((side) => size.map((each) => Math.max(1, halfToEven((each * side) / short))));
}

function scaled(size, before, power, recipe) {
  const successive = recipe.octave_rounding.startsWith('successive');
  const whole = recipe.octave_rounding.endsWith('int') ? cut : halfToEven;
  const factor = recipe.octave_scale ** (successive ? Math.sign(power) : power);
  return (successive ? before : size).map((side) => Math.max(1, whole(side * factor)));
}

/** Cut to a whole number; 279.99999999999994, which stands for 280, is 280. */
const cut = (number) => Math.floor(number * (1 + 1e-9));

export function halfToEven(number) {
  const low = Math.floor(number);
  if (number - low !== 0.5) return Math.round(number);
  return low % 2 ? low + 1 : low;
}

/** Carry a dream from octave to octave by the recipe's carry, blend and resize. */
export class Carrier {
  constructor(start, plan, recipe) {
    Object.assign(this, { start, plan, recipe, bases: new Map() });
  }

  /** Return the picture on which an octave begins, from the one that the octave before left. */
  enter(octave, dream) {
    if (octave === 0 || dream === null) return copy(this.base(octave));
    return this[this.recipe.carry](octave, dream);
  }

  /** Return what an octave hands on; "reinject" adds the lost detail. */
  leave(octave, dream) {
    if (this.recipe.carry !== 'reinject' || octave === 0) return dream;
    const lost = this.up(this.base(octave - 1), octave);
    return combined(dream, lost, this.base(octave), (value, blurred, sharp) => Math.fround(value - blurred) + sharp);
  }

  /** Bring a dream, stopped within an octave, to the start's size: what the rest of the run does without steps. */
  deliver(octave, dream, left = false) {
    let result = left ? dream : this.leave(octave, dream);
    for (let later = octave + 1; later <= this.plan.own; later++) result = this.leave(later, this.enter(later, result));
    if (result.h !== this.start.h || result.w !== this.start.w) {
      result = this.atStartSize(result, Math.max(octave, this.plan.own));
    }
    return { ...result, data: result.data.map((value) => Math.min(Math.max(value, 0), 1)) };
  }

  atStartSize(dream, octave) {
    const { carry, resize: method } = this.recipe;
    const restores = octave <= this.plan.own && (carry === 'detail' || carry === 'reinject');
    if (restores) return withDetail(dream, this.base(octave), this.start, method);
    return resize(dream, this.start.h, this.start.w, method);
  }

  detail(octave, dream) {
    return withDetail(dream, this.base(octave - 1), this.base(octave), this.recipe.resize);
  }

  resize(octave, dream) {
    return this.up(dream, octave);
  }

  reinject(octave, dream) {
    return this.up(dream, octave);
  }

  blend(octave, dream) {
    const share = Math.fround(this.recipe.blend);
    const rest = Math.fround(1 - share);
    const grown = this.up(dream, octave);
    return combined(grown, this.base(octave), grown, (value, base) => Math.fround(value * rest) + share * base);
  }

  up(picture, octave) {
    return resize(picture, ...this.plan.sizes[octave], this.recipe.resize);
  }

  base(octave) {
    const [h, w] = this.plan.sizes[octave];
    if (h === this.start.h && w === this.start.w) return this.start;
    if (!this.bases.has(octave)) this.bases.set(octave, resize(this.larger(octave), h, w, this.recipe.resize));
    return this.bases.get(octave);
  }

  larger(octave) {
    const below = octave < this.plan.own;
    const larger = this.plan.successive && below ? this.base(octave + 1) : this.start;
    return below && this.recipe.carry === 'blend' ? blurred(larger) : larger;
  }
}

const copy = (picture) => ({ ...picture, data: picture.data.slice() });

function combined(a, b, c, of) {
  return { ...a, data: a.data.map((value, i) => of(value, b.data[i], c.data[i])) };
}

/** larger + up(dream - smaller): what was dreamed is enlarged, the photo's own pixels are not. */
function withDetail(dream, smaller, larger, method) {
  const { h, w } = larger;
  if (method === 'lanczos') {
    // it clips, so it cannot take a difference
    const [up, base] = [resize(dream, h, w, method), resize(smaller, h, w, method)];
    return combined(up, base, larger, (value, small, large) => Math.fround(value - small) + large);
  }
  const difference = resize(
    combined(dream, smaller, dream, (value, small) => value - small),
    h,
    w,
    method,
  );
  return combined(difference, larger, larger, (value, large) => value + large);
}

/** Blur by a Gaussian of sigma 0.5, mirrored at the edges, cut at 4 sigma. */
function blurred({ data, h, w }) {
  const taps = [-2, -1, 0, 1, 2].map((x) => Math.exp(-2 * x * x));
  const sum = taps.reduce((a, b) => a + b);
  const weights = Float32Array.from(taps, (tap) => tap / sum);
  const result = new Float32Array(data.length);
  const down = new Float32Array(w);
  for (let row = 0; row < 3 * h; row++) {
    const plane = Math.floor(row / h) * h;
    down.fill(0);
    for (let k = 0; k < 5; k++) {
      const from = (plane + inside(row - plane + k - 2, h)) * w;
      for (let x = 0; x < w; x++) down[x] += weights[k] * data[from + x];
    }
    for (let x = 0; x < w; x++) {
      for (let k = 0; k < 5; k++) result[row * w + x] += weights[k] * down[inside(x + k - 2, w)];
    }
  }
  return { data: result, h, w };
}

/** Continue 0 1 2 as 2 1 0 0 1 2 2 1 0 on both sides. */
export function inside(index, length) {
  const place = ((index % (2 * length)) + 2 * length) % (2 * length);
  return Math.min(place, 2 * length - 1 - place);
}
