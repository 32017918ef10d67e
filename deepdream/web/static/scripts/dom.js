// Small tools for the document.

export const still = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches;
export const coarse = () => matchMedia('(pointer: coarse)').matches;

// Makes an element: attributes by name, listeners by `on...`, children as nodes or texts.
export const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

// Returns what finds the parts of a piece by their names.
export const partsOf = (element) => (name) => element.querySelector('[data-part=' + name + ']');

// Puts other nodes into a list; the place of the one that has the focus keeps it.
export const refill = (list, nodes) => {
  const at = [...list.children].findIndex((node) => node.contains(document.activeElement));
  list.replaceChildren(...nodes);
  const next = list.children[Math.min(at, nodes.length - 1)];
  if (next) (next.matches('button') ? next : next.querySelector('button, input'))?.focus({ preventScroll: true });
};

// Brings a node into view, and no farther than that.
export const reveal = (node) => node.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' });

// Scrolls the row, and only the row, to the first layer that is on.
export function revealOn(row) {
  const on = row.querySelector('[aria-pressed=true]');
  if (!on) return;
  const from = row.scrollLeft;
  if (on.offsetLeft < from || on.offsetLeft + on.offsetWidth > from + row.clientWidth) {
    row.scrollLeft = on.offsetLeft - row.offsetLeft - 8;
  }
}

// Makes the place of what is said for a moment: many a screen reader is deaf to one that arrives with its first words.
export const toastBox = () => {
  const there = document.getElementById('studio-toast');
  if (there) return there;
  const box = make('div', { id: 'studio-toast', role: 'status' });
  document.body.append(box);
  return box;
};

// Says something for a moment.
export const toast = (message) => {
  const box = toastBox();
  box.textContent = message;
  box.classList.add('on');
  clearTimeout(box.timer);
  box.timer = setTimeout(() => box.classList.remove('on'), 3200);
};
