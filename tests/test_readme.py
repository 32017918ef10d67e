"""Hold the README to the code: its tables are made from it, its code blocks run, its front matter fits.

Run as a script, it writes the tables into the README.
"""

import contextlib
import io
import re
import shlex
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))  # as a script: the repository need not be installed

import deepdream
from deepdream.cli import main
from deepdream.networks import network_names

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TABLES = ("presets", "settings")
WITH_TESTS = ("tests/attacks", "tests/web")  # folders whose README says which test holds what
RUN_ELSEWHERE = ("python3 -m venv", "hf upload", ".venv/bin/pip uninstall", "python assets/")  # long, or away


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def command_lines() -> list[str]:
    return [line for block in blocks("bash") for line in block.splitlines() if not line.startswith(RUN_ELSEWHERE)]


def named_tests(folder: str) -> list[tuple[str, str]]:
    """Return each test that the tables of a folder's README name, in their second column: its file, and its words."""
    lines = (ROOT / folder / "README.md").read_text().splitlines()
    cells = [line.split("|")[2] for line in lines if line.startswith("| ") and "`: " in line.split("|")[2]]
    groups = [re.fullmatch(r"\s*`([\w./]+)`: (.+)", group) for cell in cells for group in cell.split(";")]
    return [(group[1], words.strip()) for group in groups for words in group[2].split(",")]


def names_of_tests(path: Path) -> list[str]:
    """Return the names of the tests in a file, in plain words between spaces."""
    named = r"def test_(\w+)" if path.suffix == ".py" else r"(?m)^test\('(.+)',"
    return [plain(name) for name in re.findall(named, path.read_text("utf-8"))]


def plain(words: str) -> str:
    """Return words in small letters between single spaces, as the name of a test has them."""
    return " ".join(["", *re.findall("[a-z0-9]+", words.lower().replace("'", "")), ""])


def table(name: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([name, "--markdown"]) == 0
    return printed.getvalue()


def with_table(text: str, name: str) -> str:
    pattern = rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)"
    assert len(re.findall(pattern, text, re.DOTALL)) == 1
    return re.sub(pattern, lambda match: match[1] + table(name) + match[2], text, flags=re.DOTALL)


@pytest.fixture
def beside_small_assets(tmp_path, monkeypatch):
    """Work in a folder whose assets are the project's, at a size that dreams in a moment."""
    (tmp_path / "assets" / "readme").mkdir(parents=True)
    (tmp_path / "assets" / "styles").mkdir()
    for picture in [*(ROOT / "assets").glob("*.jpg"), *(ROOT / "assets" / "styles").glob("*.jpg")]:
        with Image.open(picture) as image:
            image.resize((48, 40)).save(tmp_path / picture.relative_to(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_that_the_code_prints(name):
    text = README.read_text()
    assert with_table(text, name) == text, "run: python tests/test_readme.py"


@pytest.mark.slow
def test_python_blocks_run_in_the_order_given_and_the_first_has_six_lines(beside_small_assets):
    codes = blocks("python")
    assert len([line for line in codes[0].splitlines() if line.strip()]) == 6
    names: dict[str, object] = {}
    for code in codes:
        exec(compile(code, "README.md", "exec"), names)
    assert np.asarray(Image.open("dream.png")).shape == (40, 48, 3)


@pytest.mark.slow
def test_command_lines_run_in_the_order_given(beside_small_assets):
    lines = command_lines()
    assert len(lines) > 5
    for line in lines:
        python, _, module, *arguments = shlex.split(line)
        assert (python, module) == ("python", "deepdream")
        assert main(arguments) == 0, line


def test_front_matter_names_the_installed_gradio_and_the_app():
    front = README.read_text().split("---\n")[1]
    assert f"sdk_version: {version('gradio')}\n" in front
    assert "sdk: gradio\n" in front
    app = re.search(r"^app_file: (.*)$", front, re.MULTILINE)[1]
    assert (ROOT / app).is_file()


def test_every_network_is_named():
    section = README.read_text().split("## Networks")[1].split("\n## ")[0]
    assert set(network_names()) <= set(re.findall("`([a-z0-9_]+)`", section))


def test_links_to_files_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README.read_text()):
        assert (ROOT / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("folder", WITH_TESTS)
def test_each_test_that_a_readme_names_is_there_and_the_only_one_of_these_words(folder):
    named = named_tests(folder)
    assert len(named) > 20
    for file, words in named:
        places = [ROOT / where / (file if "." in file else f"{file}.py") for where in (folder, "tests")]
        (path, *_) = [path for path in places if path.is_file()] or [places[0]]
        found = [name for name in names_of_tests(path) if plain(words) in name]
        assert len(found) == 1, (file, words, found)


def test_requirements_and_pyproject_name_the_same_ranges():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = {
        name: [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
        for name in ("requirements.txt", "requirements-test.txt")
    }
    needed = {line.split(";")[0].replace("tensorflow-cpu", "tensorflow") for line in lines["requirements.txt"]}
    assert needed == set(project["dependencies"])
    assert lines["requirements-test.txt"] == project["optional-dependencies"]["test"]


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == deepdream.__version__


if __name__ == "__main__":
    written = README.read_text()
    for each in TABLES:
        written = with_table(written, each)
    README.write_text(written)
