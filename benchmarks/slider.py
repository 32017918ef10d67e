"""How soon a slider's move shows on the page, and the press on Dream: in Chromium, by one visitor, with nothing else.

    python -m benchmarks.slider [--moves 33]

It starts the page, gives it a sample photo, and moves the slider of the first wish to and fro by the keyboard, each
time once the last preview has come to rest; then it presses Dream, a quarter as often. Milliseconds, the median and the
longest. It needs playwright and Chromium.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from tests import chromium
from tests.web.running import running

PHOTO = Path(__file__).parents[1] / "assets" / "cat.jpg"
REST = 1200  # milliseconds after a preview: until then it becomes a better one
SHOWN = """() => {
  window.shown = [];
  for (const kind of ['keydown', 'click']) addEventListener(kind, () => (window.began = performance.now()), true);
  const note = () => window.shown.push([performance.now(), document.documentElement.dataset.studio]);
  for (const picture of document.querySelectorAll('.box .after, .box .overlay')) {
    new MutationObserver(note).observe(picture, { attributes: true, attributeFilter: ['src'] });
  }
}"""


def moved(page, turn):
    """Return the milliseconds from a slider's move to the next picture."""
    page.wait_for_timeout(REST)
    page.evaluate("window.shown.length = 0")
    page.keyboard.press("ArrowLeft" if turn % 8 < 4 else "ArrowRight")
    page.wait_for_function("window.shown.length", polling=20)
    return page.evaluate("window.shown[0][0] - window.began")


def pressed(page):
    """Return the milliseconds from a press on Dream to the first picture of the dream."""
    page.evaluate("window.shown.length = 0")
    page.click("#dream")
    page.wait_for_function("window.shown.some(([, state]) => state === 'dreaming')", polling=20)
    took = page.evaluate("window.shown.find(([, state]) => state === 'dreaming')[0] - window.began")
    page.wait_for_selector("html[data-studio=done]", state="attached", timeout=120_000)
    page.wait_for_timeout(REST)
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=33)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server, sync_playwright() as playwright:
        server.wait_until_ready()
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(server.local_url)
        page.wait_for_selector("#wish-strength input", state="attached")
        page.set_input_files("#stage input[data-part=file]", str(PHOTO))
        page.wait_for_selector(".box .after[src]", state="attached")
        page.evaluate(SHOWN)
        page.focus("#wish-strength input[type=range]")
        for name, times in {
            "a slider's move": [moved(page, turn) for turn in range(options.moves)],
            "a press on Dream": [pressed(page) for _ in range(options.moves // 4)],
        }.items():
            print(f"{name} to the next picture, ms: median {statistics.median(times):.0f}, longest {max(times):.0f}")
        browser.close()


if __name__ == "__main__":
    main()
