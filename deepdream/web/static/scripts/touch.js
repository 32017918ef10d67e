// A finger that scrolls the page may begin on a slider: it changes nothing until it moves along it, or is lifted.

const ALONG = 8; // pixels

// Says what a finger that has moved by (x, y) does: "slide", "scroll", or nothing yet.
export const meantBy = (x, y) => {
  if (Math.abs(x) >= ALONG && Math.abs(x) > Math.abs(y)) return 'slide';
  return Math.abs(y) >= ALONG ? 'scroll' : undefined;
};

// Guards all sliders of the page; the style sheet gives them `touch-action: pan-y`.
export function guardSliders(root = document) {
  let held = null;
  const put = (slider, value) => {
    slider.value = value;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const release = (keep) => {
    const { slider, before, value } = held;
    held = null;
    put(slider, keep ? value : before);
  };
  const listen = (name, act) => root.addEventListener(name, act, { capture: true, passive: true });

  listen('pointerdown', (event) => {
    const slider = event.target.closest?.('input[type=range]');
    if (!slider || event.pointerType !== 'touch') return;
    if (held) return void release(false); // two fingers zoom
    held = { slider, before: slider.value, value: slider.value, x: event.clientX, y: event.clientY };
  });
  listen('pointermove', (event) => {
    const wish = held && meantBy(event.clientX - held.x, event.clientY - held.y);
    if (wish) release(wish === 'slide');
  });
  listen('pointerup', () => held && release(true)); // a tap
  listen('pointercancel', () => held && release(false)); // the page scrolls
  for (const name of ['input', 'change']) {
    listen(name, (event) => {
      if (event.target !== held?.slider) return;
      held.value = event.target.value;
      event.stopImmediatePropagation();
    });
  }
}
