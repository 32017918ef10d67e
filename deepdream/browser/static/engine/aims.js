// From a recipe's layers to what the gradient's graph climbs: a few numbers a layer; export.py says what they mean.

import { target, RecipeError } from './recipe.js';

/** What one recipe makes larger, for pictures of any size. */
export class Aim {
  constructor(recipe, network) {
    this.network = network;
    this.margin = recipe.mirror;
    this.wishes = new Map(network.layers.map((layer) => [layer.name, blank(layer)]));
    for (const [name, weight] of recipe.layers) this.add(recipe, target(name), weight, name);
  }

  add(recipe, { layer, channel, place }, weight, name) {
    const wish = this.wishes.get(layer);
    if (wish === undefined) throw new RecipeError(`${name} is not a layer of ${this.network.name}.`);
    const index = layer === 'classes' ? this.label(channel) : channel;
    if (index !== null && !(index >= 0 && index < wish.values.length)) {
      throw new RecipeError(`${name}: ${layer} has the channels 0 to ${wish.values.length - 1}.`);
    }
    wish.place = place;
    const measure = layer === 'classes' ? 'mean' : recipe.objective;
    MEASURES[measure](wish, index, weight, place !== null);
  }

  label(channel) {
    if (typeof channel !== 'string') return channel;
    const index = this.network.labels.findIndex((label) => label.toLowerCase() === channel.toLowerCase());
    if (index < 0) throw new RecipeError(`${channel} is not a class of ${this.network.name}.`);
    return index;
  }

  /** Return the inputs of all layers for h x w pixels seen under a shift, as [values, dims] by name. */
  inputs(h, w, down, right) {
    const [inputs, seen] = [{}, [h, w].map((side) => side + 2 * this.margin)];
    for (const layer of this.network.layers) {
      const wish = this.wishes.get(layer.name);
      const places = seen.map((side) => placesAlong(side, layer.windows));
      const share = wish.place === null ? 1 / (places[0] * places[1]) : 1;
      const scaled = (numbers, means) => numbers.map((value, k) => value + share * means[k]);
      inputs[`mask of ${layer.name}`] = mask(wish, places, [h, w], this.margin, [down, right]);
      inputs[`squares of ${layer.name}`] = [scaled(wish.squares, wish.meanSquares), [1, layer.channels, 1, 1]];
      inputs[`values of ${layer.name}`] = [scaled(wish.values, wish.means), [1, layer.channels, 1, 1]];
      inputs[`norms of ${layer.name}`] = [wish.norms, [1, layer.channels, 1, 1]];
      inputs[`norm of ${layer.name}`] = [[wish.norm], [1, 1, 1, 1]];
    }
    return inputs;
  }
}

function blank(layer) {
  const none = () => new Float32Array(layer.channels);
  return {
    squares: none(),
    meanSquares: none(),
    values: none(),
    means: none(),
    norms: none(),
    norm: 0,
    place: null,
    inside: false,
  };
}

const MEASURES = {
  mean: (wish, channel, weight) => addMean(wish.means, channel, weight),
  mean_square: (wish, channel, weight) => addMean(wish.meanSquares, channel, weight),
  caffe_l2: (wish, channel, weight) => addEach(wish.squares, channel, weight / 2),
  keras_l2: (wish, channel, weight, placed) => {
    wish.inside = !placed;
    addMean(wish.meanSquares, channel, weight);
  },
  unit_norm: (wish, channel, weight) => {
    if (channel === null) wish.norm += weight;
    else wish.norms[channel] += weight;
  },
};

function addMean(numbers, channel, weight) {
  addEach(numbers, channel, channel === null ? weight / numbers.length : weight);
}

function addEach(numbers, channel, weight) {
  if (channel !== null) numbers[channel] += weight;
  else
    numbers.forEach((value, k) => {
      numbers[k] = value + weight;
    });
}

/** Return how many places a side of pixels has at a layer. */
export function placesAlong(side, windows) {
  if (windows === null) return 1;
  return windows.reduce((length, [size, stride, zeros]) => Math.floor((length + zeros - size) / stride) + 1, side);
}

/** Return where a layer counts: everywhere, without two places at each edge, or at one place under the shift. */
function mask(wish, places, size, margin, shift) {
  if (wish.place === null && !wish.inside) return [[1], [1, 1, 1, 1]];
  const [rows, columns] = places;
  const values = new Float32Array(rows * columns);
  if (wish.place === null) {
    for (let y = 2; y < rows - 2; y++)
      values.fill(1, y * columns + 2, Math.max(y * columns + 2, (y + 1) * columns - 2));
  } else {
    const [x, y] = wish.place;
    const [row, column] = [y, x].map((share, axis) => placed(share, places[axis], size[axis], margin, shift[axis]));
    values[row * columns + column] = 1;
  }
  return [values, [1, 1, rows, columns]];
}

function placed(given, places, inner, margin, shift) {
  const length = inner + 2 * margin;
  const share = (given * inner + margin) / length;
  const pixel = (((Math.min(share, 1 - 1 / length / 2) * length + shift) % length) + length) % length;
  return Math.min(Math.trunc(Math.fround(pixel / length) * places), places - 1);
}
