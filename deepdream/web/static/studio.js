// What the page's own pieces do in the browser. Each piece is a gr.HTML whose markup is fixed; its function here is called
// once with {element, trigger, props, watch, upload}, and afterwards only changes what differs. Texts come from the page's
// table (window.studioTexts), pictures from the server by path; nothing is asked of any other machine.
(() => {
  if (window.studio) return;

  const languages = Object.keys(window.studioTexts);
  const wished = [new URLSearchParams(location.search).get('lang'), ...(navigator.languages || [navigator.language])];
  const language = wished.map((tag) => String(tag || '').slice(0, 2).toLowerCase()).find((tag) => languages.includes(tag)) || 'en';
  const text = (key, values = {}) => {
    const pattern = window.studioTexts[language][key] ?? window.studioTexts.en[key] ?? key;
    return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  };
  const named = (key, fallback) => (key in window.studioTexts.en ? text(key) : fallback);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const phone = () => matchMedia('(max-width: 760px)').matches;
  const byId = (name) => document.getElementById(name);
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, '');
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const press = (name) => {
    const node = byId(name);
    const button = node && (node.tagName === 'BUTTON' ? node : node.querySelector('button'));
    if (button && !button.disabled) { button.click(); return true; }
    return false;
  };
  const duration = (seconds) => {
    if (seconds < 0.95) return text('seconds', { n: Math.max(0.1, seconds).toFixed(1) });
    if (seconds < 90) return text('seconds', { n: Math.round(seconds) });
    return text('minutes', { n: Math.round(seconds / 60) });
  };
  const toast = (message) => {
    let box = byId('studio-toast');
    if (!box) document.body.append(box = make('div', { id: 'studio-toast', role: 'status' }));
    box.textContent = message;
    box.classList.add('on');
    clearTimeout(box.timer);
    box.timer = setTimeout(() => box.classList.remove('on'), 3200);
  };
  const translate = (root) => {
    for (const node of root.querySelectorAll('[data-t]')) node.textContent = text(node.dataset.t);
    for (const node of root.querySelectorAll('[data-label]')) {
      node.setAttribute('aria-label', text(node.dataset.label));
      if (node.tagName === 'BUTTON') node.title = text(node.dataset.label);
    }
  };

  // ------------------------------------------------------------------ the picture
  function stage({ element, trigger, props, watch, upload }) {
    const part = (name) => element.querySelector('[data-part=' + name + ']');
    const box = part('box'), before = part('before'), after = part('after'), slider = part('compare'), veil = part('veil');
    const bar = part('bar'), line = part('line'), live = part('live'), drop = part('drop'), badge = part('badge');
    const brush = part('brush'), carried = part('carried'), offer = part('offer');
    let shown = null, loading = false, wanted = null, spoken = '', photoShown = null;
    translate(element);
    before.alt = text('before_alt');
    after.alt = text('after_alt');
    for (const tool of element.querySelectorAll('[data-tool]')) tool.hidden = !(props.tools || ['mask', 'point']).includes(tool.dataset.tool);
    if (matchMedia('(pointer: coarse)').matches) {  // nobody drops or pastes on a phone
      element.querySelector('[data-t=drop_title]').textContent = text('start_title');
      element.querySelector('[data-t=drop_words]').hidden = true;
    }

    part('samples').parentElement.hidden = !(props.samples || []).length;
    for (const sample of props.samples || []) {
      part('samples').append(make('button', {
        type: 'button', class: 'sample', 'aria-label': text('sample', { name: text('sample.' + sample.name) }),
        onclick: () => { say('opening'); trigger('select', { sample: sample.name }); },
      }, make('img', { src: sample.picture, alt: '', width: 84, height: 84 })));
    }

    const say = (key, values) => { line.textContent = key ? text(key, values) : ''; };

    // One picture loads at a time and then the newest: on a slow line some are skipped, and none is cut off half way.
    const show = async (url) => {
      wanted = url;
      if (loading) return;
      loading = true;
      while (wanted && wanted !== shown) {
        const next = wanted;
        const image = new Image();
        image.src = next;
        try { await image.decode(); after.src = next; after.hidden = false; } catch { /* superseded and gone */ }
        shown = next;
      }
      loading = false;
    };

    const compare = () => {
      const share = Number(slider.value);
      box.style.setProperty('--before', share + '%');
      slider.setAttribute('aria-valuetext', text('compare_value', { n: share }));
    };
    slider.addEventListener('input', compare);

    const status = (value) => {
      const s = value.status || {};
      if (s.key === 'dreaming' || s.key === 'painting') {
        let words = text(s.key === 'painting' ? 'scale_of' : 'octave_of', { n: s.octave, of: s.octaves });
        words += ' · ' + text('step_of', { n: s.step, of: s.steps });
        if (s.left != null) words += ' · ' + text('left', { time: duration(s.left) });
        if (s.photos) words = text('photo_of', { n: s.photo, of: s.photos }) + ' · ' + words;
        return words;
      }
      if (!s.key) return '';
      const values = { ...s };
      if (s.seconds != null) values.time = duration(s.seconds);
      return text(s.key, values);
    };

    const apply = () => {
      const value = props.value || { state: 'empty' };
      element.dataset.state = element.closest('.room').dataset.state = value.state;
      if (props.home) document.documentElement.dataset.studio = value.state;
      const empty = value.state === 'empty';
      drop.hidden = !empty;
      box.hidden = empty;
      if (!empty) {
        box.style.setProperty('--ratio', value.width + ' / ' + value.height);
        box.style.setProperty('--wide', value.width / value.height);
        if (value.photo && value.photo.url !== photoShown) {
          photoShown = before.src = value.photo.url;
          slider.value = 0; compare();
          if (!value.picture) { after.hidden = true; shown = wanted = null; }
          clearBrush();
        }
        if (value.picture) show(value.picture.url);
        else { after.hidden = true; wanted = shown = null; }
        const both = Boolean(value.picture);
        slider.disabled = !both;
        box.classList.toggle('both', both);
        element.closest('.room').toggleAttribute('data-placed', Boolean(value.place));
        if (value.place) mark(value.place); else { ring.hidden = true; place = null; }
        badge.textContent = value.preview ? text('preview') : '';
        badge.hidden = !value.preview;
        carried.hidden = !value.carried;
        carried.dataset.query = value.carried || '';
        offer.hidden = !value.offer;
        if (value.offer) { offer.textContent = text('shrink', { n: value.offer }); offer.dataset.side = value.offer; }
      }
      const busy = value.state === 'waiting' || value.state === 'dreaming';
      veil.hidden = !busy;
      bar.hidden = !busy;
      if (busy && value.progress != null) bar.value = value.progress; else bar.removeAttribute('value');
      line.textContent = status(value);
      // Read out what matters, once: not every step.
      const s = value.status || {};
      const phrase = s.octave ? text('octave_of', { n: s.octave, of: s.octaves }) : value.preview ? '' : line.textContent;
      if (phrase && phrase !== spoken) { spoken = phrase; live.textContent = phrase; }
    };

    // photos in: chosen, dropped, pasted, from a camera
    const send = async (files) => {
      const list = [...files].filter((file) => file.size > 0).slice(0, props.most_photos || 20);
      if (!list.length) return;
      say('uploading');
      try {
        const sent = [];
        for (const file of list) {
          const { path } = await upload(file);
          sent.push({ path, name: file.name });
        }
        const settings = props.home && list.length === 1 && /\.json$/i.test(list[0].name);
        trigger(settings ? 'recipe' : 'upload', { files: sent });
      } catch (error) {
        say('upload_failed');
        toast(text('upload_failed'));
      }
    };
    for (const input of element.querySelectorAll('input[type=file]')) {
      input.addEventListener('change', () => { send(input.files); input.value = ''; });
    }
    for (const button of element.querySelectorAll('[data-choose]')) {
      button.addEventListener('click', () => part('file').click());
    }
    let depth = 0;
    const here = () => element.offsetParent !== null;  // another room may be open
    const carriesFiles = (event) => here() && event.dataTransfer && [...event.dataTransfer.types].includes('Files');
    document.addEventListener('dragenter', (event) => { if (carriesFiles(event)) { depth += 1; document.documentElement.classList.add('dropping'); } });
    document.addEventListener('dragleave', () => { depth = Math.max(0, depth - 1); if (!depth) document.documentElement.classList.remove('dropping'); });
    document.addEventListener('dragover', (event) => { if (carriesFiles(event)) event.preventDefault(); });
    document.addEventListener('drop', (event) => {
      depth = 0;
      document.documentElement.classList.remove('dropping');
      if (!carriesFiles(event)) return;
      event.preventDefault();
      send(event.dataTransfer.files);
    });
    document.addEventListener('paste', (event) => {
      const files = here() && event.clipboardData ? [...event.clipboardData.files] : [];
      if (files.length) { event.preventDefault(); send(files); }
    });
    const camera = part('camera');
    camera.hidden = !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia) || matchMedia('(pointer: coarse)').matches;
    camera.addEventListener('click', async () => {
      let stream;
      try { stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1600 } } }); } catch { toast(text('no_camera')); return; }
      const video = make('video', { autoplay: true, playsinline: true, muted: true });
      video.srcObject = stream;
      const dialog = make('dialog', { class: 'studio-dialog', 'aria-label': text('camera') });
      const end = () => { for (const track of stream.getTracks()) track.stop(); dialog.remove(); };
      dialog.append(video, make('div', { class: 'row' },
        make('button', { type: 'button', class: 'solid', onclick: () => {
          const canvas = make('canvas');
          canvas.width = video.videoWidth; canvas.height = video.videoHeight;
          canvas.getContext('2d').drawImage(video, 0, 0);
          canvas.toBlob((blob) => { end(); send([new File([blob], 'camera.jpg', { type: 'image/jpeg' })]); }, 'image/jpeg', 0.95);
        } }, text('take')),
        make('button', { type: 'button', onclick: end }, text('close'))));
      dialog.addEventListener('close', end);
      document.body.append(dialog);
      dialog.showModal();
    });

    // the mask: paint where the dream may go
    let painting = false, strokes = 0;
    const ink = brush.getContext('2d');
    const maskBar = part('maskbar'), width = part('width'), maskButton = part('mask');
    const sized = () => {
      const value = props.value || {};
      const scale = Math.min(1, 1024 / Math.max(value.width || 1, value.height || 1));
      const [w, h] = [Math.max(1, Math.round(value.width * scale)), Math.max(1, Math.round(value.height * scale))];
      if (brush.width !== w || brush.height !== h) { brush.width = w; brush.height = h; strokes = 0; }
    };
    function clearBrush() { ink.clearRect(0, 0, brush.width, brush.height); strokes = 0; box.classList.remove('masked'); }
    const spot = (event) => {
      const area = brush.getBoundingClientRect();
      return [(event.clientX - area.left) / area.width * brush.width, (event.clientY - area.top) / area.height * brush.height];
    };
    let last = null;
    const paint = (event) => {
      const [x, y] = spot(event);
      ink.globalCompositeOperation = 'source-over';
      ink.strokeStyle = ink.fillStyle = 'rgb(139 92 246)';
      ink.lineWidth = Number(width.value) / 100 * Math.max(brush.width, brush.height);
      ink.lineCap = ink.lineJoin = 'round';
      ink.beginPath();
      ink.moveTo(...(last || [x, y]));
      ink.lineTo(x + 0.01, y);
      ink.stroke();
      last = [x, y];
      strokes += 1;
    };
    brush.addEventListener('pointerdown', (event) => { painting = true; last = null; brush.setPointerCapture(event.pointerId); paint(event); });
    brush.addEventListener('pointermove', (event) => { if (painting) paint(event); });
    for (const name of ['pointerup', 'pointercancel']) brush.addEventListener(name, () => { painting = false; });
    const maskMode = (on) => {
      sized();
      element.classList.toggle('brushing', on);
      brush.hidden = !on;
      maskBar.hidden = !on;
      maskButton.setAttribute('aria-pressed', String(on));
    };
    maskButton.addEventListener('click', () => maskMode(brush.hidden));
    part('maskclear').addEventListener('click', () => { clearBrush(); trigger('mask', { path: null }); maskMode(false); });
    part('maskdone').addEventListener('click', () => {
      maskMode(false);
      if (!strokes) { trigger('mask', { path: null }); return; }
      box.classList.add('masked');
      brush.toBlob(async (blob) => {
        try { const { path } = await upload(new File([blob], 'mask.png', { type: 'image/png' })); trigger('mask', { path }); }
        catch { toast(text('upload_failed')); }
      });
    });

    // point at the photo: what is there?
    const pointButton = part('point');
    const ring = part('ring'), target = part('target');
    let place = null;
    const mark = ([x, y]) => { place = [x, y]; ring.style.left = 100 * x + '%'; ring.style.top = 100 * y + '%'; ring.hidden = false; };
    const pointMode = (on) => {
      element.classList.toggle('pointing', on);
      pointButton.setAttribute('aria-pressed', String(on));
      if (on) { say(matchMedia('(pointer: coarse)').matches ? 'point_hint' : 'point_keys'); target.focus({ preventScroll: true }); }
    };
    target.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { pointMode(false); pointButton.focus(); apply(); }
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [0, 0];
      if (!x && !y) return;
      event.preventDefault();
      mark((place || [0.5, 0.5]).map((share, axis) => Math.min(1, Math.max(0, share + [x, y][axis] / 20))));
    });
    pointButton.addEventListener('click', () => pointMode(!element.classList.contains('pointing')));
    target.addEventListener('click', (event) => {
      const area = box.getBoundingClientRect();
      pointMode(false);
      const byKey = event.detail === 0;
      const [x, y] = byKey ? place || [0.5, 0.5] : [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
      if (byKey) pointButton.focus({ preventScroll: true });
      trigger('point', { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) });
    });

    carried.addEventListener('click', () => trigger('recipe', { query: carried.dataset.query }));
    offer.addEventListener('click', () => trigger('shrink', { side: Number(offer.dataset.side) }));
    part('full').addEventListener('click', () => {
      if (document.fullscreenElement) document.exitFullscreen(); else if (box.requestFullscreen) box.requestFullscreen();
    });
    watch('value', apply);
    apply();
  }

  // ------------------------------------------------------------------ looks, as chips
  function chips({ element, trigger, props, watch }) {
    const list = element.querySelector('[data-part=list]');
    translate(element);
    const draw = () => list.replaceChildren(...props.looks.map((look) => {
      const face = look.picture ? make('img', { src: look.picture, alt: '', loading: 'lazy' }) : make('i', { style: '--hue:' + look.hue, 'aria-hidden': 'true' });
      return make('button', { type: 'button', class: 'chip', 'data-name': look.name, 'aria-pressed': 'false', title: named(look.key + '.help', look.sentence),
        onclick: () => { props.value = look.name; mark(); trigger('select', { name: look.name }); } }, face, make('span', {}, named(look.key, look.title)));
    }));
    const mark = () => {
      for (const chip of list.children) chip.setAttribute('aria-pressed', String(chip.dataset.name === props.value));
    };
    watch('value', mark);
    watch('looks', () => { draw(); mark(); });
    draw();
    mark();
  }

  // ------------------------------------------------------------------ layers and their weights
  function layers({ element, trigger, props, watch, server }) {
    const part = (name) => element.querySelector('[data-part=' + name + ']');
    translate(element);
    const split = (target) => target.split(/[:@]/)[0];
    let drawn = '';
    let timer = null;
    const changed = (list) => { props.value = list; draw(); clearTimeout(timer); timer = setTimeout(() => trigger('input'), 20); };
    const title = (target) => {
      const part = target.slice(split(target).length + 1);
      const layer = (props.menu || []).find((one) => one.name === split(target));
      if (layer && part in layer.names) return text(layer.names[part]) + ' · ' + target;
      return (layer ? named('layer.' + layer.name, layer.title) : split(target)) + (part ? ' · ' + part : '');
    };
    const draw = () => {
      const value = props.value || [];
      const menu = props.menu || [];
      const targets = new Set(value.map((pair) => pair[0]));
      for (const tile of part('atlas').children) tile.setAttribute('aria-pressed', String(targets.has(tile.dataset.target)));
      const key = JSON.stringify([menu, value.map((pair) => pair[0])]);
      if (key === drawn) {
        value.forEach(([, weight], index) => {
          const row = part('weights').children[index];
          const input = row.querySelector('input');
          if (document.activeElement !== input) input.value = weight;
          row.querySelector('output').textContent = Number(weight).toFixed(2).replace(/\.?0+$/, '');
        });
        return;
      }
      drawn = key;
      const chosen = new Set(value.map((pair) => split(pair[0])));
      part('menu').replaceChildren(...menu.map((layer) => make('button', {
        type: 'button', class: 'layer', 'aria-pressed': String(chosen.has(layer.name)), title: layer.name,
        onclick: () => {
          const now = props.value || [];
          const without = now.filter((pair) => split(pair[0]) !== layer.name);
          if (without.length !== now.length) { changed(without.length ? without : [[layer.name, 1]]); return; }
          changed([...now, [layer.name, 1]]);
        },
      }, layer.picture ? make('img', { src: layer.picture, alt: '' }) : make('i', { style: '--at:' + layer.at, 'aria-hidden': 'true' }),
      make('span', {}, named('layer.' + layer.name, layer.title)), make('small', {}, layer.name))));
      part('weights').replaceChildren(...value.map(([target, weight], index) => {
        const name = title(target);
        const shown = make('output', {}, String(weight));
        return make('label', { class: 'weight' }, make('span', {}, name), make('input', {
          type: 'range', min: -2, max: 2, step: 0.05, value: weight, 'aria-label': text('weight_of', { name }),
          oninput: (event) => {
            shown.textContent = event.target.value;
            changed((props.value || []).map((pair, at) => (at === index ? [pair[0], Number(event.target.value)] : pair)));
          },
        }), shown, make('button', { type: 'button', 'aria-label': text('remove', { name }), disabled: value.length < 2,
          onclick: () => changed((props.value || []).filter((pair, at) => at !== index)) }, '×'));
      }));
    };
    const field = part('target');
    const pictured = () => (props.menu || []).some((layer) => layer.atlas);
    const add = async () => {
      const words = field.value.trim();
      if (!words) return;
      let [target, weight] = words.split('=').map((one) => one.trim());
      if (pictured() && !target.includes(':') && !props.menu.some((layer) => layer.name === target)) {
        const [first] = await server.find_pictures(target);  // a plain word stands for the first picture it finds
        if (first) target = first.target;
      }
      field.value = '';
      changed([...(props.value || []).filter((pair) => pair[0] !== target), [target, Number(weight) || 1]]);
    };
    part('add').addEventListener('click', add);

    // Pictures of channels and classes, found while one types.
    const atlas = part('atlas'), found = part('found');
    let asked = 0, answered = null, pause = null;
    const close = () => { asked += 1; answered = null; found.hidden = true; };
    const toggle = (target) => {
      const now = props.value || [];
      const without = now.filter((pair) => pair[0] !== target);
      if (without.length === now.length) changed([...now, [target, 1]]);
      else if (without.length) changed(without);
    };
    const find = async () => {
      const words = field.value.trim();
      if (!pictured() || words === answered) return;
      const turn = asked += 1;
      const items = await server.find_pictures(words);
      if (turn !== asked) return;
      answered = words;
      found.hidden = false;
      part('count').textContent = items.length ? text('found_count', { n: items.length }) : text('found_none');
      const targets = new Set((props.value || []).map((pair) => pair[0]));
      atlas.scrollTop = 0;
      atlas.replaceChildren(...items.map(({ target, key, picture }, index) => {
        const name = key ? text(key) : target.replace('classes:', '');
        return make('button', { type: 'button', class: 'tile', 'data-target': target, tabindex: index ? -1 : 0, title: target,
          'aria-label': name === target ? name : name + ', ' + target, 'aria-pressed': String(targets.has(target)), onclick: () => toggle(target),
        }, make('img', { src: picture, alt: '' }), make('span', {}, name));
      }));
    };
    field.addEventListener('focus', find);
    field.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(find, 150); });
    part('close').addEventListener('click', () => { close(); field.focus({ preventScroll: true }); close(); });
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') { event.preventDefault(); add(); }
      if (event.key === 'Escape') close();
      if (event.key === 'ArrowDown' && !found.hidden && atlas.firstElementChild) { event.preventDefault(); atlas.firstElementChild.focus(); }
    });
    atlas.addEventListener('keydown', (event) => {  // one stop for the tab key, arrows from there
      const tiles = [...atlas.children], at = tiles.indexOf(event.target.closest('.tile'));
      const across = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across, Home: 0, End: tiles.length - 1 }[event.key];
      if (event.key === 'Escape') { field.focus(); close(); }
      if (to === undefined) return;
      event.preventDefault();
      if (to < 0) { field.focus(); return; }
      const next = tiles[Math.min(to, tiles.length - 1)];
      tiles[at].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });

    const offer = () => {
      const pictures = pictured();
      field.placeholder = pictures ? text('find_hint') : props.example || '';
      part('known').replaceChildren(...(pictures ? [] : props.known || []).map((value) => make('option', { value })));
      if (pictures) field.removeAttribute('list'); else { field.setAttribute('list', 'known-targets'); close(); }
    };
    watch(['known', 'menu'], offer);
    offer();
    watch(['value', 'menu'], draw);
    draw();
  }

  // ------------------------------------------------------------------ a row of small pictures (octaves, history, what is seen)
  function strip({ element, trigger, props, watch }) {
    const list = element.querySelector('[data-part=list]');
    translate(element);
    const spoken = (item) => [name(item), item.note].filter(Boolean).join(' ');
    const name = (item) => (item.key ? text(item.key, item) : item.layer ? named('layer.' + item.layer, item.title) + ' · ' + item.channel : item.name);
    let drawn = '';
    const draw = () => {
      const items = props.value || [];
      const key = JSON.stringify(items);
      if (key === drawn) return;
      drawn = key;
      element.hidden = !items.length;
      if (element.parentElement.closest('#history')) document.documentElement.toggleAttribute('data-dreams', items.length > 0);
      list.replaceChildren(...items.map((item) => make('button', { type: 'button', class: 'shot', 'aria-label': spoken(item), title: name(item),
        'aria-pressed': String(Boolean(item.current)), onclick: () => trigger('select', { id: item.id }) },
      item.picture ? make('img', { src: item.picture.url || item.picture, alt: '' }) : '', make('span', {}, name(item)), ...(item.note ? [' ', make('small', {}, item.note)] : []))));
    };
    watch('value', draw);
    draw();
  }

  // ------------------------------------------------------------------ what it will cost
  function cost({ element, props, watch }) {
    const draw = () => {
      const c = props.value;
      element.textContent = !c ? '' : [c.seconds != null && text('about', { time: duration(c.seconds) }), c.width + ' × ' + c.height,
        c.memory && text('memory', { n: c.memory < 10 ? c.memory.toFixed(1) : Math.round(c.memory) })].filter(Boolean).join(' · ');
      element.classList.toggle('much', Boolean(c && c.too_much));
    };
    watch('value', draw);
    draw();
  }

  // ------------------------------------------------------------------ keep and share
  function keep({ element, trigger, props, watch, upload }) {
    const part = (name) => element.querySelector('[data-part=' + name + ']');
    const dialog = part('dialog');
    translate(element);
    let stamp = 0, purpose = 'save';
    for (const button of element.querySelectorAll('[data-save]')) {
      button.setAttribute('aria-label', text('save', { name: button.textContent }));
      button.addEventListener('click', () => { purpose = 'save'; trigger('save', { format: button.dataset.save }); });
    }
    const sendable = Boolean(navigator.canShare && navigator.canShare({ files: [new File([''], 'a.jpg', { type: 'image/jpeg' })] }));
    part('send').hidden = !sendable;
    part('send').addEventListener('click', () => { purpose = 'send'; trigger('save', { format: 'jpeg' }); });
    part('share').addEventListener('click', () => { trigger('settings', {}); dialog.showModal(); });
    part('close').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    for (const button of element.querySelectorAll('[data-copy]')) {
      button.addEventListener('click', async () => {
        const field = part(button.dataset.copy);
        try { await navigator.clipboard.writeText(field.value); } catch { field.select(); document.execCommand('copy'); }
        button.textContent = text('copied');
        setTimeout(() => { button.textContent = text('copy'); }, 1600);
      });
    }
    const file = part('settings');
    file.addEventListener('change', async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      try { const { path } = await upload(chosen); trigger('recipe', { files: [{ path, name: chosen.name }] }); dialog.close(); }
      catch { toast(text('upload_failed')); }
      file.value = '';
    });
    part('load').addEventListener('click', () => file.click());
    const draw = async () => {
      const value = props.value || {};
      const url = new URL(location.href);
      url.hash = '';
      url.search = value.query ? '?r=' + value.query : '';
      for (const [name, words] of [['link', value.query != null ? url.href : null], ['command', value.command], ['python', value.python]]) {
        part(name).value = words || '';
        for (const node of [part(name).parentElement, element.querySelector('[data-copy=' + name + ']')]) node.hidden = !words;
      }
      part('stays').hidden = !value.stays;
      if (!value.file || value.stamp === stamp) return;
      stamp = value.stamp;
      if (purpose === 'send') {
        try {
          const blob = await (await fetch(value.file.url)).blob();
          await navigator.share({ files: [new File([blob], value.name, { type: blob.type })] });
          return;
        } catch (error) { if (error.name === 'AbortError') return; }
      }
      const anchor = make('a', { href: value.file.url, download: value.name });
      document.body.append(anchor);
      anchor.click();
      anchor.remove();
    };
    watch('value', draw);
    draw();
  }

  // ------------------------------------------------------------------ keys
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest && event.target.closest('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog');
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') { if (press('dream')) event.preventDefault(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { d: () => press('dream'), s: () => press('stop'), z: () => press('undo'), a: () => press('again'), o: () => { document.querySelector('.stage [data-part=file]').click(); return true; },
      '?': () => { const help = document.querySelector('.keys summary'); if (help) help.click(); return Boolean(help); } }[event.key.toLowerCase()];
    if (act && act()) event.preventDefault();
  });

  // Gradio chooses only among the languages that it speaks itself, which Vietnamese is not. Its own module has the switch;
  // where a later version hides it, the native labels stay English.
  const speak = async () => {
    const core = performance.getEntriesByType('resource').map((entry) => entry.name).find((name) => /\/core-[\w-]+\.js$/.test(name));
    try { (await import(core)).changeLocale(language); } catch { /* English */ }
    document.documentElement.lang = language;
  };

  const start = () => {
    speak();
    for (const node of document.querySelectorAll('[data-page-t]')) { node.textContent = text(node.dataset.pageT); }
  };
  window.studio = { stage, chips, layers, strip, cost, keep, text, named, make, translate, toast, duration, language, phone, still, start };
})();
