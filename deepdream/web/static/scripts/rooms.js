// Which room is open, and what its buttons are called.

// wish -> selector, in each room; what a room does not offer, its keys don't do.
const BUTTONS = {
  dream: { dream: '#dream', stop: '#stop', undo: '#undo', again: '#again' },
  style: { dream: '#paint', stop: '#stop-paint', again: '#dream-on-it' },
  film: { dream: '#make-film', stop: '#stop-make-film' },
  explore: { dream: '#grow', stop: '#stop-growing' },
};

// Returns the name of the room that is open.
export const openRoom = () =>
  Object.keys(BUTTONS).find((name) => document.querySelector('#room-' + name)?.offsetParent != null) || 'dream';

// Returns what a wish means in the open room: its button, its field for files, or its picture.
export const byRoom = (wish) => {
  const room = openRoom();
  if (wish === 'open') return document.querySelector('#room-' + room + ' .stage [data-part=file]');
  if (wish === 'zoom') return document.querySelector('#room-' + room + ' .stage [data-part=box]:not([hidden])');
  const selector = BUTTONS[room][wish];
  return selector ? document.querySelector(selector) : null;
};
