// What is kept in this browser, so that it can be sent again where the server has forgotten it: the photo, or the name of
// a sample, and the newest dreams.

const [BASE, STORE, PHOTO, DREAMS] = ['deepdream', 'kept', 'photo', 'dreams'];
const MOST = 6; // dreams
const BYTES = 64e6; // of their files; beyond that only the newer ones have theirs

const wait = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// Does something with the store; a browser that keeps nothing, such as a private window, answers undefined.
async function withStore(mode, act) {
  try {
    const opening = indexedDB.open(BASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const base = await wait(opening);
    const done = await act(base.transaction(STORE, mode).objectStore(STORE));
    base.close();
    return done;
  } catch {
    return undefined;
  }
}

export const keepPhoto = (file) => withStore('readwrite', (store) => wait(store.put(file, PHOTO)));
export const keptPhoto = () => withStore('readonly', (store) => wait(store.get(PHOTO)));
export const forgetAll = () => withStore('readwrite', (store) => wait(store.clear()));

// Dreams, oldest first, as { id, tag, photo, file }. tag: of the server's, changes with what the file holds. photo: which
// one it was dreamed of, by `markOf`; file: null for one that there is no room for.
export const keptDreams = async () => (await withStore('readonly', (store) => wait(store.get(DREAMS)))) || [];
export const keepDream = (dream) =>
  withStore('readwrite', async (store) => {
    const dreams = (await wait(store.get(DREAMS))) || [];
    return wait(store.put(bounded(withDream(dreams, dream)), DREAMS));
  });

export const markOf = (photo) => photo.sample || [photo.name, photo.size, photo.lastModified].join('/');

// Returns the dreams with another one on top, or in the place of its older self.
export const withDream = (dreams, dream) => {
  const known = dreams.some(({ id }) => id === dream.id);
  return known ? dreams.map((each) => (each.id === dream.id ? dream : each)) : [...dreams, dream];
};

// Returns the newest dreams, and of these the newest with files.
export const bounded = (dreams, most = MOST, bytes = BYTES) => {
  let left = bytes;
  const newestFirst = dreams.slice(-most).reverse();
  return newestFirst.map((dream) => ((left -= dream.file?.size || 0) < 0 ? { ...dream, file: null } : dream)).reverse();
};
