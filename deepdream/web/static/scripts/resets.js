// Gradio's buttons "Reset to default value" say of what.
import { text } from './words.js';

const nameAll = () => {
  for (const button of document.querySelectorAll('.reset-button:not([data-named])')) {
    const name = button.closest('.block')?.querySelector('[data-testid=block-info]')?.textContent.trim();
    if (!name) continue;
    const about = text('reset_of', { name });
    for (const where of ['aria-label', 'title']) button.setAttribute(where, about);
    button.dataset.named = '';
  }
};

// Names those that are there, and those that come with a room.
export function nameResets() {
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      nameAll();
    }, 300);
  }).observe(document.body, { childList: true, subtree: true });
  nameAll();
}
