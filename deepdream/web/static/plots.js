// The plots: what is known before and after a dream, and losses over the steps.
(() => {
  const { text, named, make } = window.studio;
  const svg = (tag, attributes = {}, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const percent = (share) => (share >= 0.1 ? Math.round(share * 100) : (share * 100).toFixed(1)) + ' %';

  // ------------------------------------------------------------------ lines over steps
  // Each line is drawn on its own scale, from 0 (or its least) to its greatest value: parts of a loss differ by magnitudes.
  // "conv4_2" is a layer, "style/conv4_2" what is compared there.
  const spoken = (name) => {
    const [kind, layer] = name.includes('/') ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)] : ['', name];
    return kind ? named('part.' + kind, kind) + ' ' + layer : named('layer.' + name, named('part.' + name, name));
  };
  function plot(lines, label) {
    const [width, height] = [320, 96];
    const names = Object.keys(lines).filter((name) => lines[name].some((value) => value != null));
    const hue = (index) => 265 + (index * 360) / Math.max(3, names.length);
    const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none' });
    const legend = make('ul', { class: 'legend' });
    names.forEach((name, index) => {
      const values = lines[name];
      const known = values.filter((value) => value != null);
      const [low, high] = [Math.min(0, ...known), Math.max(...known, name === 'clipped' ? 0.1 : 1e-9)];
      const at = (value) => height - 3 - ((value - low) / (high - low)) * (height - 6);
      const points = values.map((value, place) => (value == null ? null : [(place / Math.max(1, values.length - 1)) * width, at(value)]))
        .filter(Boolean).map(([x, y]) => x.toFixed(1) + ',' + y.toFixed(1));
      const style = `stroke:hsl(${hue(index)} 62% 58%)` + (name === 'clipped' ? ';stroke-dasharray:4 4' : '');
      drawing.append(svg('polyline', { points: points.join(' '), style }));
      const last = known[known.length - 1];
      const words = name === 'clipped' ? text('clipped') + ' ' + percent(last) : spoken(name) + ' ' + Number(last.toPrecision(3));
      legend.append(make('li', { style: `--dot:hsl(${hue(index)} 62% 58%)` }, words));
    });
    return make('div', { class: 'plot' }, drawing, legend);
  }

  // ------------------------------------------------------------------ before and after
  function views({ element, props, trigger, watch }) {
    const where = (label) => {  // the stage shows it, which may be out of sight on a phone
      element.closest('.room').querySelector('.stage').scrollIntoView({ block: 'nearest', behavior: window.studio.still ? 'auto' : 'smooth' });
      trigger('select', { label });
    };
    const classes = (list, asked) => make('ol', { class: 'classes' }, ...list.map(([name, share]) => {
      const line = [make('span', {}, name), ' ', make('small', {}, percent(share))];
      return make('li', { style: `--share:${share}` }, ...(asked
        ? [make('button', { type: 'button', title: text('where', { label: name }), onclick: () => where(name) }, ...line)] : line));
    }));
    const levels = (channels, label) => {
      const [width, height] = [256, 84];
      const most = Math.max(...channels.flat().filter((value, index) => index % channels[0].length > 0), 1e-6);  // black is often a spike
      const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none', class: 'levels' });
      ['#e5484d', '#30a46c', '#3e63dd'].forEach((color, index) => {
        const step = width / (channels[index].length - 1);
        const points = channels[index].map((value, place) => (place * step).toFixed(1) + ',' + (height - Math.min(1, value / most) * (height - 4)).toFixed(1));
        drawing.append(svg('polygon', { points: `0,${height} ${points.join(' ')} ${width},${height}`, style: `fill:${color}` }));
      });
      return drawing;
    };
    const draw = () => {
      const value = props.value || {};
      const parts = [];
      const when = (name) => make('h3', {}, text(name));
      const pair = (made, title) => made.length && parts.push(make('section', {}, make('h2', { class: 'heading' }, text(title)), make('div', { class: 'pair' }, ...made)));
      const shown = (group, show) => ['before', 'after'].filter((name) => (value[group] || {})[name])
        .map((name) => make('div', {}, when(name), show(value[group][name], name)));
      pair(shown('classes', (list, name) => classes(list, name === 'before')), 'classes_title');
      pair(shown('levels', (each, name) => levels(each, text('levels_title') + ', ' + text(name))), 'levels_title');
      if (Object.keys(value.losses || {}).length) {
        parts.push(make('section', {}, make('h2', { class: 'heading' }, text('losses_title')), plot(value.losses, text('losses_title')),
          make('p', { class: 'note' }, text('losses_scale', { n: value.steps }))));
      }
      element.replaceChildren(...parts);
    };
    watch('value', draw);
    draw();
  }

  // ------------------------------------------------------------------ the losses of a style, as they fall
  function losses({ element, props, watch }) {
    const draw = () => {
      const value = props.value || {};
      element.replaceChildren(...(Object.keys(value).length ? [make('h2', { class: 'heading' }, text('losses_title')), plot(value, text('losses_title'))] : []));
    };
    watch('value', draw);
    draw();
  }

  Object.assign(window.studio, { views, losses });
})();
