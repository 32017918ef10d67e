"""Ten tasks of a new visitor, done in Chromium as a hand would: taps, and seconds from the first tap to the answer.

    python -m benchmarks.tasks URL [--width 1280]         of a page that runs, such as http://127.0.0.1:7860

A tap is a click, a stroke, or a file chosen; each comes half a second after the page shows what is tapped. Where a page
lacks what a task asks for, the task says so.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

ASSETS = Path(__file__).parents[1] / "assets"
FILE = "input[data-part=file]"
DONE = "html[data-studio=done]"
THINKING = 500  # milliseconds before a tap
PATIENCE = 90_000  # milliseconds


@dataclass
class Hand:
    """Tap on a page, and count."""

    page: Any
    taps: int = 0

    def tap(self, selector: str) -> None:
        """Click on what is to be seen."""
        self.page.wait_for_timeout(THINKING)
        self.page.locator(f"{selector} >> visible=true").first.click(timeout=5000)
        self.taps += 1

    def choose(self, name: str) -> None:
        """Choose a sample photo's file, and wait until it is there with its preview."""
        before = self.page.evaluate("document.querySelector('.box .before').src")
        self.page.set_input_files(FILE, str(ASSETS / name))
        self.taps += 1
        self.page.wait_for_function(
            "before => { const of = (name) => document.querySelector(`.box .${name}`);"
            " return of('before').src && of('before').src !== before && of('after').src && !of('after').hidden; }",
            arg=before,
        )

    def dream(self) -> None:
        """Press Dream, and wait for its end."""
        self.tap("#dream")
        self.until("html[data-studio=dreaming], html[data-studio=waiting]")
        self.until(DONE)

    def until(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="attached", timeout=PATIENCE)

    def paint(self) -> None:
        """Paint the upper third of the picture, where a sky is."""
        self.tap("[data-part=mask]")
        box = self.page.locator("canvas.brush").bounding_box()
        for share in (0.1, 0.25):
            y = box["y"] + share * box["height"]
            self.page.mouse.move(box["x"] + 20, y)
            self.page.mouse.down()
            self.page.mouse.move(box["x"] + box["width"] - 20, y, steps=12)
            self.page.mouse.up()
            self.taps += 1
        self.tap("[data-part=maskdone]")

    def look(self, name: str) -> None:
        self.tap(f".chip[data-name={name}]")

    def download(self) -> None:
        with self.page.expect_download():
            self.tap("#keep .save, #keep [data-save=png]")


def first_dream(hand: Hand) -> None:
    hand.choose("cat.jpg")
    hand.dream()


def only_the_sky(hand: Hand) -> None:
    hand.choose("sky.jpg")
    hand.paint()
    hand.dream()


def more_animals(hand: Hand) -> None:
    hand.look("compact_animals")
    hand.dream()


def send_to_a_phone(hand: Hand) -> None:
    if not hand.page.locator("#keep [data-part=share]").is_visible():
        hand.tap("#keep .formats summary")
    hand.tap("#keep [data-part=share]")
    hand.until("dialog[open]")
    hand.page.keyboard.press("Escape")


def undo(hand: Hand) -> None:
    shown = hand.page.get_attribute(".box .after", "src")
    hand.tap("#undo button, #undo")
    hand.page.wait_for_function("shown => document.querySelector('.box .after').src !== shown", arg=shown)


def same_look_on_another_photo(hand: Hand) -> None:
    hand.choose("coffee.jpg")
    hand.dream()


def two_looks_compared(hand: Hand) -> None:
    hand.look("compact_temples")
    hand.dream()
    hand.look("compact_scales")
    hand.dream()
    hand.tap("#history .shot >> nth=1")
    hand.until("#history .shot >> nth=1")


def repaint_a_region(hand: Hand) -> None:
    hand.paint()
    hand.look("compact_animals")
    hand.dream()


def a_print(hand: Hand) -> None:
    hand.tap("#sizes label:has-text('2048')")
    hand.dream()
    hand.download()


def what_it_saw(hand: Hand) -> None:
    hand.tap("[role=tab]:has-text('Explore')")
    hand.page.wait_for_function(
        "document.querySelector('#room-explore, .gradio-container').innerText.match(/takes|holds/)"
    )


TASKS: tuple[Callable[[Hand], None], ...] = (
    first_dream,
    more_animals,
    undo,
    send_to_a_phone,
    same_look_on_another_photo,
    two_looks_compared,
    only_the_sky,
    repaint_a_region,
    a_print,
    what_it_saw,
)


def main() -> None:
    """Do all tasks, one after another, as one visitor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--width", type=int, default=1280)
    options = parser.parse_args()
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": options.width, "height": 844}, accept_downloads=True).new_page()
        page.goto(options.url)
        page.wait_for_selector(".chip", state="attached")
        page.wait_for_timeout(4000)
        print("| task | taps | seconds |\n|---|---|---|")
        for task in TASKS:
            hand, begun = Hand(page), time.perf_counter()
            try:
                task(hand)
                told = f"{hand.taps} | {time.perf_counter() - begun:.1f}"
            except Error as error:
                told = f"{hand.taps}, then {str(error).splitlines()[0]} | "
                page.screenshot(path=str(Path(tempfile.gettempdir()) / f"task-{task.__name__}.png"))
            print(f"| {task.__name__.replace('_', ' ')} | {told} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
