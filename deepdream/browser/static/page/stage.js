// The picture: dropped, chosen or taken by the camera; before and after; what is going on in words.

import { canvasOf } from './photos.js';
import { make, part, text } from './words.js';

/** Listen for photos; `give(file)` takes each. */
export function listenForPhotos(give) {
  const file = part('file');
  for (const button of document.querySelectorAll('[data-choose]')) button.addEventListener('click', () => file.click());
  file.addEventListener('change', () => {
    if (file.files.length) give(file.files[0]);
    file.value = '';
  });
  document.addEventListener('paste', ({ clipboardData }) => clipboardData.files.length && give(clipboardData.files[0]));
  listenForDrops(give);
  part('camera').addEventListener('click', () => takePicture(give));
}

function listenForDrops(give) {
  const stage = part('stage');
  const over = (on) => (event) => {
    event.preventDefault();
    stage.classList.toggle('dropping', on);
  };
  document.addEventListener('dragover', over(true));
  document.addEventListener('dragleave', over(false));
  document.addEventListener('drop', (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) give(event.dataTransfer.files[0]);
  });
}

/** Show what the camera sees, and give the picture that is taken. */
async function takePicture(give) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch {
    say(text('no_camera'));
    return;
  }
  const video = make('video', { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  const take = make('button', { type: 'button', class: 'solid', disabled: true }, text('take'));
  video.addEventListener('loadeddata', () => {
    take.disabled = false; // before, there is nothing to take
  });
  const close = make('button', { type: 'button' }, text('close'));
  const dialog = make('dialog', { class: 'studio-dialog' }, video, make('div', { class: 'row' }, close, take));
  const end = () => {
    stream.getTracks().forEach((track) => track.stop());
    dialog.remove();
  };
  take.addEventListener('click', () => {
    const context = canvasOf(video.videoHeight, video.videoWidth);
    context.drawImage(video, 0, 0);
    context.canvas.toBlob((blob) => give(new File([blob], 'camera.png', { type: 'image/png' })));
    dialog.close();
  });
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', end);
  document.body.append(dialog);
  dialog.showModal();
}

/** Show the photo, with nothing dreamed yet. */
export function showPhoto({ data, h, w }) {
  part('box').style.setProperty('--ratio', `${w} / ${h}`);
  part('box').style.setProperty('--wide', w / h);
  const rgba = new Uint8ClampedArray(4 * h * w).fill(255);
  for (let c = 0; c < 3; c++) for (let i = 0; i < h * w; i++) rgba[4 * i + c] = data[c * h * w + i] * 255;
  draw(part('before'), { rgba, h, w });
  part('drop').hidden = true;
  part('box').hidden = false;
  part('after').hidden = true;
  compare(0, false);
}

/** Show a frame, or a finished picture, which can be compared with the photo. */
export function showDream(frame) {
  draw(part('after'), frame);
  part('after').hidden = false;
  compare(Number(part('compare').value), true);
}

function draw(canvas, { rgba, h, w }) {
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.getContext('2d').putImageData(new ImageData(rgba, w, h), 0, 0);
}

export function compare(share, able) {
  const slider = part('compare');
  slider.disabled = !able;
  slider.value = share;
  slider.setAttribute('aria-valuetext', text('compare_value', { n: share }));
  part('box').classList.toggle('both', able);
  part('box').style.setProperty('--before', `${share}%`);
}

/** Show how far a dream has come; null hides the bar. */
export function progress(share) {
  part('bar').hidden = share === null;
  part('bar').value = share ?? 0;
}

export function badge(words) {
  part('badge').hidden = !words;
  part('badge').textContent = words;
}

/** Write one line below the picture. */
export function write(words) {
  part('line').textContent = words;
}

/** Write a line, and read it out where the visitor listens: not of every step. */
export function say(words) {
  write(words);
  part('live').textContent = words;
}
