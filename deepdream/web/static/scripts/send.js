// Files on their way to the server, with word of how far they are, and from it.
import { toast } from './dom.js';
import { leaving } from './leaving.js';
import { shrunk } from './shrink.js';
import { text } from './words.js';

const address = () => {
  const { root = '', api_prefix = '/gradio_api' } = globalThis.gradio_config || {};
  return root + api_prefix + '/upload';
};

const AWAY = [0, 502, 503, 504]; // no answer, or one that the server in between gives while ours starts anew
const ATTEMPTS = 3; // a line that breaks off again each time may be what refuses the file

// Sends one file and returns its place on the server; a line that is cut is waited for. tell(share) hears how much of it has
// left, and ends it by false; cut() hears that the line is cut.
export async function sendFile(file, tell = () => {}, cut = () => {}) {
  const wanted = () => !leaving() && tell(0) !== false;
  for (let left = ATTEMPTS; left > 0; left--) {
    const { status, response } = await post(file, tell);
    if (status === 200) return JSON.parse(response)[0];
    if (!AWAY.includes(status) || !wanted()) break;
    cut();
    document.dispatchEvent(new CustomEvent('studio-cut'));
    await new Promise((back) => document.addEventListener('studio-known', back, { once: true }));
    if (!wanted()) break;
  }
  throw new Error('the file was not sent');
}

// Posts a file once, and returns the request as it ended; its status is 0 where the line broke off, or tell ended it.
const post = (file, tell) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('files', file, file.name);
    request.upload.onprogress = ({ loaded, total }) => tell(loaded / (total || Infinity)) === false && request.abort();
    request.onloadend = () => resolve(request);
    request.open('POST', address());
    request.send(form);
  });

// Sends a file of settings, and has the page take them up.
export async function sendSettings(file, trigger) {
  try {
    trigger('recipe', { files: [{ path: await sendFile(file), name: file.name }] });
  } catch {
    toast(text('upload_failed'));
  }
}

// Fetches what a file holds; one that is gone throws, as a line that is cut does.
export async function fetchBlob(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

export const LEAST = 1024; // pixels of a photo's longer side: a smaller size is wanted larger soon enough

// Sends photos, shrunk to what is wanted, one after another; side: pixels of the longer side, 0 for the photo's own.
export async function sendPhotos(files, side, tell, cut) {
  const sent = [];
  for (const [index, file] of files.entries()) {
    const small = await shrunk(file, side);
    const path = await sendFile(small, (share) => tell((index + share) / files.length), cut);
    sent.push({ path, name: file.name, whole: small === file });
  }
  return sent;
}
