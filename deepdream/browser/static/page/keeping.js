// What is kept of a dream: the picture with its recipe inside, and its settings as a link, both ways.

import { encoded } from './photos.js';
import { say } from './stage.js';
import { make, part, text } from './words.js';

/** Listen to the buttons that save and share; `takeSettings(file)` reads settings from a file. */
export function offerKeeping(page, takeSettings) {
  for (const button of document.querySelectorAll('[data-save]')) {
    button.addEventListener('click', () => save(page, button.dataset.save));
  }
  const dialog = part('dialog');
  part('share').addEventListener('click', () => {
    part('link').value = linkOf(page);
    part('copy').textContent = text('copy'); // another link may have been copied
    dialog.showModal();
  });
  part('copy').addEventListener('click', () => copyLink());
  part('close').addEventListener('click', () => dialog.close());
  part('load').addEventListener('click', () => part('given').click());
  part('given').addEventListener('change', ({ target }) => {
    if (target.files.length) takeSettings(target.files[0]);
    target.value = '';
    dialog.close();
  });
}

function linkOf(page) {
  const address = new URL(location.pathname, location.href);
  return `${address}?r=${page.table.toLink(page.controls.recipe)}`;
}

async function copyLink() {
  part('link').select();
  try {
    await navigator.clipboard.writeText(part('link').value);
  } catch {
    document.execCommand('copy');
  }
  part('copy').textContent = text('copied');
}

async function save(page, format) {
  const note = { deepdream: 1, recipe: page.table.toDict(page.dreamed), record: { device: page.way.name } };
  const file = await encoded(part('after'), format, note);
  if (file === null) {
    say(text('device.format', { name: format }));
    return;
  }
  const url = URL.createObjectURL(file);
  make('a', { href: url, download: `dream.${format === 'jpeg' ? 'jpg' : format}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
