// The page's side of the worker: one dream at a time, frames as they come.

/** Talks to the worker; `on` are its listeners: open, frame, done, failed. */
export class Dreamer {
  constructor(urls, ways, on) {
    Object.assign(this, { urls, ways: ways.filter(bearable), on, id: 0 });
    this.start();
  }

  start() {
    this.worker = new Worker(this.urls.worker, { type: 'module' });
    this.worker.onmessage = ({ data }) => this.heard(data);
    this.worker.onerror = (event) => this.on.failed({ of: 'open', words: '', detail: event.message ?? '' });
    this.worker.postMessage({ kind: 'open', urls: this.urls, ways: this.ways });
  }

  /** Open all anew, with nothing under way. */
  restart() {
    this.worker.terminate();
    this.id += 1;
    this.start();
  }

  heard(message) {
    if (message.kind === 'open' || message.id === undefined || message.id === this.id) this.on[message.kind](message);
  }

  /** Begin a dream or a preview; what was under way ends. size: of the dream that a preview is of, [h, w]. */
  begin(kind, photo, recipe, size) {
    this.id += 1;
    this.worker.postMessage({ kind, id: this.id, photo, recipe, size });
  }

  /** End the dream at its next step and keep what it has. */
  keep() {
    this.worker.postMessage({ kind: 'keep' });
  }

  /** Forget what is under way. */
  drop() {
    this.id += 1;
    this.worker.postMessage({ kind: 'drop' });
  }
}

const PHONE = /iP(hone|ad|od)/.test(navigator.userAgent);
const TABLET = navigator.userAgent.includes('Mac') && navigator.maxTouchPoints > 1; // that says it is a computer

/** Leave out what ends the whole page on iPhones and iPads: the graphics card (onnxruntime#27584) and shared memory. */
const bearable = ({ threads, provider, forced }) =>
  forced || !(PHONE || TABLET) || (provider === 'wasm' && threads === 1);
