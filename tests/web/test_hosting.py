"""The server's settings: one table, read from the command line, the environment and a file."""

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from deepdream.errors import DreamError, RecipeError
from deepdream.web import application, hosting, texts
from deepdream.web.hosting import Hosting, described, read_hosting
from deepdream.web.server.limits import Limits

from .running import running


def read(*arguments, **environment):
    return read_hosting(list(arguments), environment)


def test_without_a_word_everything_is_as_the_table_says():
    settings, limits = read()
    assert settings == Hosting() and limits == Limits() and limits.networks == ("all",) and not settings.public


def test_the_command_line_counts_before_the_environment_and_that_before_the_file(tmp_path):
    file = tmp_path / "studio.toml"
    file.write_text('port = 1\nhost = "10.0.0.1"\nmegapixels = 8\nname = ["a.example", "b.example"]\n')
    settings, limits = read("--port", "3", DEEPDREAM_CONFIG=str(file), DEEPDREAM_PORT="2", DEEPDREAM_MEGAPIXELS="6.5")
    assert (settings.port, settings.host, settings.name) == (3, "10.0.0.1", ("a.example", "b.example"))
    assert limits.megapixels == 6.5
    assert read("--config", str(file), DEEPDREAM_NAME="c.example,d.example")[0].name == ("c.example", "d.example")
    assert read("--name", "a", "--name", "b", "--share")[0].callers().names == ("a", "b", "*.gradio.live")


@pytest.mark.parametrize("public", [["--share"], ["--host", "0.0.0.0"], ["--proxy", "127.0.0.1"], ["--name", "x.org"]])
def test_a_public_page_offers_the_embedded_network_unless_its_owner_says_more(public):
    assert read(*public)[1].networks == ("compact",) and read(*public)[1].seconds_an_hour == 1800
    assert read(*public, DEEPDREAM_SECONDS_AN_HOUR="60")[1].seconds_an_hour == 60
    assert read(*public, "--networks", "compact,vgg19")[1].networks == ("compact", "vgg19")
    assert read(*public, "--networks", "all")[1].networks == ("all",)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "x", "port"), ("PORT", "-1", "number from 0"), ("MEGAPIXELS", "nan", "megapixels"),
        ("SHARE", "perhaps", "true"), ("VISITORS", "1.5", "visitors"), ("SECONDS", "", "seconds"),
        ("DISK", "9" * 5000, "disk"), ("UPLOAD", "40", "bytes such as 40mb"), ("UPLOAD", "lots", "such as 40mb"),
        ("PROXY", "caddy", "addresses or networks"), ("PROXY", "10.0.0.0/8,10.0.0.0/33", "addresses or networks"),
        ("NETWORKS", "compact,vgg61", "compact and any of"), ("NETWORKS", "vgg16", "compact and any of"),
        ("NETWORKS", "all,vgg16", "compact and any of"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_explained(name, value, words):
    with pytest.raises(RecipeError, match=words):
        read(**{f"DEEPDREAM_{name}": value})


def test_a_name_in_the_environment_that_is_no_setting_is_told(caplog):
    read(DEEPDREAM_PROXIES="10.0.0.0/8", DEEPDREAM_CONFIG="")
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("DEEPDREAM_PROXIES is not a setting and does nothing here; nearest: proxy")


@pytest.mark.parametrize("name", ["port", "metrics_port", "GRADIO_SERVER_PORT"])
def test_a_port_that_is_none_is_explained(name):
    environment = name if name.startswith("GRADIO") else f"DEEPDREAM_{name.upper()}"
    for value in ("70000", "x"):
        with pytest.raises(RecipeError, match="a number from 0 to 65535"):
            read(**{environment: value})
    assert getattr(read(**{environment: "8123"})[0], name.removeprefix("GRADIO_SERVER_").lower()) == 8123


def test_under_a_server_of_ones_own_the_page_is_taken_for_public_and_has_no_tools():
    """Nobody knows where it listens, nor by which address it reaches itself."""
    assert read_hosting([], {}, public=True)[1].networks == ("compact",)
    with pytest.raises(DreamError, match="address"):
        application(Hosting(mcp=True))


@pytest.mark.parametrize("text", ["megapixel = 3", "port = ", 'port = "x"', "name = 3", "[limits]\nport = 1"])
def test_a_wrong_file_is_explained(tmp_path, text):
    (tmp_path / "studio.toml").write_text(text)
    with pytest.raises(RecipeError):
        read("--config", str(tmp_path / "studio.toml"))
    with pytest.raises(RecipeError, match="missing"):
        read("--config", str(tmp_path / "missing.toml"))


@pytest.mark.slow
def test_a_host_speaks_the_languages_it_chose_under_a_title_of_its_own(tmp_path):
    given = ("--languages", "ko,vi", "--title", "Traum")
    with running(tmp_path, *given) as server:
        server.wait_until_ready()
        page = httpx.get(server.local_url).text
        assert '"og:site_name" content="Traum"' in page and "DeepDream studio" not in page
        (folder,) = set(re.findall(r"studio/([0-9a-f]{16})/studio\.css", page))
        told = {
            language: httpx.get(f"{server.local_url}studio/{folder}/texts/{language}.json").json()
            for language in texts.LANGUAGES
        }
        assert told["en"] == told["ko"] == texts.texts_in("ko") | {"title": "Traum"}
        assert told["vi"] == texts.texts_in("vi") | {"title": "Traum"}
        english, korean, vietnamese = (httpx.get(f"{server.local_url}privacy?lang={each}").text for each in told)
        assert english == korean != vietnamese


@pytest.mark.parametrize("languages", [("de",), ()])
def test_a_language_that_is_not_there_is_refused(languages):
    with pytest.raises(RecipeError, match="en, ko, vi"):
        texts.choose(languages)


def test_the_table_that_is_printed_is_a_file_that_is_read(tmp_path):
    """Every setting is in it; with the marks of comments taken off it says what is the default."""
    lines = described().splitlines()
    given = [line[2:] for line in lines if line.startswith("# ") and " = " in line and "(DEEPDREAM_" not in line]
    assert {line.partition(" = ")[0] for line in given} == set(hosting.ROWS)
    assert tomllib.loads(described()) == {}
    (tmp_path / "studio.toml").write_text("\n".join(given))
    settings, limits = read("--config", str(tmp_path / "studio.toml"))
    assert settings == Hosting() and limits == Limits()
    assert all(each.metadata["help"] for table in (Hosting, Limits) for each in fields(table))


def test_the_program_prints_it():
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "app.py", "--settings"], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0 and "DEEPDREAM_MEGAPIXELS" in ran.stdout
