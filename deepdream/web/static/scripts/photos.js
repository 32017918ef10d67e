// Photos in: chosen, dropped, pasted, from a camera.
import { toast } from './dom.js';
import { listenForFiles } from './files.js';
import { keepPhoto } from './keeping.js';
import { LEAST, sendPhotos, sendSettings } from './send.js';
import { forgetUnsent, keepUnsent, unsent } from './unsent.js';
import { text } from './words.js';

const chosenSide = () => {
  const chosen = document.querySelector('#sizes input:checked');
  return chosen ? Number(chosen.value) : 0;
};

let newest = 0; // when the newest photo was brought, to any room: one that is still on its way then is dropped
let underway = null; // the newest one's way to the server: a promise of whether it arrived
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
  const give = async (list, side, at, cut) => {
    const tell = (share) => {
      if (at === newest) it.working(text('uploading'), share);
      return at === newest; // what a newer photo overtook goes no further
    };
    const files = await sendPhotos(list, side, tell, cut);
    if (at !== newest) return;
    sent = files.every((file) => file.whole) ? null : { side, again: () => send(list), number: null };
    if (it.props.keeps) await keepPhoto(list[0]); // before it is shown: what is given back is of another photo then
    it.trigger('upload', { files });
  };

  const send = async (files, { lost = () => {}, cut } = {}) => {
    const at = newest;
    it.working(text('uploading'), 0);
    let arrived = false;
    try {
      await give(files, chosenSide() && Math.max(LEAST, chosenSide()), at, cut);
      arrived = true;
    } catch {
      if (at !== newest) return false;
      toast(text('upload_failed'));
      lost();
    }
    if (at === newest) it.rest();
    return arrived && at === newest;
  };

  const take = async (files) => {
    const list = [...files].filter((file) => file.size > 0).slice(0, it.props.most_photos || 20);
    if (files.length && !list.length) toast(text('empty_file'));
    if (!list.length) return;
    if (it.props.home && list.length === 1 && /\.json$/i.test(list[0].name)) return sendSettings(list[0], it.trigger);
    newest = performance.now();
    const way = (underway = send(list, { cut: () => it.props.home && keepUnsent(list) }));
    await way;
    if (underway !== way) return;
    underway = null;
    if (it.props.home) forgetUnsent();
  };
  const takeAgain = async () => {
    const files = await unsent();
    if (files && !newest) take(files);
  };

  const again = async ({ detail: { photo, until, lost } }) => {
    if (newest > until) return;
    while (underway) if (await underway) return;
    if (photo.sample) it.trigger('select', photo);
    else send([photo], { lost });
  };
  if (it.props.home) {
    document.addEventListener('studio-known', takeAgain, { once: true });
    document.addEventListener('studio-photo', again);
    document.addEventListener('studio-shown', followPhoto);
    document.addEventListener('change', (event) => event.target.closest?.('#sizes') && sendLarger());
  }
  listenForFiles(it, take);
}
