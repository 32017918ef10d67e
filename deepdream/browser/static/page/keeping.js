// What is kept of a dream: the picture with its recipe inside, and its settings as a link, both ways.

import { copyText, download, goodName } from '../../../web/static/scripts/hand.js';
import { text } from '../../../web/static/scripts/words.js';
import { encoded } from './photos.js';
import { part, say } from './stage.js';

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
  part('copy').addEventListener('click', () => copyText(part('link'), part('copy')));
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

async function save({ table, dreamed, way, source, controls }, format) {
  const note = { deepdream: 1, recipe: table.toDict(dreamed), record: { device: way.name } };
  const file = await encoded(part('after'), format, note);
  if (file === null) {
    say(text('device.format', { name: format }));
    return;
  }
  const ending = format === 'jpeg' ? 'jpg' : format;
  const name = goodName(`dream.${ending}`, [source.name, controls.lookOf(dreamed) ?? text('dream')]);
  download(new File([file], name, { type: file.type }));
}
