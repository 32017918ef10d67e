// The live preview: the first octaves of the real dream, with few and longer steps; as web/server/previews.py.

import { planOctaves } from './octaves.js';

const SHOWN_SIDE = 512; // pixels of the longer side of the picture that is shown
const LARGEST = 320; // of the largest octave that is dreamed
const SMALLEST = 128;
const LEAST_STEPS = 3;
const REACH = 0.7; // few long steps go farther than many short ones that change their minds

/** Return {recipe, octaves, h, w}: what to dream on the photo at h x w, and how many of its octaves.
 *
 * `work` is the megapixel-steps that fit the time. The recipe's last octave has the preview's own size and is left out.
 */
export function planPreview(recipe, size, minimum, work) {
  const sizes = fittingSizes(recipe, size, minimum, work);
  const steps = Math.min(recipe.steps, Math.max(LEAST_STEPS, Math.trunc(work / megapixels(sizes))));
  const [h, w] = fitted(size, SHOWN_SIDE);
  const dreamed = sizes.filter((each) => Math.max(...each) < Math.max(h, w));
  const changes = {
    octave_sizes: [...dreamed, [h, w]],
    octaves_above: 0,
    steps,
    steps_growth: 1,
    tile_size: 0,
    min_size: 0,
    step_size: Math.min(2, recipe.step_size * (steps ? (recipe.steps / steps) ** REACH : 1)),
    largest: 0,
    max_loss: null,
  };
  return { recipe: { ...recipe, ...changes }, octaves: Math.max(1, dreamed.length), h, w };
}

function fittingSizes(recipe, size, minimum, work) {
  const full = planOctaves(...size, recipe, minimum).sizes;
  let sizes = full.filter((each) => Math.max(...each) <= LARGEST);
  if (!sizes.length) sizes = [fitted(full[0], LARGEST)];
  const tooMuch = () => megapixels(sizes) * LEAST_STEPS > work;
  while (sizes.length > 1 && tooMuch()) sizes.pop();
  const least = Math.max(SMALLEST, minimum);
  while (tooMuch() && Math.max(...sizes[0]) > least)
    sizes = [fitted(sizes[0], Math.max(least, Math.trunc(Math.max(...sizes[0]) * 0.85)))];
  return sizes;
}

/** Return a size shrunk until its longer side has at most so many pixels. */
export function fitted([h, w], side) {
  const scale = Math.min(1, side / Math.max(h, w));
  return [Math.max(1, Math.round(h * scale)), Math.max(1, Math.round(w * scale))];
}

const megapixels = (sizes) => sizes.reduce((sum, [h, w]) => sum + (h * w) / 1e6, 0);
