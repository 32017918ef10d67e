// What is kept in this browser, so that it can be sent again where the server has forgotten it: lists of { id, file, ... },
// oldest first. Of 'photos' the newest is the one that was brought last, a sample by its name alone; 'styles' are one's
// own; and 'dreams' and 'paintings'. All tabs share them: who leaves in one takes what the others kept along.

const [BASE, STORE] = ['deepdream', 'kept'];
const MOST = 6; // of a kind
const BYTES = 64e6; // of a kind's files; beyond that only the newer ones have theirs

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

let closed = false;

// Empties the store, for good as long as this page is open: what is under way is not kept any more.
export const forgetAll = () => {
  closed = true;
  return withStore('readwrite', (store) => wait(store.clear()));
};

// Those of a kind. Pictures that were made are { id, tag, photo, side, file, mask }. tag: of the server's, changes with what
// the file holds. photo: which one it was made of, by `markOf`, when it was `side` pixels long; file: null for one that
// there is no room for.
export const keptOf = async (kind) => (await withStore('readonly', (store) => wait(store.get(kind)))) || [];
export const keepIn = (kind, one, add = withOne) =>
  withStore('readwrite', async (store) => {
    if (closed) return;
    const all = (await wait(store.get(kind))) || [];
    return wait(store.put(bounded(add(all, one)), kind));
  });

export const markOf = (photo) => photo.sample || [photo.name, photo.size, photo.lastModified].join('/');
export const keepPhoto = (file) => keepIn('photos', { id: markOf(file), file }, withNewest);
export const keptPhoto = async () => (await keptOf('photos')).at(-1)?.file;

// Returns all with another one on top, or in the place of its older self.
export const withOne = (all, one) => {
  const known = all.some(({ id }) => id === one.id);
  return known ? all.map((each) => (each.id === one.id ? one : each)) : [...all, one];
};

// Returns all with one on top, its older self gone.
export const withNewest = (all, one) => [...all.filter(({ id }) => id !== one.id), one];

// Returns the newest, and of these the newest with files; the last one in any case.
export const bounded = (all, most = MOST, bytes = BYTES) => {
  let left = bytes;
  const fits = ({ file }, index) => (left -= file?.size || 0) >= 0 || !index;
  const newestFirst = all.slice(-most).reverse();
  return newestFirst.map((one, index) => (fits(one, index) ? one : { ...one, file: null })).reverse();
};
