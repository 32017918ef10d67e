"""What ten visitors who drag sliders cost somebody's dream: their previews dreamed by the server, or by themselves.

    python -m benchmarks.dragging [--visitors 10] [--rounds 3]

It starts the page, has one visitor dream, and the others move a slider four times a second, over plain HTTP; previews
that a device dreams cost the server no more than saying so, so nothing else need be simulated of them. In every round:
the dream alone, beside previews of the server, beside previews of the devices; the least and the median of the rounds.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.web.running import running
from tests.web.tabs import Tab

PAUSE = 0.25  # seconds between two moves of a slider
SIDE, STEPS = 512, 12  # of the dream: pixels of its longer side, steps of its first octave
VARIANTS = ("alone", "previews of the server", "previews of the devices")


class Dragger:
    """Be a visitor who drags a slider for as long as `on` is set."""

    def __init__(self, server, on):
        self.tab, self.on, self.waits = Tab(server), on, []
        self.tab.connect()
        self.tab.last("stage", "select", {"sample": "cat"})
        self.slider = self.tab.component("setting-steps")

    def drag(self):
        """Move the slider, and wait for what the page says to that, until told to end."""
        while self.on.is_set():
            self.tab.values[self.slider] = 5 + (len(self.waits) % 10)
            began = time.perf_counter()
            self.tab.last("setting-steps", "input")
            self.waits.append(time.perf_counter() - began)
            time.sleep(PAUSE)


@contextmanager
def dragging(draggers, on, *, devices) -> Iterator[None]:
    """Have all of them drag while the block runs."""
    for each in draggers:
        each.tab.last("stage", "device", {"on": devices})
        each.waits.clear()
    on.set()
    threads = [threading.Thread(target=each.drag) for each in draggers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        on.clear()
        for thread in threads:
            thread.join()


def dream(tab, seed):
    """Dream once and return the seconds from the press of the button to the picture."""
    tab.values[tab.component("setting-steps")] = STEPS
    tab.values[tab.component("setting-seed")] = seed
    began = time.perf_counter()
    tab.last("dream", "click")
    return time.perf_counter() - began


def measure(server, visitors, rounds):
    """Return the seconds of the dreams, and of the answers to a moved slider, by variant."""
    on, dreamer = threading.Event(), Tab(server)
    dreamer.connect()
    dreamer.last("stage", "select", {"sample": "sky"})
    dreamer.values[dreamer.component("sizes")] = SIDE
    dreamer.last("sizes", "input")
    draggers = [Dragger(server, on) for _ in range(visitors)]
    dreams, waits = {name: [] for name in VARIANTS}, {name: [] for name in VARIANTS}
    for turn in range(rounds):
        dreams["alone"].append(dream(dreamer, turn))
        print(f"round {turn + 1}: alone {dreams['alone'][-1]:.2f} s", flush=True)
        for name in VARIANTS[1:]:
            with dragging(draggers, on, devices=name == VARIANTS[2]):
                dreams[name].append(dream(dreamer, turn))
            waits[name] += [wait for each in draggers for wait in each.waits]
    for each in draggers:
        each.tab.disconnect()
    return dreams, waits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        server.wait_until_ready()
        dreams, waits = measure(server, options.visitors, options.rounds)
    print(f"{options.visitors} visitors drag; seconds, least (median)")
    print("| | a dream beside | an answer to a moved slider |\n|---|---|---|")
    for name in VARIANTS:
        cells = (
            f"{min(each):.2f} ({statistics.median(each):.2f})" if each else "" for each in (dreams[name], waits[name])
        )
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
