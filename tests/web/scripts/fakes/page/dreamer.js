// Stands for what dreams in a browser: the test says what it measured, and what became of it.
export class Dreamer {
  constructor(urls, ways, on) {
    Object.assign(this, { urls, ways, on });
    globalThis.dreamer = this;
  }
}
