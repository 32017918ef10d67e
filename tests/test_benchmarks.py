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


def test_a_further_run_at_one_commit_adds_to_its_results():
    from benchmarks.speed import added

    def record(commit, *rows):
        return {
            "commit": commit,
            "rows": [dict(zip(("work", "size", "variant", "ms"), row, strict=True)) for row in rows],
        }

    before = {**record("a", ("vgg16", (9, 9), "ours", 5), ("vgg16", (9, 9), "theirs", 7)), "cold_start": 2}
    after = record("a", ("vgg16", (9, 9), "ours", 4), ("vgg16", (18, 18), "ours", 16))
    found = added(before, after)
    assert [row["ms"] for row in found["rows"]] == [4, 7, 16] and found["cold_start"] == 2
    other = record("b", ("vgg16", (9, 9), "ours", 3))
    assert added(before, other) == other
