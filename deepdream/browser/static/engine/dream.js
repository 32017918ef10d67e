// The dream: octave by octave, step by step, from a photo to a stream of frames; as dreaming.py.

import { Aim } from './aims.js';
import { balanced } from './balance.js';
import { finish, startImage } from './finishing.js';
import { Carrier, halfToEven, planOctaves } from './octaves.js';
import { Random } from './random.js';
import { RecipeError } from './recipe.js';
import { resize } from './resizing.js';

/** Dream on {data, h, w}; `device` has look, move, put and get. Closing the generator stops within a step.
 *
 * Each frame is {picture, octave, octaves, step, steps, loss, progress, last}; `picture` of all but the last is of its
 * octave's size. `deliver(frame)` of any of them brings it to what the last would be without more steps.
 */
export async function* dream(device, photo, recipe, table) {
  refuse(table, recipe, photo);
  const run = new Run(photo, recipe, table);
  if (recipe.balance) await run.balance(device, table.network);
  let picture = null;
  let losses = [];
  for (let octave = 0; octave < run.plan.sizes.length; octave++) {
    picture = run.carrier.enter(octave, picture);
    for await (const step of climb(device, picture, run, octave)) {
      [picture, losses] = [step.picture, step.losses];
      yield run.frame(picture, octave, step.taken, losses);
    }
    picture = run.carrier.leave(octave, picture);
  }
  const last = run.plan.sizes.length - 1;
  const whole = finish(run.carrier.deliver(last, picture, true), photo, recipe);
  yield { ...run.frame(whole, last, run.steps(last), losses), progress: 1, last: true };
}

/** Take an octave's steps until the loss passes its limit. */
async function* climb(device, start, run, octave) {
  const { recipe } = run;
  const limit = recipe.max_loss ?? Infinity;
  const steps = run.steps(octave);
  const length = Math.fround((recipe.step_size * recipe.step_size_growth ** octave) / 2);
  let held = { here: device.put(start), picture: start };
  try {
    for (let taken = 0; taken < steps; taken++) {
      const [down, right] = run.shift();
      const sigma = recipe.smoothing + (recipe.smoothing_growth * taken) / steps;
      const { next, losses } = await device.step(held, { aim: run.aim, recipe, down, right, sigma, length, limit });
      if (next === null) return;
      held = next;
      yield { picture: held.picture, taken: taken + 1, losses };
      if (sum(losses) > limit) return;
    }
  } finally {
    held.here.tensor.dispose();
  }
}

/** What a dream has settled before its first step. */
class Run {
  constructor(photo, recipe, table) {
    const { network } = table;
    this.recipe = recipe;
    this.photo = photo;
    this.aim = new Aim(recipe, network);
    this.plan = planOctaves(photo.h, photo.w, recipe, network.minimum);
    this.carrier = new Carrier(startImage(photo, recipe), this.plan, recipe);
    this.random = new Random(recipe.seed);
    this.work = this.plan.sizes.map(([h, w], octave) => h * w * Math.max(this.steps(octave), 1));
  }

  /** Weigh the layers on the photo at the size of the first octave. */
  async balance(device, network) {
    const small = resize(this.photo, ...this.plan.sizes[0], this.recipe.resize);
    this.aim = new Aim(await balanced(device, small, this.recipe, network), network);
  }

  steps(octave) {
    return halfToEven(this.recipe.steps * this.recipe.steps_growth ** octave);
  }

  /** Draw the shift of one step: two of the seven numbers that Python draws. */
  shift() {
    const draws = Array.from({ length: 7 }, () => this.random.next());
    const { jitter } = this.recipe;
    return [draws[0], draws[1]].map((share) => Math.trunc(share * (2 * jitter + 1)) - jitter);
  }

  frame(picture, octave, step, losses) {
    const steps = this.steps(octave);
    const done = sum(this.work.slice(0, octave)) + (steps ? step / steps : 1) * this.work[octave];
    return {
      picture,
      octave: octave + 1,
      octaves: this.plan.sizes.length,
      step,
      steps,
      loss: losses.length ? sum(losses) : null,
      progress: done / sum(this.work),
      last: false,
      run: this,
    };
  }
}

/** Bring any frame to the photo's size, finished. */
export function deliver({ picture, octave, last, run }) {
  return last ? picture : finish(run.carrier.deliver(octave - 1, picture), run.photo, run.recipe);
}

function refuse(table, recipe, { h, w }) {
  const lacks = table.lacking(recipe, h, w);
  if (lacks.length) throw new RecipeError(`the device does not know this value of ${lacks.join(', ')}.`);
  if (Math.min(h, w) < table.network.minimum) {
    throw new RecipeError(`the photo has ${w} x ${h} pixels; each side needs ${table.network.minimum} here.`);
  }
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
