"""The files in deploy/ say what Ray and Docker Compose understand."""

import json
from pathlib import Path

import pytest

from deepdream.web.hosting import Hosting

yaml = pytest.importorskip("yaml")
FOLDER = Path(__file__).parents[1] / "deploy"


def test_the_cluster_file_is_what_ray_takes():
    ray = pytest.importorskip("ray", reason='ray is not installed: pip install ".[ray]"')
    jsonschema = pytest.importorskip("jsonschema")
    cluster = yaml.safe_load((FOLDER / "ray-cluster.yaml").read_text())
    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(cluster, schema)
    assert any("RAY_AUTH_MODE=token" in command for command in cluster["setup_commands"])


def test_the_compose_file_publishes_the_page_alone_and_asks_for_a_token():
    services = yaml.safe_load((FOLDER / "compose.engines.yaml").read_text())["services"]
    assert set(services) == {"head", "engine", "page"}
    assert [name for name, each in services.items() if "ports" in each] == ["page"]
    assert [name for name, each in services.items() if "outside" in each["networks"]] == ["page"]
    for each in services.values():
        assert each["environment"]["RAY_AUTH_MODE"] == "token" and ":?" in each["environment"]["RAY_AUTH_TOKEN"]
        assert set(each.get("depends_on", {})) <= set(services) and "mem_limit" in each and "shm_size" in each
    keys = {key for each in services.values() for key in each}
    assert keys <= {
        "build", "init", "restart", "networks", "environment", "command", "depends_on", "ports", "shm_size",
        "mem_limit", "deploy", "healthcheck", "stop_grace_period",
    }  # fmt: skip
    assert int(services["page"]["stop_grace_period"].removesuffix("s")) > Hosting().grace
