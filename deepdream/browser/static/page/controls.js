// Controls made from the shared table: looks as tiles, layers with weights, a slider or a choice for each setting.

import { make, part, text } from './words.js';

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

  isLook(name) {
    return JSON.stringify(this.table.preset(name)) === JSON.stringify(this.recipe);
  }

  set(changes) {
    this.show({ ...this.recipe, ...changes });
    this.change(this.recipe);
  }

  makeLooks() {
    const usable = Object.entries(this.table.presets).filter(
      ([name]) => !this.table.lacking(this.table.preset(name)).length,
    );
    const [own, published] = [[], []];
    for (const entry of usable) (entry[0].startsWith(LOOKS) ? own : published).push(entry);
    part('chips').append(
      ...own.map(([name, { title, sentence }]) => {
        const picture = make('img', { src: this.pictures.looks[name], alt: '', width: 104, height: 77 });
        const words = make('span', {}, text(`look.${name}`, {}, title));
        return make(
          'button',
          { type: 'button', class: 'chip', 'data-name': name, title: sentence, onclick: () => this.choose(name) },
          picture,
          words,
        );
      }),
    );
    const options = published.map(([name, { title }]) =>
      make('option', { value: name }, title.replace(' (compact)', '')),
    );
    part('published').append(make('option', { value: '' }, '–'), ...options);
    part('published').addEventListener('change', ({ target }) => target.value && this.choose(target.value));
  }

  choose(name) {
    this.show(this.table.preset(name));
    this.change(this.recipe);
  }

  makeLayers() {
    part('menu').append(
      ...this.table.network.layers
        .filter(({ windows }) => windows !== null)
        .map(({ name }) => {
          const picture = make('img', { src: this.pictures.layers[name], alt: '', width: 86, height: 56 });
          const about = { type: 'button', class: 'layer', 'data-layer': name, onclick: () => this.toggle(name) };
          return make('button', about, picture, make('span', {}, text(`layer.${name}`)), make('small', {}, name));
        }),
    );
  }

  toggle(name) {
    const others = this.recipe.layers.filter(([layer]) => layer !== name);
    const had = others.length < this.recipe.layers.length;
    if (had && !others.length) return;
    this.set({ layers: had ? others : [...others, [name, 1]] });
  }

  showWeights() {
    const { layers } = this.recipe;
    for (const button of part('menu').children) {
      button.setAttribute(
        'aria-pressed',
        String(layers.some(([name]) => name.split(/[:@]/)[0] === button.dataset.layer)),
      );
    }
    const names = layers.map(([name]) => name).join();
    if (part('weights').dataset.names !== names) {
      part('weights').replaceChildren(...layers.map(([name], index) => this.weightRow(name, index)));
      part('weights').dataset.names = names;
    }
    [...part('weights').children].forEach((row, index) => {
      row.querySelector('input').value = layers[index][1];
      row.querySelector('output').textContent = layers[index][1];
    });
  }

  weightRow(name, index) {
    const weigh = ({ target }) => {
      const layers = this.recipe.layers.map((pair, i) => (i === index ? [name, Number(target.value)] : pair));
      this.set({ layers });
    };
    const remove = () => this.set({ layers: this.recipe.layers.filter((_, i) => i !== index) });
    const alone = this.recipe.layers.length === 1;
    return make(
      'div',
      { class: 'weight' },
      make('span', {}, text(`layer.${name}`, {}, name)),
      make('input', {
        type: 'range',
        min: -1,
        max: 3,
        step: 0.1,
        'aria-label': text('weight_of', { name }),
        oninput: weigh,
      }),
      make('output'),
      make('button', { type: 'button', disabled: alone, 'aria-label': text('remove', { name }), onclick: remove }, '×'),
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
    { class: 'setting', id: `setting-${name}`, title: text(`setting.${name}.help`, {}, about.help) },
    title,
    ...nodes,
  );
}

// One field a kind: {node, show(value)}.
const FIELDS = {
  number: (name, about, change) => {
    const [low, high] = about.slider;
    const take = ({ target }) => Number.isFinite(target.valueAsNumber) && change(within(target.valueAsNumber, about));
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
