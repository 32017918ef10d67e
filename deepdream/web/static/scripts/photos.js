// Photos in: chosen, dropped, pasted, from a camera.
import { toast } from './dom.js';
import { listenForFiles } from './files.js';
import { keepPhoto } from './keeping.js';
import { LEAST, sendFile, sendPhotos } from './send.js';
import { text } from './words.js';

const chosenSide = () => {
  const chosen = document.querySelector('#sizes input:checked');
  return chosen ? Number(chosen.value) : 0;
};

let newest = 0; // when the newest photo was brought, to any room: one that is still on its way then is dropped
let sent = null; // the newest photo that was sent smaller than its file: { side, again, number }, as the server counts photos

// A larger size than what was sent needs the photo once more, unless another one is shown since.
function sendLarger() {
  const side = chosenSide();
  if (sent?.number && (!side || side > sent.side)) sent.again();
}

function followPhoto({ detail: number }) {
  if (sent && (sent.number ??= number) !== number) sent = null;
}

// Brings a sample, of which the server needs the name alone.
export function bringSample({ trigger }, name) {
  newest = performance.now();
  keepPhoto({ sample: name });
  trigger('select', { sample: name });
}

// Listens to all ways in which files reach a stage: it = { element, part, props, trigger, rest, working }.
export function photosIn(it) {
  const give = async (list, side, at) => {
    const files = await sendPhotos(list, side, (share) => {
      if (at === newest) it.working(text('uploading'), share);
      return at === newest; // what a newer photo overtook goes no further
    });
    if (at !== newest) return;
    sent = files.every((file) => file.whole) ? null : { side, again: () => send(list), number: null };
    if (it.props.keeps) keepPhoto(list[0]);
    it.trigger('upload', { files });
  };

  const settings = async (file) => {
    try {
      it.trigger('recipe', { files: [{ path: await sendFile(file), name: file.name }] });
    } catch {
      toast(text('upload_failed'));
    }
  };

  const send = async (files, lost = () => {}) => {
    const at = newest;
    it.working(text('uploading'), 0);
    try {
      await give(files, chosenSide() && Math.max(LEAST, chosenSide()), at);
    } catch {
      if (at !== newest) return;
      toast(text('upload_failed'));
      lost();
    }
    if (at === newest) it.rest();
  };

  const take = async (files) => {
    const list = [...files].filter((file) => file.size > 0).slice(0, it.props.most_photos || 20);
    if (files.length && !list.length) toast(text('empty_file'));
    if (!list.length) return;
    if (it.props.home && list.length === 1 && /\.json$/i.test(list[0].name)) return settings(list[0]);
    newest = performance.now();
    await send(list);
  };

  const again = ({ detail: { photo, until, lost } }) => {
    if (newest > until) return;
    if (photo.sample) it.trigger('select', photo);
    else send([photo], lost);
  };
  if (it.props.home) {
    document.addEventListener('studio-photo', again);
    document.addEventListener('studio-shown', followPhoto);
    document.addEventListener('change', (event) => event.target.closest?.('#sizes') && sendLarger());
  }
  listenForFiles(it, take);
}
