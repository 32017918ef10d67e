"""What stands in the files for a public host agrees with the program."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from deepdream.web.hosting import PREFIX, ROWS, read_hosting
from deepdream.web.server import metrics

ROOT = Path(__file__).parents[1]
yaml = pytest.importorskip("yaml")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
STUDIO = COMPOSE["services"]["studio"]
FILES = ("Dockerfile", "compose.yaml", "DEPLOY.md")


@pytest.mark.parametrize("file", FILES)
def test_every_setting_that_is_named_exists(file):
    named = set(re.findall(rf"\b{PREFIX}([A-Z_]+)\b", (ROOT / file).read_text())) - {"UPSTREAM"}
    assert named and {name.lower() for name in named} <= set(ROWS)


def test_the_sample_of_a_settings_file_is_read():
    settings, limits = read_hosting(["--config", str(ROOT / "deploy/deepdream.toml")], {})
    assert settings.public and settings.journal and limits.networks == ("compact",)
    assert set(tomllib.loads((ROOT / "deploy/deepdream.toml").read_text())) <= set(ROWS)


def test_the_container_has_no_rights_and_time_to_end():
    assert STUDIO["read_only"] and STUDIO["init"] and STUDIO["cap_drop"] == ["ALL"] and STUDIO["user"] == "1000:1000"
    assert "no-new-privileges:true" in STUDIO["security_opt"]
    environment = STUDIO["environment"]
    assert float(STUDIO["stop_grace_period"].rstrip("s")) > float(environment["DEEPDREAM_GRACE"])
    (subnet,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert environment["DEEPDREAM_PROXY"] == subnet["subnet"]
    assert "ffmpeg" not in re.sub("#.*", "", (ROOT / "Dockerfile").read_text())
    assert not any(
        port.endswith((":9464", ":7860")) for each in COMPOSE["services"].values() for port in each.get("ports", [])
    )


def test_the_dashboard_asks_for_metrics_that_there_are():
    board = json.loads((ROOT / "deploy/grafana/dashboards/deepdream.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bdeepdream_\w+", target["expr"])
    }
    given = Path(metrics.__file__).read_text()
    assert len(asked) > 5 and all(re.sub("_(total|bucket)$", "", name) in given for name in asked)


def test_the_space_runs_a_gradio_that_is_allowed():
    front = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    (allowed,) = re.findall(r"gradio>=([\d.]+),<(\d+)", (ROOT / "requirements.txt").read_text())
    least, most = [tuple(map(int, each.split("."))) for each in allowed]
    assert least <= tuple(map(int, front["sdk_version"].split(".")))[:2] < (*most, 0)
    assert front["app_file"] == "app.py" and len(front["short_description"]) <= 60
