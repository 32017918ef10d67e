// Controls made from the shared table: looks as tiles, layers with weights, a slider or a choice for each setting.

import { make, refill, revealOn } from '../../../web/static/scripts/dom.js';
import { layerOf, shownWeight, toggledLayer, weighed, without } from '../../../web/static/scripts/weights.js';
import { named, text } from '../../../web/static/scripts/words.js';
import { part } from './stage.js';

const LOOKS = 'compact_';

/** Make all controls over a recipe that `change(recipe)` takes whenever a person changes it. */
export class Controls {
  constructor(table, pictures, change) {
    Object.assign(this, { table, pictures, change, recipe: table.defaults, fields: new Map() });
    this.makeLooks();
    this.makeLayers();
    this.makeSettings();
    this.show(this.recipe);
  }

  /** Show a recipe in all controls. */
  show(recipe) {
    this.recipe = recipe;
    for (const [name, field] of this.fields) field.show(recipe[name]);
    for (const chip of document.querySelectorAll('.chip')) {
      chip.setAttribute('aria-pressed', String(this.isLook(chip.dataset.name)));
    }
    const published = part('published');
    published.value =
      [...published.options].map((option) => option.value).find((name) => name && this.isLook(name)) ?? '';
    this.showWeights();
  }

  isLook(name, recipe = this.recipe) {
    return JSON.stringify(this.table.preset(name)) === JSON.stringify(recipe);
  }

  /** Return the title of the look that a recipe is; undefined where it is none. */
  lookOf(recipe) {
    const name = Object.keys(this.table.presets).find((each) => this.isLook(each, recipe));
    return name && this.titleOf(name);
  }

  titleOf(name) {
    return named(`look.${name}`, this.table.presets[name].title);
  }

  /** Take another recipe from a person. */
  take(recipe) {
    this.show(recipe);
    this.change(recipe);
  }

  set(changes) {
    this.take({ ...this.recipe, ...changes });
  }

  /** Take other layers; those that somebody puts together count by their weights alone: else one may drown all others. */
  setLayers(layers) {
    const names = (list) => String(list.map(([name]) => name).sort());
    const known = Object.values(this.table.presets).some(
      ({ changes }) => names(changes.layers ?? []) === names(layers),
    );
    this.set(layers.length > 1 && !known ? { layers, balance: true } : { layers });
  }

  makeLooks() {
    const usable = Object.entries(this.table.presets).filter(
      ([name]) => !this.table.lacking(this.table.preset(name)).length,
    );
    const [own, published] = [[], []];
    for (const entry of usable) (entry[0].startsWith(LOOKS) ? own : published).push(entry);
    part('chips').append(...own.map(([name, about]) => this.chip(name, about)));
    const options = published.map(([name, { title }]) =>
      make('option', { value: name }, title.replace(' (compact)', '')),
    );
    part('published').append(make('option', { value: '' }, '–'), ...options);
    part('published').addEventListener('change', ({ target }) => target.value && this.choose(target.value));
  }

  chip(name, { sentence }) {
    const picture = make('img', { src: this.pictures.looks[name], alt: '', width: 104, height: 77 });
    const title = named(`look.${name}.help`, sentence);
    const about = { type: 'button', class: 'chip', 'data-name': name, title, onclick: () => this.choose(name) };
    return make('button', about, picture, make('span', {}, this.titleOf(name)));
  }

  choose(name) {
    this.take(this.table.preset(name));
  }

  makeLayers() {
    part('menu').append(
      ...this.table.network.layers
        .filter(({ windows }) => windows !== null)
        .map(({ name }) => {
          const picture = make('img', { src: this.pictures.layers[name], alt: '', width: 86, height: 56 });
          const about = {
            type: 'button',
            class: 'layer',
            'data-layer': name,
            onclick: () => this.setLayers(toggledLayer(this.recipe.layers, name)),
          };
          return make(
            'button',
            about,
            picture,
            make('span', {}, named(`layer.${name}`, name)),
            make('small', {}, name),
          );
        }),
    );
  }

