// Stands for what dreams in a browser: the test says what it measured, and what became of it.
export class Dreamer {
  constructor(urls, ways, on) {
    Object.assign(this, { urls, ways, on, begun: [], dropped: 0 });
    globalThis.dreamer = this;
  }

  begin(...about) {
    this.begun.push(about);
  }

  drop() {
    this.dropped += 1;
  }
}
