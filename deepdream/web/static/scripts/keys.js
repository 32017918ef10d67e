// Keys: each acts in the room that is open.
import { byRoom } from './rooms.js';

const TYPED =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog';

const ZOOMS = { '+': 1, '=': 1, '-': -1, 0: 0 };

// Returns what a key asks for: "dream", "stop" ..., or undefined.
export const asked = ({ key, ctrlKey, metaKey, altKey }, typing) => {
  if ((ctrlKey || metaKey) && key === 'Enter') return 'dream';
  if (typing || ctrlKey || metaKey || altKey) return undefined;
  if (key in ZOOMS) return 'zoom';
  return { d: 'dream', s: 'stop', z: 'undo', a: 'again', o: 'open', '?': 'keys' }[key.toLowerCase()];
};

const pressed = (name) => {
  const node = byRoom(name);
  const button = node && (node.tagName === 'BUTTON' ? node : node.querySelector('button'));
  if (!button || button.disabled) return false;
  button.click();
  return true;
};

const showKeys = () => {
  const dialog = document.getElementById('keys');
  if (!dialog.open) dialog.showModal();
  return true;
};

const open = () => {
  byRoom('open')?.click();
  return true;
};

const zoom = (way) => byRoom('zoom')?.dispatchEvent(new CustomEvent('studio-zoom', { detail: way }));

const act = (wish, key) => {
  if (wish === 'keys') return showKeys();
  if (wish === 'zoom') return zoom(ZOOMS[key]);
  return wish === 'open' ? open() : pressed(wish);
};

// Listens to the keys of the whole page.
export function listenToKeys() {
  document.addEventListener('keydown', (event) => {
    const wish = asked(event, event.target.closest?.(TYPED));
    if (!wish) return;
    if (act(wish, event.key)) event.preventDefault();
  });
}
