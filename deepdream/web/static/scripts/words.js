// The page's texts in the visitor's language, and numbers as people say them.

let table = {};
export let language = 'en';

// Returns the first of the wished languages (tags such as "ko-KR") that is known; English where none is.
export const languageOf = (wished, known) =>
  wished
    .map((tag) =>
      String(tag || '')
        .slice(0, 2)
        .toLowerCase(),
    )
    .find((tag) => known.includes(tag)) || 'en';

// Takes the texts of one language as those of the page.
export const speak = (chosen, texts) => {
  language = chosen;
  table = texts;
};

// Returns the text of a key with {name} replaced by the values.
export const text = (key, values = {}) =>
  (table[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

// Returns the text of a key that not every thing has, or the fallback.
export const named = (key, fallback) => (key in table ? text(key) : fallback);

// Returns what people call a class; those of the embedded network have names in every language.
export const className = (label) => named('class.' + label, label);

// Returns a time in seconds as words.
export const duration = (seconds) => {
  if (seconds < 0.95) return text('seconds', { n: Math.max(0.1, seconds).toFixed(1) });
  if (seconds < 90) return text('seconds', { n: Math.round(seconds) });
  return text('minutes', { n: Math.round(seconds / 60) });
};

// Returns a share from 0 to 1 as a percentage.
export const percent = (share) => (share >= 0.1 ? Math.round(share * 100) : (share * 100).toFixed(1)) + ' %';

// Puts the texts into markup that names them: data-t for what is read, data-label for what is spoken.
export const translate = (root) => {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = text(node.dataset.t);
  for (const node of root.querySelectorAll('[data-label]')) {
    node.setAttribute('aria-label', text(node.dataset.label));
    if (node.tagName === 'BUTTON') node.title = text(node.dataset.label);
  }
};
