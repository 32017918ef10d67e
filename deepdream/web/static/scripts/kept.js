// Finished pictures of a kind, kept in this browser, and given back with their photos to a server that has forgotten them.
import { keepIn, keptOf, keptPhoto, markOf } from './keeping.js';
import { openRoom } from './rooms.js';
import { LEAST, fetchBlob, sendFile, sendPhotos } from './send.js';

const REST = 1000; // milliseconds without another picture

export function kept({ trigger, props, watch }) {
  const it = { trigger, kind: props.kind, room: props.room, resting: 0, known: 0, giving: false };
  const ask = async () => trigger('keep', { known: (await keptOf(it.kind)).map(({ tag }) => tag) });
  document.addEventListener('studio-made', () => {
    clearTimeout(it.resting);
    if (!navigator.connection?.saveData) it.resting = setTimeout(ask, REST); // each is fetched once more for that
  });
  document.addEventListener('studio-known', ({ detail: found }) => {
    it.known += 1;
    if (found && openRoom() === props.room) trigger('back'); // what it asked for before, it asked as nobody known
  });
  document.addEventListener('studio-forgotten', ({ detail }) => giveBack(it, detail));
  watch('value', () => take(it, props.value?.made || []));
}

// Keeps pictures that the server handed out.
async function take(it, made) {
  for (const { id, tag, photo, side, files } of made) {
    try {
      const one = { id, tag, side, photo: await photoOf(it, id, photo) };
      for (const name of Object.keys(files)) one[name] = await fetched(files[name]);
      await keepIn(it.kind, one);
    } catch {
      /* the line is cut: it is asked for again with the next one */
    }
  }
}

const fetched = async ({ url }) => new File([await fetchBlob(url)], 'made.png', { type: 'image/png' });

// Returns the mark of the photo of a picture: the one that it had before, or the newest that is kept under that name.
async function photoOf({ kind }, id, name) {
  const known = (await keptOf(kind)).find((each) => each.id === id);
  if (known) return known.photo;
  const named = ({ file }) => file && (file.sample || file.name.slice(0, 100)) === name;
  return (await keptOf('photos')).reverse().find(named)?.id || '';
}

let photoBack = null; // while the photo is sent again, which all kinds wait for, also where it does not arrive

// until: when the photo may have been forgotten at the latest; one that was brought since is newer.
function bringBack(photo, until) {
  photoBack ??= new Promise((resolve) => {
    const end = () => resolve((photoBack = null));
    document.addEventListener('studio-shown', end, { once: true });
    document.dispatchEvent(new CustomEvent('studio-photo', { detail: { photo, until, lost: end } }));
  });
  return photoBack;
}

async function giveBack(it, until) {
  const photo = await keptPhoto();
  if (!photo || it.giving) return;
  it.giving = true;
  await bringBack(photo, until);
  it.giving = false;
  try {
    const given = await sent(it.kind, markOf(await keptPhoto())); // another one may have been brought meanwhile
    const open = it.kind === 'paintings' && openRoom() === it.room; // it is entered anew, also without any
    if (open || given.files.length || given.styles.length) it.trigger('give_back', { ...given, fresh: it.known < 2 });
  } catch {
    /* the line is cut again: they are still kept */
  }
}

// Sends what is kept of a kind, its masks, the other photos that it was made of, and for paintings one's own styles.
async function sent(kind, own) {
  const made = (await keptOf(kind)).filter(({ file }) => file);
  const others = (await keptOf('photos')).filter(
    ({ id, file }) => file && id !== own && made.some((one) => one.photo === id),
  );
  const styles = kind === 'paintings' ? (await keptOf('styles')).filter(({ file }) => file) : [];
  const back = async ({ id, side, photo, file, mask }) => {
    const [path, drawn] = await Promise.all([sendFile(file), mask && sendFile(mask)]);
    return { id, side, path, mask: drawn, of: photo === own ? 'own' : others.findIndex((each) => each.id === photo) };
  };
  return {
    photos: await Promise.all(others.map((each) => sentPhoto(each, made))),
    styles: await Promise.all(styles.map(async ({ id, file }) => ({ id, path: await sendFile(file) }))),
    files: await Promise.all(made.map(back)),
  };
}

// Sends a photo as large as it is wanted for what was made of it; a sample needs its name alone.
async function sentPhoto({ id, file }, made) {
  if (file.sample) return file;
  const sides = made.filter(({ photo }) => photo === id).map(({ side }) => side);
  const [sentOne] = await sendPhotos([file], Math.max(LEAST, ...sides), () => {});
  return sentOne;
}
