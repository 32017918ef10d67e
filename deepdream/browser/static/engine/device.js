// The device that dreams: WebGPU, WASM with threads or WASM, whichever takes small steps soonest.

import { Aim } from './aims.js';
import { Stepper } from './step.js';

const SMALL = { h: 62, w: 83 }; // pixels of the picture on which devices are measured
const [LEAST, MOST] = [3, 12]; // steps by which they are, for
const MEASURING = 500; // milliseconds after the first

/** Runs steps on one way to compute, and goes on by another one where that is lost. */
export class Device {
  /** Open the quickest of `ways`, as {name, provider}; `open(way)` gives {ort, models}. Those that fail are left out. */
  static async quickest(ways, open, table) {
    const found = [];
    for (const way of ways) {
      try {
        const { ort, models } = await open(way);
        const stepper = await Stepper.make(ort, models, way.provider);
        found.push({ way, stepper, ms: await measured(stepper, table) });
      } catch (error) {
        if (way === ways.at(-1) && !found.length) throw error;
      }
    }
    found.sort((a, b) => a.ms - b.ms);
    for (const { stepper } of found.slice(1)) await stepper.release();
    const later = [found[0].way, ...ways.filter((way) => way.provider === 'wasm')];
    return new Device(found[0], later, open);
  }

  constructor({ way, stepper, ms }, later, open) {
    Object.assign(this, { way, stepper, ms, later, open });
  }

  put(picture) {
    return this.stepper.put(picture);
  }

  /** Return the gradient at a picture as it lies. */
  async gradient(picture, aim) {
    const here = this.put(picture);
    const { gradient } = await this.stepper.look(here, aim, 0, 0);
    const found = await this.stepper.get(gradient);
    here.tensor.dispose();
    gradient.tensor.dispose();
    return found;
  }

  /** Take a step from {here, picture}; where the device is lost, open it anew, or the next one, and take it there. */
  async step(held, wish) {
    try {
      return await this.take(held.here, wish);
    } catch (error) {
      await this.replace(error);
      return this.step({ here: this.put(held.picture), picture: held.picture }, wish);
    }
  }

  async take(here, { aim, recipe, down, right, sigma, length, limit }) {
    const { losses, gradient } = await this.stepper.look(here, aim, down, right);
    const passed = sum(losses) > limit;
    if (passed && recipe.max_loss_stop === 'before') {
      gradient.tensor.dispose();
      return { next: null, losses };
    }
    const moved = await this.stepper.move(here, gradient, recipe, sigma, length);
    return { next: { here: moved, picture: await this.stepper.get(moved) }, losses };
  }

  async replace(error) {
    const way = this.later.shift();
    if (way === undefined) throw error;
    const { ort, models } = await this.open(way);
    this.stepper = await Stepper.make(ort, models, way.provider);
    this.way = way;
  }
}

/** Return the milliseconds of the quickest of some small steps; the first compiles, and WASM quickens as it runs. */
async function measured(stepper, table) {
  const data = Float32Array.from({ length: 3 * SMALL.h * SMALL.w }, (_, i) => 0.5 + 0.4 * Math.sin(i / 7));
  const aim = new Aim(table.defaults, table.network);
  const times = [];
  let here = stepper.put({ data, ...SMALL });
  while (times.length < LEAST || (times.length < MOST && sum(times.slice(1)) < MEASURING)) {
    const began = performance.now();
    const { gradient } = await stepper.look(here, aim, 1, 2);
    here = await stepper.move(here, gradient, table.defaults, table.defaults.smoothing, 0.01);
    await stepper.get(here);
    times.push(performance.now() - began);
  }
  here.tensor.dispose();
  return Math.min(...times.slice(1));
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
