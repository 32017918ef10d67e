// The mask: paint where the dream may go.
import { toast } from './dom.js';
import { sendFile } from './send.js';
import { text } from './words.js';

const SIDE = 1024; // pixels of the mask's longer side at most

// Returns the size of the mask of a picture.
export const maskSize = (width, height) => {
  const scale = Math.min(1, SIDE / Math.max(width || 1, height || 1));
  return [width, height].map((each) => Math.max(1, Math.round(each * scale)));
};

// Returns where on a canvas an event is: area is the canvas on the screen.
export const spotIn = (event, area, { width, height }) => [
  ((event.clientX - area.left) / area.width) * width,
  ((event.clientY - area.top) / area.height) * height,
];

// Draws a piece of a stroke, { erase, width, points }: piece by piece, also again, since one long path has softer edges.
function draw(ink, { erase, width, points }) {
  ink.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
  ink.strokeStyle = 'rgb(139 92 246)';
  ink.lineWidth = width;
  ink.lineCap = ink.lineJoin = 'round';
  ink.beginPath();
  ink.moveTo(...points[0]);
  for (const [x, y] of points) ink.lineTo(x + 0.01, y);
  ink.stroke();
}

// Lets strokes be painted and taken back.
function strokesOn(canvas, brush) {
  const ink = canvas.getContext('2d');
  let strokes = [];
  let current = null;
  const redraw = () => {
    ink.clearRect(0, 0, canvas.width, canvas.height);
    for (const { points, ...how } of strokes) {
      points.forEach((_, at) => draw(ink, { ...how, points: points.slice(Math.max(0, at - 1), at + 1) }));
    }
  };
  const add = (event) => {
    current.points.push(spotIn(event, canvas.getBoundingClientRect(), canvas));
    draw(ink, { ...current, points: current.points.slice(-2) });
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    current = { erase: brush.erase(), width: brush.width() * Math.max(canvas.width, canvas.height), points: [] };
    strokes.push(current);
    add(event);
  });
  canvas.addEventListener('pointermove', (event) => current && add(event));
  for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, () => (current = null));
  return {
    any: () => strokes.some((stroke) => !stroke.erase),
    undo: () => void (strokes.pop(), redraw()),
    clear: () => void ((strokes = []), redraw()),
  };
}

// Makes the brush of a stage work: it = { element, part, props, trigger, box }; returns what clears it.
export function maskOn(it) {
  const { part, box, trigger } = it;
  const canvas = part('brush');
  const button = part('mask');
  const eraser = part('eraser');
  const erase = () => eraser.getAttribute('aria-pressed') === 'true';
  const strokes = strokesOn(canvas, { erase, width: () => Number(part('width').value) / 100 });

  const fit = () => {
    const [width, height] = maskSize(it.props.value?.width, it.props.value?.height);
    if (canvas.width === width && canvas.height === height) return;
    Object.assign(canvas, { width, height });
    strokes.clear();
  };
  const mode = (on) => {
    fit();
    it.element.classList.toggle('brushing', on);
    canvas.hidden = part('maskbar').hidden = !on;
    button.setAttribute('aria-pressed', String(on));
  };
  const clear = () => {
    strokes.clear();
    box.classList.remove('masked');
  };
  let newest = 0; // counts masks: one that is still on its way is dropped for a newer one, for none, or with its photo
  const none = () => {
    newest += 1;
    clear();
    trigger('mask', { path: null });
  };
  const send = async (blob) => {
    const mine = (newest += 1);
    const photo = it.props.value?.number;
    const wanted = () => mine === newest && it.props.value?.number === photo;
    try {
      const path = await sendFile(new File([blob], 'mask.png', { type: 'image/png' }), wanted);
      if (wanted()) trigger('mask', { path });
    } catch {
      if (!wanted()) return;
      box.classList.remove('masked');
      toast(text('upload_failed'));
    }
  };

  button.addEventListener('click', () => mode(canvas.hidden));
  eraser.addEventListener('click', () => eraser.setAttribute('aria-pressed', String(!erase())));
  part('maskundo').addEventListener('click', strokes.undo);
  part('maskclear').addEventListener('click', () => {
    none();
    mode(false);
  });
  part('maskdone').addEventListener('click', () => {
    mode(false);
    if (!strokes.any()) return none();
    box.classList.add('masked');
    canvas.toBlob(send);
  });
  return { clear, none };
}
