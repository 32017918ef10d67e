// Let each layer of a recipe count by its weight alone: its gradient is scaled by its own size first; as balance.py.

import { Aim } from './aims.js';

const FAINTEST = 0.02; // of the largest gradient: what a picture hardly shows is raised no further than from there
const REMEMBERED = 8; // pictures, of each device
const measured = new WeakMap(); // on a device: [{picture, sizes}], the newest first; a slider's previews ask for the same

/** Return the recipe with weights by which its layers' gradients on a small picture have their weights' sizes. */
export async function balanced(device, picture, recipe, network) {
  const [known, sizes] = [measuredOn(device, picture), []];
  for (const [name] of recipe.layers) {
    const alone = { layers: [[name, 1]], objective: recipe.objective, mirror: recipe.mirror }; // all that an aim asks for
    const key = JSON.stringify(alone);
    if (!known.has(key)) {
      const gradient = await device.gradient(picture, new Aim(alone, network));
      known.set(key, deviation(gradient.data));
    }
    sizes.push(known.get(key));
  }
  const largest = Math.max(...sizes);
  if (!(largest > 0)) return recipe;
  const scale = sizes.map((size) => largest / Math.max(size, FAINTEST * largest));
  return { ...recipe, layers: recipe.layers.map(([name, weight], i) => [name, weight * scale[i]]) };
}

/** Return the sizes that were measured on a picture, and may be added to, by what was. */
function measuredOn(device, picture) {
  const all = measured.get(device) ?? [];
  const here = all.find((one) => same(one.picture, picture)) ?? { picture, sizes: new Map() };
  measured.set(device, [here, ...all.filter((one) => one !== here)].slice(0, REMEMBERED));
  return here.sizes;
}

const same = (one, other) =>
  one.h === other.h && one.w === other.w && one.data.every((value, i) => value === other.data[i]);

function deviation(data) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
