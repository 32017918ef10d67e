// Let each layer of a recipe count by its weight alone: its gradient is scaled by its own size first; as balance.py.

import { Aim } from './aims.js';

const FAINTEST = 0.02; // of the largest gradient: what a picture hardly shows is raised no further than from there

/** Return the recipe with weights by which its layers' gradients on a small picture have their weights' sizes. */
export async function balanced(device, picture, recipe, network) {
  const sizes = [];
  for (const [name] of recipe.layers) {
    const aim = new Aim({ ...recipe, layers: [[name, 1]] }, network);
    sizes.push(deviation((await device.gradient(picture, aim)).data));
  }
  const largest = Math.max(...sizes);
  if (!(largest > 0)) return recipe;
  const scale = sizes.map((size) => largest / Math.max(size, FAINTEST * largest));
  return { ...recipe, layers: recipe.layers.map(([name, weight], i) => [name, weight * scale[i]]) };
}

function deviation(data) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
