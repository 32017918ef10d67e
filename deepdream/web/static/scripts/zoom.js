// Zoom: the picture in its own pixels, or larger, moved by fingers, mouse and keys; before and after move together.

const MOST = 8; // times the size that fits
const HANDLE = 30; // pixels beside the edge of before and after that take it
const TWICE = 400; // milliseconds within which a second tap follows
const STEP = 1.5; // of a key
const PAN = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const FIT = { scale: 1, x: 0, y: 0 };
const kept = (value, low, high) => Math.min(high, Math.max(low, value));

// A view is { scale, x, y }: x, y say where the picture's corner lies, in shares of the stage, which it always fills.
export const filling = ({ scale, x, y }) => ({ scale, x: kept(x, 1 - scale, 0), y: kept(y, 1 - scale, 0) });

// Returns a view that is `factor` times larger, and in which what is at a place of the stage stays there.
export const zoomedAt = ({ scale, x, y }, factor, [atX, atY]) => {
  const next = kept(scale * factor, 1, MOST);
  const by = next / scale;
  return filling({ scale: next, x: atX - (atX - x) * by, y: atY - (atY - y) * by });
};

// Returns the scale at which one pixel of the picture is one of the screen; twice as large as fits where it would be smaller.
export const wholeScale = (pixels, shown, density = 1) => {
  const scale = pixels / (shown * density);
  return scale > 1.05 ? Math.min(scale, MOST) : 2;
};

// Makes the stage's picture zoom: it = { part, box, props, compare }; returns what fits it in again.
export function zoomOn(it) {
  const { box, part } = it;
  it.view = FIT;
  const place = ({ clientX, clientY }) => {
    const area = box.getBoundingClientRect();
    return [(clientX - area.left) / area.width, (clientY - area.top) / area.height];
  };
  const show = (view) => {
    it.view = view.scale > 1.001 ? view : FIT;
    box.style.setProperty('--zoom', it.view.scale);
    box.style.setProperty('--x', 100 * it.view.x + '%');
    box.style.setProperty('--y', 100 * it.view.y + '%');
    const zoomed = it.view !== FIT;
    box.classList.toggle('zoomed', zoomed);
    const shown = (100 * it.view.scale * box.clientWidth * devicePixelRatio) / (it.props.value?.width || 1);
    part('zoom').setAttribute('aria-pressed', String(zoomed));
    part('zoom').textContent = zoomed ? Math.round(shown) + '%' : '1:1';
  };
  const zoom = (factor, at = [0.5, 0.5]) => show(zoomedAt(it.view, factor, at));
  const toggle = (at) => {
    if (it.view !== FIT) return show(FIT);
    zoom(wholeScale(it.props.value?.width || 0, box.clientWidth, devicePixelRatio), at);
  };
  const pan = (x, y) => show(filling({ ...it.view, x: it.view.x + x, y: it.view.y + y }));

  part('zoom').addEventListener('click', () => toggle());
  box.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return; // the page scrolls
      event.preventDefault();
      zoom(Math.exp(-kept(event.deltaY, -50, 50) / 100), place(event));
    },
    { passive: false },
  );
  box.addEventListener('studio-zoom', ({ detail }) => (detail ? zoom(detail > 0 ? STEP : 1 / STEP) : show(FIT)));
  box.addEventListener(
    'keydown',
    (event) => {
      const way = event.shiftKey && it.view !== FIT && PAN[event.key];
      if (!way) return;
      event.preventDefault();
      pan(way[0] / 10, way[1] / 10);
    },
    { capture: true },
  );
  fingersOn(it, { place, zoom, pan, toggle });
  return () => show(FIT);
}

// One finger moves the edge of before and after, or a zoomed picture; two zoom; a second tap zooms in or out.
function fingersOn(it, { place, zoom, pan, toggle }) {
  const { box, part } = it;
  const down = new Map(); // pointer -> its place
  let edge = null; // where the edge was before the first tap
  let tapped = 0; // when the last tap ended
  let moved = false; // since a finger came down: no tap
  let compares = false;
  let pinched = false;
  const middle = () => [...down.values()].reduce(([x, y], [a, b]) => [x + a / down.size, y + b / down.size], [0, 0]);
  const spread = () => {
    const [[a, b], [c, d]] = [...down.values()];
    return Math.hypot((a - c) * box.clientWidth, (b - d) * box.clientHeight);
  };
  const onPicture = ({ target }) => !target.closest('button, .seen, .maskbar, canvas, video');

  box.addEventListener('pointerdown', (event) => {
    if (!onPicture(event)) return;
    const [x, y] = place(event);
    if (!down.size && event.timeStamp - tapped > TWICE) edge = part('compare').value;
    down.set(event.pointerId, [x, y]);
    moved = false;
    if (!box.classList.contains('zoomed')) return;
    compares = down.size === 1 && Math.abs(x - part('compare').value / 100) * box.clientWidth < HANDLE;
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener('pointermove', (event) => {
    if (!event.buttons) down.delete(event.pointerId); // a mouse's, released elsewhere
    if (!down.has(event.pointerId)) return;
    moved = true;
    const now = place(event);
    const [from, apart] = [middle(), down.size === 2 && spread()];
    down.set(event.pointerId, now);
    if (down.size === 2) {
      pinched = true;
      zoom(spread() / apart, middle());
    }
    if (!box.classList.contains('zoomed')) return;
    if (compares && down.size === 1) it.compare(kept(100 * now[0], 0, 100));
    else pan(middle()[0] - from[0], middle()[1] - from[1]);
  });
  const lift = (event) => {
    if (!down.delete(event.pointerId)) return;
    compares = false;
    if (event.type === 'pointerup' && !moved) tapped = event.timeStamp;
    if (down.size || !pinched) return;
    pinched = false;
    setTimeout(() => it.compare(edge)); // after the slider itself has heard of it
  };
  for (const name of ['pointerup', 'pointercancel']) box.addEventListener(name, lift);
  box.addEventListener('dragstart', (event) => event.preventDefault()); // or the browser drags the picture's file
  box.addEventListener('dblclick', (event) => {
    if (!onPicture(event)) return;
    it.compare(edge);
    toggle(place(event));
  });
  // two fingers do not move the edge on their way
  part('compare').addEventListener('input', (event) => down.size > 1 && event.stopImmediatePropagation(), {
    capture: true,
  });
}
