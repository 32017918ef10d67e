// Leaving for good: what this browser keeps and what the server has goes. Then the page begins anew, so that no answer on
// its way brings anything back; a line that is cut delays that until the server has heard of it.
import { toast } from './dom.js';
import { forgetAll } from './keeping.js';
import { recall, remember } from './memory.js';
import { forgetMoves } from './moves.js';
import { text } from './words.js';

const LEFT = 'deepdream-left';
const DONE = 'done';
const SETTINGS = 'deepdream-settings'; // of the last dream, which the page keeps by Gradio's means

// Returns the key of who is leaving, of whom the server has not heard yet; '' where nobody is.
export const leaving = () => {
  const left = recall(LEFT);
  return left === DONE ? '' : left;
};

// giveUp() forgets and returns the visitor's key; tell() has the server forget them.
export function listenToLeave(giveUp, tell) {
  if (recall(LEFT) === DONE) {
    remember(LEFT, '');
    toast(text('left_now'));
  }
  document.addEventListener('studio-leave', async () => {
    toast(text('leaving'));
    await forgetAll();
    forgetMoves();
    remember(LEFT, giveUp());
    tell();
  });
}

// Opens the page as it is for who was never here: the server has forgotten them.
export function beginAnew() {
  remember(LEFT, DONE);
  remember(SETTINGS, '', 'localStorage');
  location.replace(location.pathname);
}
