// The photo kept in this browser, so that it can be sent again where the server has forgotten it.

const [BASE, STORE, PHOTO] = ['deepdream', 'kept', 'photo'];

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
    const done = await wait(act(base.transaction(STORE, mode).objectStore(STORE)));
    base.close();
    return done;
  } catch {
    return undefined;
  }
}

export const keepPhoto = (file) => withStore('readwrite', (store) => store.put(file, PHOTO));
export const keptPhoto = () => withStore('readonly', (store) => store.get(PHOTO));
export const forgetPhoto = () => withStore('readwrite', (store) => store.delete(PHOTO));
