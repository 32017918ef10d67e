// The pieces of the rooms Explore and Style.
(() => {
  const { text, named, make, translate, toast } = window.studio;

  // ------------------------------------------------------------------ what grows from noise: one picture, or a layer's tiles
  function grown({ element, props, trigger, watch }) {
    const image = make('img', { alt: '', hidden: true });
    const bar = make('progress', { max: 1, 'aria-label': text('grow'), hidden: true });
    const line = make('p', { class: 'note', role: 'status' });
    const sheet = make('div', { class: 'atlas', role: 'group', 'aria-label': text('grow_layer'), hidden: true });
    element.append(make('figure', {}, image, bar), line, sheet);
    const room = element.closest('.room');
    const name = (item) => item.id + (item.key ? ' · ' + text(item.key) : '') + (item.dead ? ' · ' + text('dead') : '');
    const show = (url, alt) => { image.src = url; image.alt = alt; image.hidden = false; };
    const choose = (tile, item) => {
      for (const other of sheet.children) other.setAttribute('aria-pressed', String(other === tile));
      show(item.picture, name(item));
      line.textContent = props.value.name + ' · ' + name(item);
      trigger('select', { layer: props.value.name, id: item.id });
    };
    const fill = (tiles, layer) => {
      if (sheet.dataset.layer !== layer || sheet.children.length > tiles.length) sheet.replaceChildren();
      sheet.dataset.layer = layer;
      sheet.append(...tiles.slice(sheet.children.length).map((item) => {
        const tile = make('button', { type: 'button', class: 'tile', 'aria-label': name(item), title: name(item), 'aria-pressed': 'false',
          onclick: () => choose(tile, item) }, make('img', { src: item.picture, alt: '' }), make('span', {}, name(item)));
        tile.classList.toggle('dead', item.dead);
        return tile;
      }));
    };
    const draw = () => {
      const value = props.value || {};
      const growing = value.progress != null;
      if (growing && !room.hasAttribute('data-growing')) element.scrollIntoView({ block: 'nearest', behavior: window.studio.still ? 'auto' : 'smooth' });
      room.toggleAttribute('data-growing', growing);
      if (value.picture) show(value.picture.url, value.name || '');
      else if (growing && !value.tiles) image.hidden = true;
      fill(value.tiles || [], value.name || '');
      sheet.hidden = !value.tiles;
      bar.hidden = !growing;
      if (growing) bar.value = value.progress;
      line.textContent = [value.name, value.status && text(value.status.key, value.status)].filter(Boolean).join(' · ');
    };
    watch('value', draw);
    draw();
  }

  // ------------------------------------------------------------------ in whose manner to paint
  function styles({ element, props, trigger, watch, upload }) {
    const part = (name) => element.querySelector('[data-part=' + name + ']');
    translate(element);
    const chosen = () => props.value || [];
    const changed = (value) => { props.value = value; draw(); trigger('input'); };
    const title = (item) => named(item.key, item.id);
    const draw = () => {
      const ids = chosen().map(([id]) => id);
      part('list').replaceChildren(...(props.items || []).map((item) => make('button', {
        type: 'button', class: 'chip', 'data-name': item.id, 'aria-pressed': String(ids.includes(item.id)),
        onclick: () => {
          if (!ids.includes(item.id)) changed([...chosen(), [item.id, 1]].slice(-(props.most || 4)));
          else if (ids.length > 1) changed(chosen().filter(([id]) => id !== item.id));
        },
      }, make('img', { src: item.picture, alt: '' }), make('span', {}, title(item)))));
      const items = Object.fromEntries((props.items || []).map((item) => [item.id, item]));
      part('weights').replaceChildren(...(ids.length < 2 ? [] : chosen()).map(([id, weight]) => {
        const shown = make('output', {}, String(weight));
        return make('label', { class: 'weight' }, make('span', {}, title(items[id])), make('input', {
          type: 'range', min: 0, max: 2, step: 0.05, value: weight, 'aria-label': text('weight_of', { name: title(items[id]) }),
          oninput: (event) => {
            shown.textContent = event.target.value;
            props.value = chosen().map((pair) => (pair[0] === id ? [id, Number(event.target.value)] : pair));
            trigger('input');
          },
        }), shown);
      }));
    };
    part('add').addEventListener('click', () => part('file').click());
    part('file').addEventListener('change', async () => {
      const [file] = part('file').files;
      if (!file) return;
      try { trigger('bring', await upload(file)); } catch { toast(text('upload_failed')); }
      part('file').value = '';
    });
    watch(['value', 'items'], draw);
    draw();
  }

  Object.assign(window.studio, { grown, styles });
})();
