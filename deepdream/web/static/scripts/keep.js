// Keep and share: the picture as a file, and the settings as texts.
import { partsOf, toast } from './dom.js';
import { copyText, download, goodName } from './hand.js';
import { fetchBlob, sendSettings } from './send.js';
import { text, translate } from './words.js';

const READY = 15_000; // milliseconds for which a file waits for a second tap

export function keep(piece) {
  const { element, watch } = piece;
  const part = partsOf(element);
  const it = { ...piece, part, stamp: 0, purpose: 'save' };
  translate(element);
  saveButtons(it);
  settingsDialog(it);
  const draw = () => {
    fillDialog(it);
    deliver(it);
  };
  watch('value', draw);
  draw();
}

function saveButtons(it) {
  const menu = it.part('formats');
  document.addEventListener('click', (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener('keydown', (event) => event.key === 'Escape' && (menu.open = false));
  const ask = (purpose, format) => {
    it.purpose = purpose;
    it.part('formats').open = false;
    if (it.ready?.purpose === purpose) hand(it, it.ready.file);
    else it.trigger('save', { format });
  };
  for (const button of it.element.querySelectorAll('[data-save]')) {
    button.addEventListener('click', () => ask('save', button.dataset.save));
  }
  const probe = new File([''], 'a.jpg', { type: 'image/jpeg' });
  it.part('send').hidden = !navigator.canShare?.({ files: [probe] });
  it.part('send').addEventListener('click', () => ask('send', 'jpeg'));
  it.part('copy').hidden = !globalThis.ClipboardItem || !navigator.clipboard?.write;
  it.part('copy').addEventListener('click', () => ask('copy', 'png'));
}

function settingsDialog({ part, element, trigger }) {
  const dialog = part('dialog');
  part('share').addEventListener('click', () => {
    part('formats').open = false;
    trigger('settings', {});
    dialog.showModal();
  });
  part('close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  for (const button of element.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', () => copyText(part(button.dataset.copy), button));
  }
  const file = part('settings');
  part('load').addEventListener('click', () => file.click());
  file.addEventListener('change', async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    dialog.close(); // a toast would lie behind it
    await sendSettings(chosen, trigger);
    file.value = '';
  });
}

function fillDialog({ part, props, element }) {
  const value = props.value || {};
  const url = new URL(location.href);
  url.hash = '';
  url.search = value.query ? '?r=' + value.query : '';
  const texts = { link: value.query != null ? url.href : null, command: value.command, python: value.python };
  for (const [name, words] of Object.entries(texts)) {
    part(name).value = words || '';
    const copy = element.querySelector('[data-copy=' + name + ']');
    for (const node of [part(name).parentElement, copy]) node.hidden = !words;
  }
  part('stays').hidden = !value.stays;
}

// Hands a file that has arrived to the visitor: as a download, to another app, or to the clipboard.
async function deliver(it) {
  const value = it.props.value || {};
  if (!value.file || value.stamp === it.stamp) return;
  it.stamp = value.stamp;
  try {
    const blob = await fetchBlob(value.file.url);
    await hand(it, new File([blob], goodName(value.name, value.about), { type: blob.type }));
  } catch {
    toast(text('gone'));
  }
}

// A browser lets a page send and copy for some seconds after a tap; a file that came later waits for another one.
async function hand(it, file) {
  it.ready = null;
  try {
    await { save: download, send: pass, copy: toClipboard }[it.purpose](file);
  } catch (error) {
    if (error.name === 'AbortError') return; // they thought better of it
    it.ready = { purpose: it.purpose, file };
    setTimeout(() => (it.ready = null), READY);
    toast(text('tap_again'));
  }
}

const pass = (file) => navigator.share({ files: [file] });

async function toClipboard(file) {
  await navigator.clipboard.write([new ClipboardItem({ [file.type]: file })]);
  toast(text('copied'));
}
