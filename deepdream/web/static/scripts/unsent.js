// Photos that wait for a line that is cut: kept until they have arrived, since the page may be loaded anew before.
import { keepIn, keptOf } from './keeping.js';
import { recall, remember } from './memory.js';

const KIND = 'unsent';
const KEY = 'deepdream-unsent'; // which of them are this tab's

const without = (all, id) => all.filter((each) => each.id !== id);

export function keepUnsent(files) {
  const [before, id] = [recall(KEY), String(Math.random())];
  remember(KEY, id);
  return keepIn(KIND, { id, files }, (all, one) => [...without(all, before), one]);
}

// This tab's, if any are kept.
export const unsent = async () => (await keptOf(KIND)).find(({ id }) => id === recall(KEY))?.files;

export function forgetUnsent() {
  const id = recall(KEY);
  if (!id) return;
  remember(KEY, '');
  keepIn(KIND, { id }, (all) => without(all, id));
}
