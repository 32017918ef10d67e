// What this tab or this browser remembers, as short texts; a private window may remember nothing.

export const recall = (key, store = 'sessionStorage') => {
  try {
    return window[store].getItem(key) || '';
  } catch {
    return '';
  }
};

export const remember = (key, words, store = 'sessionStorage') => {
  try {
    if (words) window[store].setItem(key, words);
    else window[store].removeItem(key);
  } catch {
    /* private mode */
  }
};
