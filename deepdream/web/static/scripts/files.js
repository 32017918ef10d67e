// Files that a person chooses, drops, pastes or takes by a camera.
import { takePicture } from './camera.js';
import { coarse } from './dom.js';

// Listens to all ways in which files reach an element: it = { element, part }; take(files) gets each lot.
export function listenForFiles(it, take) {
  for (const listen of [byField, byDrop, byPaste, byCamera]) listen(it, take);
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
  document.addEventListener('dragleave', () => open(element) && over(-1));
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
