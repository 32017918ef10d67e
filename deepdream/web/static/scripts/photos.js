// Photos in: chosen, dropped, pasted, from a camera.
import { takePicture } from './camera.js';
import { coarse, toast } from './dom.js';
import { keepPhoto } from './keeping.js';
import { LEAST, sendFile, sendPhotos } from './send.js';
import { text } from './words.js';

const chosenSide = () => {
  const chosen = document.querySelector('#sizes input:checked');
  return chosen ? Number(chosen.value) : 0;
};

// Listens to all ways in which files reach a stage: it = { element, part, props, trigger, tell, working }.
export function photosIn(it) {
  let sent = { files: [], side: 0 };

  const give = async (list, side) => {
    const files = await sendPhotos(list, side, (share) => it.working(text('uploading'), share));
    sent = { files: list, side: files.every((file) => file.whole) ? 0 : side };
    if (it.props.home) keepPhoto(list[0]);
    it.trigger('upload', { files });
  };

  const settings = async (file) => it.trigger('recipe', { files: [{ path: await sendFile(file), name: file.name }] });

  const send = async (files) => {
    const list = [...files].filter((file) => file.size > 0).slice(0, it.props.most_photos || 20);
    if (!list.length) {
      if (files.length) toast(text('empty_file'));
      return;
    }
    it.working(text('uploading'), 0);
    try {
      if (it.props.home && list.length === 1 && /\.json$/i.test(list[0].name)) await settings(list[0]);
      else await give(list, chosenSide() && Math.max(LEAST, chosenSide()));
    } catch {
      toast(text('upload_failed'));
    }
    it.rest();
  };

  const take = (files) => {
    it.brought = performance.now();
    return send(files);
  };

  // A larger size than what was sent needs the photo once more.
  const sendLarger = () => {
    const side = chosenSide();
    if (it.props.home && sent.side && (!side || side > sent.side)) send(sent.files);
  };
  document.addEventListener('change', (event) => event.target.closest?.('#sizes') && sendLarger());

  const again = ({ detail: { photo, left } }) => {
    if (it.brought > left) return;
    if (photo.sample) it.trigger('select', photo);
    else send([photo]);
  };
  if (it.props.home) document.addEventListener('studio-photo', again);
  byField(it, take);
  byDrop(it, take);
  byPaste(it, take);
  byCamera(it, take);
}

function byField({ element, part }, take) {
  for (const input of element.querySelectorAll('input[type=file]')) {
    input.addEventListener('change', () => {
      take([...input.files]);
      input.value = '';
    });
  }
  for (const button of element.querySelectorAll('[data-choose]')) {
    button.addEventListener('click', () => part('file').click());
  }
}

const open = (element) => element.offsetParent !== null; // another room may be

function byDrop({ element }, take) {
  let depth = 0;
  const root = document.documentElement;
  const carries = (event) => open(element) && [...(event.dataTransfer?.types || [])].includes('Files');
  const over = (change) => {
    depth = Math.max(0, depth + change);
    root.classList.toggle('dropping', depth > 0);
  };
  document.addEventListener('dragenter', (event) => carries(event) && over(1));
  document.addEventListener('dragleave', () => over(-1));
  document.addEventListener('dragover', (event) => carries(event) && event.preventDefault());
  document.addEventListener('drop', (event) => {
    over(-depth);
    if (!carries(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
}

function byPaste({ element }, take) {
  document.addEventListener('paste', (event) => {
    const files = open(element) ? [...(event.clipboardData?.files || [])] : [];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}

function byCamera({ part }, take) {
  part('camera').hidden = !navigator.mediaDevices?.getUserMedia || coarse(); // phones offer theirs themselves
  part('camera').addEventListener('click', async () => {
    const picture = await takePicture();
    if (picture) take([picture]);
  });
}
