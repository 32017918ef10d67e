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

// Brings a node into view, and no farther than that.
export const reveal = (node) => node.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' });

// Says something for a moment.
export const toast = (message) => {
  let box = document.getElementById('studio-toast');
  if (!box) document.body.append((box = make('div', { id: 'studio-toast', role: 'status' })));
  box.textContent = message;
  box.classList.add('on');
  clearTimeout(box.timer);
  box.timer = setTimeout(() => box.classList.remove('on'), 3200);
};
