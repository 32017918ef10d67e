// One step on the device: the graphs of export.py, run one after the other by ONNX Runtime Web.

import { blurs, halves, noHalves, rolls } from './matrices.js';

export const GRAPHS = ['gradient', 'smooth', 'band', 'join', 'move'];
const ON_DEVICE = {
  gradient: ['gradient'],
  smooth: ['smoothed'],
  band: ['low', 'band'],
  join: ['joined'],
  move: ['next'],
};

/** Sessions of all graphs on one provider, "webgpu" or "wasm". */
export class Stepper {
  /** Make the sessions: `ort` is the runtime, `models` the bytes of the graphs by name. */
  static async make(ort, models, provider) {
    const sessions = {};
    for (const name of GRAPHS) {
      const places = Object.fromEntries(ON_DEVICE[name].map((output) => [output, 'gpu-buffer']));
      const stays = provider === 'webgpu' ? { preferredOutputLocation: places } : {};
      sessions[name] = await ort.InferenceSession.create(models[name], { executionProviders: [provider], ...stays });
    }
    return new Stepper(ort, sessions, provider);
  }

  constructor(ort, sessions, provider) {
    Object.assign(this, { ort, sessions, provider });
  }

  /** Give the device's memory back. */
  async release() {
    for (const session of Object.values(this.sessions)) await session.release();
  }

  /** Put a picture on the device. */
  put({ data, h, w }) {
    return { tensor: this.tensor(data, [1, 3, h, w]), h, w };
  }

  /** Return a copy of a picture on the device. */
  async get({ tensor, h, w }) {
    return { data: Float32Array.from(await tensor.getData()), h, w };
  }

  /** Return the losses of all layers and the gradient, on the device, of a picture there under a shift. */
  async look({ tensor, h, w }, aim, down, right) {
    const inputs = this.tensors({ ...aim.inputs(h, w, down, right), ...rolls(h, w, down, right, aim.margin) });
    const { gradient, losses } = await this.run('gradient', { picture: tensor, ...inputs });
    return { losses: Array.from(await losses.getData()), gradient: { tensor: gradient, h, w } };
  }

  /** Return the picture after a step along a gradient, which is used up, as the picture is. */
  async move(picture, gradient, recipe, sigma, length) {
    const smoothed = sigma > 0 ? await this.smoothed(gradient, sigma, recipe.smoothing_mode) : gradient;
    const even = recipe.normalize === 'laplacian' ? await this.evened(smoothed, recipe) : smoothed;
    const room = recipe.headroom ? { headroom: recipe.headroom, free: 0 } : { headroom: 1, free: FREE };
    const numbers = { ...DIVISORS[recipe.normalize](recipe.epsilon), length, ...room };
    const inputs = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, [[value], []]]));
    const { next } = await this.run('move', {
      picture: picture.tensor,
      gradient: even.tensor,
      ...this.tensors(inputs),
    });
    picture.tensor.dispose();
    even.tensor.dispose();
    return { ...picture, tensor: next };
  }

  async smoothed(gradient, sigma, mode) {
    const inputs = this.tensors(blurs(sigma, gradient.h, gradient.w, mode));
    const { smoothed } = await this.run('smooth', { gradient: gradient.tensor, ...inputs });
    gradient.tensor.dispose();
    return { ...gradient, tensor: smoothed };
  }

  /** Bring each band of a Laplacian pyramid to root mean square 1. */
  async evened(gradient, { laplacian_levels: levels, epsilon }) {
    const bands = [];
    let [image, h, w] = [gradient.tensor, gradient.h, gradient.w];
    const least = this.tensor([epsilon], []);
    for (let level = 0; level < levels; level++) {
      const matrices = this.tensors(halves(h, w));
      const { low, band } = await this.run('band', { image, least, ...matrices });
      image.dispose();
      bands.push({ band, matrices });
      [image, h, w] = [low, Math.ceil(h / 2), Math.ceil(w / 2)];
    }
    const last = await this.run('band', { image, least, ...this.tensors(noHalves(h, w)) });
    image.dispose();
    last.low.dispose();
    return { ...gradient, tensor: await this.joined(last.band, bands) };
  }

  async joined(coarsest, bands) {
    let image = coarsest;
    for (const { band, matrices } of bands.reverse()) {
      const { joined } = await this.run('join', { low: image, band, ...matrices });
      image.dispose();
      band.dispose();
      image = joined;
    }
    return image;
  }

  run(name, feeds) {
    return this.sessions[name].run(feeds);
  }

  tensors(inputs) {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, [values, dims]]) => [name, this.tensor(values, dims)]),
    );
  }

  tensor(values, dims) {
    const type = values instanceof Int32Array ? 'int32' : 'float32';
    return new this.ort.Tensor(type, Array.isArray(values) ? Float32Array.from(values) : values, dims);
  }
}

const FREE = 1e6; // added to the room that is left: no step is shortened, of pixels outside the range neither
const nothing = { deviation: 0, magnitude: 0, added: 0, least: 0 };
const byDeviation = (epsilon) => ({ ...nothing, deviation: 1, added: epsilon });
const byOne = () => ({ ...nothing, added: 1 });
const DIVISORS = {
  std: byDeviation,
  tile_std: () => byDeviation(0), // divided twice, so that the epsilon, which is small here, counts by its square
  mean_abs: (epsilon) => ({ ...nothing, magnitude: 1, added: epsilon }),
  mean_abs_floor: (epsilon) => ({ ...nothing, magnitude: 1, least: epsilon }),
  laplacian: byOne,
  none: byOne,
};
