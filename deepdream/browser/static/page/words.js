// Texts in the visitor's language, and small helpers for the document.

const { texts } = window.site;
const wished = [new URLSearchParams(location.search).get('lang'), ...(navigator.languages ?? [navigator.language])];
export const language =
  wished
    .map((tag) =>
      String(tag ?? '')
        .slice(0, 2)
        .toLowerCase(),
    )
    .find((tag) => tag in texts) ?? 'en';

/** Return a text, with {name} replaced by `values`; the fallback where it has none. */
export function text(key, values = {}, fallback = key) {
  const pattern = texts[language][key] ?? texts.en[key] ?? fallback;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Make an element; names that begin with "on" are listeners. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

/** Fill in the texts of everything below `root` that names one. */
export function translate(root) {
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = text(node.dataset.t);
  for (const node of root.querySelectorAll('[data-label]')) {
    node.setAttribute('aria-label', text(node.dataset.label));
    if (node.tagName === 'BUTTON') node.title = text(node.dataset.label);
  }
}

export function duration(seconds) {
  if (seconds < 0.95) return text('seconds', { n: Math.max(0.1, seconds).toFixed(1) });
  return seconds < 90 ? text('seconds', { n: Math.round(seconds) }) : text('minutes', { n: Math.round(seconds / 60) });
}

export const part = (name) => document.querySelector(`[data-part=${name}]`);
