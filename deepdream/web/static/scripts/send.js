// Files on their way to the server, with word of how far they are, and from it.
import { shrunk } from './shrink.js';

const address = () => {
  const { root = '', api_prefix = '/gradio_api' } = globalThis.gradio_config || {};
  return root + api_prefix + '/upload';
};

// Sends one file and returns its place on the server; tell(share) hears how much of it has left, and ends it by false.
export const sendFile = (file, tell = () => {}) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('files', file, file.name);
    request.upload.onprogress = ({ loaded, total }) => tell(loaded / (total || Infinity)) === false && request.abort();
    request.onload = () => (request.status === 200 ? resolve(JSON.parse(request.response)[0]) : reject(new Error()));
    request.onerror = request.onabort = reject;
    request.open('POST', address());
    request.send(form);
  });

// Fetches what a file holds; one that is gone throws, as a line that is cut does.
export async function fetchBlob(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

export const LEAST = 1024; // pixels of a photo's longer side: a smaller size is wanted larger soon enough

// Sends photos, shrunk to what is wanted, one after another; side: pixels of the longer side, 0 for the photo's own.
export async function sendPhotos(files, side, tell) {
  const sent = [];
  for (const [index, file] of files.entries()) {
    const small = await shrunk(file, side);
    const path = await sendFile(small, (share) => tell((index + share) / files.length));
    sent.push({ path, name: file.name, whole: small === file });
  }
  return sent;
}
