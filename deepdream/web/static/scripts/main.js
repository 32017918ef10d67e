// Starts the page's own pieces. Each piece is a gr.HTML whose markup is fixed; its function is called once with
// { element, trigger, props, watch, server }, and afterwards only changes what differs. Texts and pictures come from our
// own server; nothing is asked of any other machine.
import { chance } from './chance.js';
import { chips, faces } from './chips.js';
import { cost } from './cost.js';
import { partsOf, toastBox } from './dom.js';
import { reel } from './film.js';
import { finder } from './finder.js';
import { fold } from './fold.js';
import { grown } from './grown.js';
import { identity } from './identity.js';
import { keep } from './keep.js';
import { kept } from './kept.js';
import { listenToKeys } from './keys.js';
import { layers } from './layers.js';
import { losses } from './plots.js';
import { nameResets } from './resets.js';
import { followRooms } from './rooms.js';
import { sheet } from './sheet.js';
import { stage } from './stage.js';
import { strip } from './strip.js';
import { styles } from './styles.js';
import { guardSliders } from './touch.js';
import { views } from './views.js';
import { language, languageOf, speak, text, translate } from './words.js';

const LANGUAGES = ['en', 'ko', 'vi'];

async function learnWords() {
  const asked = new URLSearchParams(location.search).get('lang');
  const chosen = languageOf([asked, ...(navigator.languages || [navigator.language])], LANGUAGES);
  const file = await fetch(new URL(`../texts/${chosen}.json`, import.meta.url));
  speak(chosen, await file.json());
}

// Gradio chooses only among the languages that it speaks itself, which Vietnamese is not. Its own module has the switch;
// where a later version hides it, the native labels stay English.
async function switchLabels() {
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
  try {
    (await import(loaded.find((name) => /\/core-[\w-]+\.js$/.test(name)))).changeLocale(language);
  } catch {
    /* English */
  }
  document.documentElement.lang = language;
}

function frame({ element }) {
  translate(element);
  if (element.querySelector('dialog')) return foot(element);
  switchLabels();
  if (new URLSearchParams(location.search).get('r')) element.querySelector('p').textContent = text('remix');
  document.title = text('title');
}

function foot(element) {
  const part = partsOf(element);
  part('keys').addEventListener('click', () => element.querySelector('dialog').showModal());
  part('leave').addEventListener('click', () => document.dispatchEvent(new CustomEvent('studio-leave')));
}

await learnWords();
listenToKeys();
guardSliders();
toastBox();
followRooms();
nameResets();
window.studio = {
  chance,
  chips,
  cost,
  faces,
  finder,
  fold,
  frame,
  grown,
  identity,
  keep,
  kept,
  layers,
  losses,
  reel,
  sheet,
  stage,
  strip,
  styles,
  views,
};
