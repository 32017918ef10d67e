// Finished dreams, kept in this browser, and given back with the photo to a server that has forgotten them.
import { keepDream, keptDreams, keptPhoto, markOf } from './keeping.js';
import { sendFile } from './send.js';

const REST = 1000; // milliseconds without another picture of a dream

export function kept({ trigger, props, watch }) {
  const it = { trigger, resting: 0, left: 0, giving: false };
  const ask = async () => trigger('keep', { known: (await keptDreams()).map(({ tag }) => tag) });
  document.addEventListener('studio-dreams', () => {
    clearTimeout(it.resting);
    if (!navigator.connection?.saveData) it.resting = setTimeout(ask, REST); // each is fetched once more for that
  });
  document.addEventListener('studio-leave', () => (it.left += 1));
  document.addEventListener('studio-forgotten', ({ detail }) => giveBack(it, detail));
  watch('value', () => take(it, props.value?.dreams || []));
}

// Keeps dreams that the server handed out, unless the visitor leaves meanwhile.
async function take(it, dreams) {
  const before = it.left;
  for (const { id, tag, photo, file } of dreams) {
    try {
      const answer = await fetch(file.url);
      const picture = new File([await answer.blob()], 'dream.png', { type: 'image/png' });
      const mark = await markNamed(photo);
      if (answer.ok && before === it.left) await keepDream({ id, tag, photo: mark, file: picture });
    } catch {
      /* the line is cut: it is asked for again with the next one */
    }
  }
}

// Returns the mark of the photo that is kept, if it has that name.
async function markNamed(name) {
  const photo = await keptPhoto();
  return photo && (photo.sample || photo.name.slice(0, 100)) === name ? markOf(photo) : '';
}

// asked: when the server was asked whether it knows this visitor; a photo that was brought since is newer.
async function giveBack(it, asked) {
  const photo = await keptPhoto();
  if (!photo || it.giving) return;
  it.giving = true;
  const shown = new Promise((resolve) => document.addEventListener('studio-shown', resolve, { once: true }));
  document.dispatchEvent(new CustomEvent('studio-photo', { detail: { photo, asked } }));
  await shown;
  it.giving = false;
  const files = await sentDreams();
  if (files.length) it.trigger('give_back', { files });
}

async function sentDreams() {
  const photo = markOf(await keptPhoto());
  const dreams = (await keptDreams()).filter(({ file }) => file);
  try {
    return await Promise.all(
      dreams.map(async (each) => ({ path: await sendFile(each.file), id: each.id, own: each.photo === photo })),
    );
  } catch {
    return []; // the line is cut again: they are still kept
  }
}
