// Films: on the stage, as they grow, and as files.
import { make, partsOf, toast } from './dom.js';
import { download, goodName } from './hand.js';
import { fetchBlob } from './send.js';
import { text, translate } from './words.js';

// Returns what shows a film, or none, on a stage.
export function filmOn({ part }) {
  const video = part('film');
  return (film) => {
    const url = film?.url || '';
    if ((video.getAttribute('src') || '') === url) return;
    video.hidden = !url;
    if (url) {
      video.src = url;
      video.play().catch(() => {}); // where a browser does not start films by itself
    } else {
      video.removeAttribute('src');
      video.load();
    }
  };
}

// What of a film can be looked at while it grows, and downloaded once it is there.
export function reel({ element, props, trigger, watch }) {
  const part = partsOf(element);
  translate(element);
  part('sofar').addEventListener('click', () => trigger('sofar', {}));
  part('download').addEventListener('click', () => save(props.value || {}));
  const draw = () => {
    const value = props.value || {};
    part('download').hidden = !value.file;
    const kind = value.plays ? 'video' : 'img';
    const about = value.plays ? { loop: true, playsinline: true, controls: true } : { alt: text('film_so_far') };
    part('part').replaceChildren(...(value.part ? [make(kind, { src: value.part.url, ...about })] : []));
    for (const video of part('part').querySelectorAll('video')) {
      video.muted = true;
      video.play().catch(() => {});
    }
  };
  watch('value', draw);
  draw();
}

async function save({ file, name, about }) {
  try {
    const blob = await fetchBlob(file.url);
    const words = about.map((word, place) => (place === about.length - 1 ? text('kind.' + word) : word));
    download(new File([blob], goodName(name, words), { type: blob.type }));
  } catch {
    toast(text('gone'));
  }
}
