// Let each layer of a recipe count by its weight alone: its gradient is scaled by its own size first; as balance.py.

import { Aim } from './aims.js';

const FAINTEST = 0.02; // of the largest gradient: what a picture hardly shows is raised no further than from there
const REMEMBERED = 256; // sizes of each device, as numbers alone: no photo is kept here
const measured = new WeakMap(); // what was measured on a device: a slider's previews ask for the same

/** Return the recipe with weights by which its layers' gradients on a small picture have their weights' sizes. */
export async function balanced(device, picture, recipe, network) {
  const here = [picture.h, picture.w, digest(picture.data)];
  const sizes = [];
  for (const [name] of recipe.layers) {
    const alone = { layers: [[name, 1]], objective: recipe.objective, mirror: recipe.mirror }; // all that an aim asks for
    const measure = async () => deviation((await device.gradient(picture, new Aim(alone, network))).data);
    sizes.push(await remembered(device, JSON.stringify([here, alone]), measure));
  }
  const largest = Math.max(...sizes);
  if (!(largest > 0)) return recipe;
  const scale = sizes.map((size) => largest / Math.max(size, FAINTEST * largest));
  return { ...recipe, layers: recipe.layers.map(([name, weight], i) => [name, weight * scale[i]]) };
}

async function remembered(device, key, measure) {
  const known = measured.get(device) ?? new Map();
  measured.set(device, known);
  if (!known.has(key)) {
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value); // the oldest
    known.set(key, await measure());
  }
  return known.get(key);
}

/** Return 32 bits by which pictures are told apart: FNV-1a of their floats' bits, stirred after each. */
function digest(floats) {
  let hash = 0x811c9dc5;
  for (const bits of new Uint32Array(floats.buffer, floats.byteOffset, floats.length)) {
    hash = Math.imul(hash ^ bits, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}

function deviation(data) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
