// What is handed to the visitor: a file under a good name, a text to paste.
import { text } from './words.js';

const COPIED = 1600; // milliseconds for which a button says so
const ending = (name) => (/\.[a-z][a-z0-9]*$/.exec(name) || ['.png'])[0];

// Returns a file's name made of what people know: photo, look, number ("sky-temples-2.png").
export const goodName = (given, about = []) => {
  const words = about.map((word) => String(word || '').replace(/\.[a-z]{3,4}$/i, ''));
  const plain = words.map((word) =>
    word
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40),
  );
  return (plain.filter(Boolean).join('-') || given.replace(/\.[a-z][a-z0-9]*$/, '')) + ending(given);
};

// Has the browser save a file.
export function download(file) {
  const anchor = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: file.name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

// Copies what a field holds, and lets the button say so for a moment.
export async function copyText(field, button) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand('copy');
  }
  button.textContent = text('copied');
  setTimeout(() => (button.textContent = text('copy')), COPIED);
}
