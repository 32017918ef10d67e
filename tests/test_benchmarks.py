"""The table of the benchmarks is made from the newest results."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "benchmarks"


def test_the_table_is_that_of_the_results():
    from benchmarks.speed import table

    text = (FOLDER / "README.md").read_text()
    (path,) = (FOLDER / "results").glob("*.json")
    assert f"--table benchmarks/results/{path.name} -->" in text
    assert table(json.loads(path.read_text())) in text
