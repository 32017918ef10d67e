// Recipes on the device: checked by the table that Python wrote, read from links and JSON and written back.

import { text, unquoted, quoted } from './numbers.js';
import { planOctaves } from './octaves.js';

/** What was wrong with what a person gave, in words for people. */
export class RecipeError extends Error {}

/** The table of settings, and what follows from it. */
export class Table {
  constructor(table) {
    Object.assign(this, table);
    this.defaults = Object.freeze(mapped(table.settings, (about) => about.default));
  }

  /** Return the recipe of a preset. */
  preset(name) {
    if (!Object.hasOwn(this.presets, name)) throw new RecipeError(`${shown(name)} is not a preset.`);
    return this.recipe(this.presets[name].changes);
  }

  /** Return a whole recipe from changes to `base`, checked. */
  recipe(changes, base = this.defaults) {
    const checked = Object.entries(changes).map(([name, value]) => [name, this.check(name, value)]);
    return { ...base, ...Object.fromEntries(checked) };
  }

  check(name, value) {
    if (!Object.hasOwn(this.settings, name)) throw new RecipeError(`${shown(name)} is not a setting of a recipe.`);
    const about = this.settings[name];
    if (value === null && about.optional) return null;
    const stored = CHECKS[about.kind](value, about, this.limits);
    if (stored !== undefined) return stored;
    throw new RecipeError(`${name}: received ${shown(value)}; allowed: ${about.allowed}.`);
  }

  /** Return the settings of a recipe that differ from another's, or from the defaults. */
  changes(recipe, base = this.defaults) {
    return Object.fromEntries(Object.entries(recipe).filter(([name, value]) => !same(value, base[name])));
  }

  /** Return the recipe as JSON's types, as Recipe.to_dict. */
  toDict(recipe) {
    return { version: this.version, ...this.changes(recipe) };
  }

  fromDict(values) {
    if (values === null || typeof values !== 'object' || Array.isArray(values)) {
      throw new RecipeError('a recipe is a JSON object of settings.');
    }
    const { version = this.version, ...changes } = values;
    return this.recipe({ ...this.earlierDefaults(version), ...changes });
  }

  /** Return the defaults of an earlier version that are no longer ours; none for this one's. */
  earlierDefaults(version) {
    if (version === this.version) return {};
    if (Number.isInteger(version) && Object.hasOwn(this.earlier, version)) return this.earlier[version];
    const allowed = [...Object.keys(this.earlier), this.version].join(' and ');
    throw new RecipeError(`the recipe's version is ${shown(version)}; allowed: ${allowed}.`);
  }

  /** Return the shortest text for a link: a preset's name and what differs from it; as to_link. */
  toLink(recipe) {
    const bases = [['', this.defaults], ...Object.keys(this.presets).map((name) => [name, this.preset(name)])];
    const texts = bases.map(([name, base]) => this.toQuery(recipe, name, base));
    return texts.reduce((best, each) => (each.length < best.length ? each : best));
  }

  toQuery(recipe, name, base) {
    const changed = Object.entries(this.changes(recipe, base));
    const parts = changed.map(([key, value]) => `${key}-${linked(value, this.settings[key])}`);
    return [this.version, ...(name ? [name] : []), ...parts].join('*');
  }

  /** Read what toLink or Python's to_link wrote. */
  fromLink(link) {
    if (link.length > this.limits.query) {
      throw new RecipeError(`the recipe in the link has ${link.length} characters; allowed: ${this.limits.query}.`);
    }
    const [version, ...parts] = link.trim().split('*');
    const defaults = this.earlierDefaults(/^[0-9]{1,6}$/.test(version) ? Number(version) : version);
    const named = parts.length && !parts[0].includes('-');
    const base = named ? this.preset(parts.shift()) : this.recipe(defaults);
    const changes = {};
    for (const part of parts) {
      const [key, value] = partition(part, '-');
      if (value === null || Object.hasOwn(changes, key)) {
        throw new RecipeError(`${shown(key)}: the link gives it ${value === null ? 'no value' : 'twice'}.`);
      }
      if (!Object.hasOwn(this.settings, key)) throw new RecipeError(`${shown(key)} is not a setting of a recipe.`);
      changes[key] = this.check(key, unlinked(value, this.settings[key]));
    }
    return this.recipe(changes, base);
  }

  /** Return the settings by which a recipe asks for what the device does not know; as lacking in table.py. */
  lacking(recipe, h = 0, w = 0) {
    const lacks = Object.keys(this.known).filter((name) => !this.known[name].includes(recipe[name]));
    if (!layersKnown(recipe)) lacks.push('layers');
    if (recipe.normalize === 'tile_std' && recipe.epsilon > this.limits.tile_epsilon) lacks.push('epsilon');
    return h ? [...lacks, ...this.tooLarge(recipe, h, w)] : lacks;
  }