  showWeights() {
    const { layers } = this.recipe;
    for (const button of part('menu').children) {
      const on = layers.some(([name]) => layerOf(name) === button.dataset.layer);
      button.setAttribute('aria-pressed', String(on));
    }
    const names = layers.map(([name]) => name).join();
    if (part('weights').dataset.names !== names) {
      const rows = layers.map(([name]) => this.weightRow(name));
      refill(part('weights'), rows);
      part('weights').dataset.names = names;
      revealOn(part('menu'));
    }
    [...part('weights').children].forEach((row, index) => {
      row.querySelector('input').value = layers[index][1];
      row.querySelector('output').textContent = shownWeight(layers[index][1]);
    });
  }

  /** Return what people call a target: a channel by its own name where it has one. */
  nameOf(target) {
    const [layer, channel] = [layerOf(target), this.table.network.names[target]];
    const within = target.slice(layer.length + 1);
    if (channel) return `${text(`channel.${channel}`)} · ${target}`;
    return named(`layer.${layer}`, layer) + (within && ` · ${within}`);
  }

  weightRow(target) {
    const title = this.nameOf(target);
    const weigh = (event) => this.setLayers(weighed(this.recipe.layers, target, event.target.value));
    const remove = () => this.setLayers(without(this.recipe.layers, target));
    const alone = this.recipe.layers.length === 1;
    return make(
      'div',
      { class: 'weight' },
      make('span', { title }, title),
      make('input', {
        type: 'range',
        min: -2,
        max: 2,
        step: 0.05,
        'aria-label': text('weight_of', { name: title }),
        oninput: weigh,
      }),
      make('output'),
      make(
        'button',
        { type: 'button', disabled: alone, 'aria-label': text('remove', { name: title }), onclick: remove },
        '×',
      ),
    );
  }

  makeSettings() {
    for (const [name, about] of Object.entries(this.table.settings)) {
      const known = this.table.known[name];
      if (about.kind === 'layers' || about.kind === 'sizes' || known?.length === 1 || HIDDEN.has(name)) continue;
      const field = (FIELDS[about.kind] ?? FIELDS.number)(name, about, (value) => this.set({ [name]: value }), known);
      this.fields.set(name, field);
      part(about.advanced ? 'advanced' : 'settings').append(field.node);
    }
  }
}

const HIDDEN = new Set(['network', 'guide', 'cosine_power', 'mask_softness', 'max_loss', 'max_loss_stop']);

function labeled(name, about, ...nodes) {
  const title = make('span', { class: 'title' }, text(`setting.${name}`));
  return make(
    'label',
    { class: 'setting', id: `setting-${name}`, title: named(`setting.${name}.help`, about.help) },
    title,
    ...nodes,
  );
}

// One field a kind: {node, show(value)}.
const FIELDS = {
  number: (name, about, change) => {
    const [low, high] = about.slider;
    let shown = about.default; // what is no number leaves it
    const take = ({ target: { valueAsNumber: typed } }) =>
      typed >= -Infinity ? change(within(typed, about)) : show(shown);
    const named = { 'aria-label': text(`setting.${name}`) };
    const slider = make('input', { ...named, type: 'range', min: low, max: high, step: about.step, oninput: take });
    const box = make('input', {
      ...named,
      type: 'number',
      min: about.low,
      max: about.high,
      step: 'any',
      onchange: take,
    });
    const show = (value) => {
      shown = value;
      slider.value = value;
      box.value = value;
    };
    return { node: labeled(name, about, box, slider), show };
  },
  choice: (name, about, change, known) => {
    const choices = about.choices.filter((choice) => known?.includes(choice) ?? true);
    const select = make('select', { onchange: ({ target }) => change(target.value) });
    select.append(...choices.map((choice) => make('option', { value: choice }, choice)));
    return {
      node: labeled(name, about, select),
      show: (value) => {
        select.value = value;
      },
    };
  },
  switch: (name, about, change) => {
    const box = make('input', { type: 'checkbox', onchange: ({ target }) => change(target.checked) });
    return {
      node: labeled(name, about, box),
      show: (value) => {
        box.checked = value;
      },
    };
  },
};

function within(value, { low, high, kind }) {
  const inside = Math.min(Math.max(value, low), high);
  return kind === 'whole' ? Math.round(inside) : inside;
}
