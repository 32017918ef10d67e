// Which room is open, and what its buttons are called.
import { named } from './words.js';

const PATIENCE = 10_000; // milliseconds until a tap counts, known or not

// wish -> selector, in each room; what a room does not offer, its keys don't do.
const BUTTONS = {
  dream: { dream: '#dream', stop: '#stop', undo: '#undo', again: '#again' },
  style: { dream: '#paint', stop: '#stop-paint', undo: '#undo-paint', again: '#dream-on-it' },
  film: { dream: '#make-film', stop: '#stop-make-film' },
  explore: { dream: '#grow', stop: '#stop-growing' },
};

// Returns the name of the room that is open.
export const openRoom = () => {
  const rooms = [...document.querySelectorAll('[role=tabpanel][id^=room-]')];
  const open = rooms.find((room) => room.offsetParent != null);
  return open ? open.id.slice('room-'.length) : 'dream';
};

const tabOf = (room) => document.getElementById(`room-${room}-button`);
const asked = () => {
  const room = location.hash.slice(1);
  return tabOf(room) ? room : 'dream';
};

// Gradio would name a room in a language that it does not speak itself only once it has been opened.
const nameRooms = (tabs) => {
  for (const tab of tabs.querySelectorAll('[data-tab-id]')) {
    const name = named('room.' + tab.dataset.tabId, tab.textContent);
    if (tab.textContent !== name) tab.textContent = name;
  }
};

// Keeps the open room in the address, so that a link, a reload and the back button lead to it.
export function followRooms() {
  const open = () => openRoom() !== asked() && tabOf(asked())?.click();
  const note = () => {
    if (openRoom() === asked()) return;
    const { pathname, search } = location; // told in full: the page has a base of its own
    history.pushState(null, '', pathname + search + (openRoom() === 'dream' ? '' : '#' + openRoom()));
  };
  const watch = new MutationObserver(() => setTimeout(note)); // when the room is to be seen
  const begin = () => {
    document.removeEventListener('click', hold, { capture: true });
    if (location.hash) open();
    else note();
    const tabs = tabOf('dream').parentElement;
    watch.observe(tabs, { subtree: true, attributeFilter: ['aria-selected'] });
    new MutationObserver(() => nameRooms(tabs)).observe(tabs, { childList: true });
    nameRooms(tabs);
  };
  addEventListener('popstate', open);
  document.addEventListener('click', hold, { capture: true });
  const known = new Promise((resolve) => document.addEventListener('studio-known', resolve, { once: true }));
  Promise.race([known, new Promise((resolve) => setTimeout(resolve, PATIENCE))]).then(begin);
}

// A room would open as nobody's until the server knows whose photo is shown there: its tab is remembered till then.
function hold(event) {
  const tab = event.target.closest('[data-tab-id]');
  if (!tab) return;
  event.stopPropagation();
  location.hash = tab.dataset.tabId;
}

// Returns what a wish means in the open room: its button, its field for files, or its picture.
export const byRoom = (wish) => {
  const room = openRoom();
  if (wish === 'open') return document.querySelector('#room-' + room + ' .stage [data-part=file]');
  if (wish === 'zoom') return document.querySelector('#room-' + room + ' .stage [data-part=box]:not([hidden])');
  const selector = BUTTONS[room]?.[wish];
  return selector ? document.querySelector(selector) : null;
};