  tooLarge(recipe, h, w) {
    const { sizes } = planOctaves(h, w, recipe, 1);
    const longest = Math.max(...sizes.flat()) + 2 * recipe.mirror;
    const lacks = recipe.tile_size && longest >= 1.5 * recipe.tile_size ? ['tile_size'] : [];
    const huge = Math.max(...sizes.map(([a, b]) => a * b)) > this.limits.megapixels * 1e6;
    return huge ? [...lacks, recipe.octave_sizes.length ? 'octave_sizes' : 'octaves_above'] : lacks;
  }
}

const TARGET = /^([^\s:@,=]{1,100})(?::([^:@,=]{1,60}))?(?:@([^@,=]{1,30}),([^@,=]{1,30}))?$/u;

/** Read "layer", "layer:channel", "layer@x,y" or "layer:channel@x,y"; undefined where it is none of these. */
export function target(name) {
  const match = /[\p{C}\u2028\u2029]/u.test(name) ? null : TARGET.exec(name);
  if (match === null) return undefined;
  const [, layer, named = null, x, y] = match;
  const channel = named !== null && /^[0-9]{1,6}$/.test(named) ? Number(named) : named;
  const place = x === undefined ? null : [x, y].map(number);
  if (place !== null && !place.every((share) => share >= 0 && share <= 1)) return undefined;
  if (layer === 'classes') return channel === null || place !== null ? undefined : { layer, channel, place };
  const ranked = /^(?:strongest|weakest|middle)[0-9]{0,4}$/;
  return typeof channel === 'string' && !ranked.test(channel) ? undefined : { layer, channel, place };
}

function layersKnown(recipe) {
  const places = new Map();
  for (const [name] of recipe.layers) {
    const { layer, channel, place } = target(name);
    if (typeof channel === 'string' && layer !== 'classes') return false;
    if (places.has(layer) && places.get(layer) !== String(place)) return false;
    places.set(layer, String(place));
  }
  return true;
}

// Checks: from a value to its stored form; undefined where it is not allowed.

const CHECKS = {
  number: (value, { low, high }) =>
    typeof value === 'number' && value >= low && value <= high ? value + 0 : undefined,
  whole: (value, about) => (Number.isInteger(value) ? CHECKS.number(value, about) : undefined),
  choice: (value, { choices }) => (choices.includes(value) ? value : undefined),
  switch: (value) => (typeof value === 'boolean' ? value : undefined),
  name: (value) => (typeof value === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(value) ? value : undefined),
  layers: checkedLayers,
  sizes: checkedSizes,
};

function checkedLayers(value, about, { layers: most, weight: heaviest }) {
  if (value === null || typeof value !== 'object') return undefined;
  const items = Array.isArray(value) ? value : Object.entries(value);
  if (items.length < 1 || items.length > most) return undefined;
  const pairs = items.map((item) => (typeof item === 'string' ? [item, 1] : item));
  const fine = pairs.every(
    (pair) =>
      Array.isArray(pair) &&
      pair.length === 2 &&
      typeof pair[0] === 'string' &&
      target(pair[0]) !== undefined &&
      typeof pair[1] === 'number' &&
      Math.abs(pair[1]) <= heaviest,
  );
  return fine && new Set(pairs.map(([name]) => name)).size === pairs.length ? pairs : undefined;
}

function checkedSizes(value, about, { octaves, side: longest }) {
  if (!Array.isArray(value) || value.length > octaves) return undefined;
  const fits = (side) => Number.isInteger(side) && side >= 1 && side <= longest;
  const fine = value.every((size) => Array.isArray(size) && size.length === 2 && size.every(fits));
  return fine ? value : undefined;
}

// Texts of links.

function linked(value, about) {
  if (typeof value === 'boolean') return String(Number(value));
  if (value === null) return 'none';
  if (about.kind === 'layers') return value.map(([name, weight]) => quoted(name) + weightText(weight)).join('..');
  if (about.kind === 'sizes') return value.map(([h, w]) => `${h}x${w}`).join('..');
  return typeof value === 'number' ? text(value, about.kind === 'whole') : value;
}

const weightText = (weight) => (weight === 1 ? '' : `-${text(weight)}`);

function unlinked(link, about) {
  if (about.optional && ['none', 'off', ''].includes(link.trim().toLowerCase())) return null;
  if (about.kind === 'layers') return link.split('..').map(linkedLayer);
  const typed = link.replaceAll('..', ',').trim();
  if (about.kind === 'sizes') return typed ? typed.split(',').map((size) => size.split('x').map(number)) : [];
  if (about.kind === 'switch')
    return { true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }[
      typed.toLowerCase()
    ];
  return about.kind === 'whole' || about.kind === 'number' ? number(typed) : typed;
}

function linkedLayer(item) {
  const [name, weight] = partition(item, '-');
  return [unquoted(name.replaceAll('.', ':')), weight === null ? 1 : number(weight)];
}

function number(typed) {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(typed) && typed.length <= 40 ? Number(typed) : NaN;
}

function partition(whole, mark) {
  const at = whole.indexOf(mark);
  return at < 0 ? [whole, null] : [whole.slice(0, at), whole.slice(at + 1)];
}

const mapped = (object, of) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, of(value)]));
const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
const shown = (value) => JSON.stringify(value ?? null).slice(0, 60);
