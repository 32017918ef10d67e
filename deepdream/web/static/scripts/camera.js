// A picture from the camera, in a dialog.
import { make, toast } from './dom.js';
import { text } from './words.js';

const snapshot = (video) =>
  new Promise((resolve) => {
    const canvas = make('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d').drawImage(video, 0, 0);
    canvas.toBlob((blob) => resolve(new File([blob], 'camera.jpg', { type: 'image/jpeg' })), 'image/jpeg', 0.95);
  });

// Returns a file with the picture; null where none was taken.
export async function takePicture() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1600 } } });
  } catch {
    toast(text('no_camera'));
    return null;
  }
  const video = make('video', { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  const picture = await asked(video);
  for (const track of stream.getTracks()) track.stop();
  return picture;
}

const asked = (video) =>
  new Promise((resolve) => {
    const dialog = make('dialog', { class: 'studio-dialog', 'aria-label': text('camera') });
    let picture = null;
    const shoot = async () => {
      picture = await snapshot(video);
      dialog.close();
    };
    const buttons = [
      make('button', { type: 'button', class: 'solid', disabled: true, onclick: shoot }, text('take')),
      make('button', { type: 'button', onclick: () => dialog.close() }, text('close')),
    ];
    video.addEventListener('loadeddata', () => (buttons[0].disabled = false)); // before, there is nothing to take
    dialog.append(video, make('div', { class: 'row' }, ...buttons));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(picture);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
