"""The files for production agree with the code; no container engine is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.api.settings import Settings, database_url, from_environment
from serving.launch_command import IMAGE, Kind, launch_command

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "serving"
COMPOSE = FOLDER / "compose.yaml"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
GIVEN = {
    "DATABASE_URL": "postgresql://two_tower_serve:word@db.example/videos",
    "API_KEY_HASHES": "ab" * 32,
    "MODELS": "/srv/models",
}
IMPORTED = """
import ast, sys
from pathlib import Path
import serving.api.__main__, serving.api.wiring
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] in {"schema", "releases", "serving"}:
        assert Path(module.__file__).is_relative_to(sys.path[0]), name
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if isinstance(node, ast.Import):
                print(*(alias.name for alias in node.names), sep="\\n")
            elif isinstance(node, ast.ImportFrom):
                print(node.module)
"""


def _tool(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / name), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _services() -> dict[str, Any]:
    """With the variables of GIVEN in their places; those that are missing take their defaults."""

    def value(found: re.Match[str]) -> str:
        name, kind, text = found.groups()
        return GIVEN[name] if kind == "?" else text

    text = re.sub(r"\$\{(\w+):([-?])([^}]*)\}", value, COMPOSE.read_text(encoding="utf-8"))
    return dict(yaml.safe_load(text)["services"])


def test_the_compose_file_is_one() -> None:
    found = _tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))
    assert found.returncode == 0, found.stdout


def test_the_dockerfile_passes_its_linter() -> None:
    found = _tool("hadolint", str(FOLDER / "Dockerfile"))
    assert (found.returncode, found.stdout) == (0, "")


def test_every_variable_is_a_setting_and_its_default_is_the_setting_s() -> None:
    """Beside those which say where the service is reached."""
    given = _services()["recommender"]["environment"]
    names = {f"API_{field.upper()}" for field in Settings.model_fields}
    assert set(given) - {"MODEL_SERVER_URL", "DATABASE_URL"} <= names
    made = from_environment(given)
    kept = {"model_server_url", "key_hashes", "hosts"}
    assert made.model_dump(exclude=kept) == Settings().model_dump(exclude=kept)
    assert made.model_server_url == "http://model-server:8501"
    assert made.hosts == ("localhost", "127.0.0.1")
    assert database_url(made, given) == GIVEN["DATABASE_URL"]


def test_ports_are_loopback_s_and_no_secret_has_a_default() -> None:
    ports = [port for service in _services().values() for port in service["ports"]]
    assert ports == ["127.0.0.1:8501:8501", "127.0.0.1:8080:8080"]
    text = COMPOSE.read_text(encoding="utf-8")
    for secret in ("DATABASE_URL", "API_KEY_HASHES"):
        assert re.findall(rf"{secret}: (\$\{{{secret}:)\?", text) == [f"${{{secret}:"]
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"*", "**/.env"} <= set(ignored)


def test_the_model_server_is_started_as_the_launcher_starts_its_image(tmp_path: Path) -> None:
    """With the same tag, flags and files."""
    command = launch_command(Kind.IMAGE, Path("/srv/models"), tmp_path, 1)
    service = _services()["model-server"]
    assert service["image"] == IMAGE
    assert service["command"] == command[command.index(IMAGE) + 1 :]
    mounts = [
        f"./{name}.config:/models/config/{name}.config:ro" for name in ("models", "monitoring")
    ]
    assert service["volumes"] == ["/srv/models:/models/two_tower:ro", *mounts]
    for name in ("models.config", "monitoring.config"):
        assert (FOLDER / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.tfx
def test_the_model_server_s_files_are_its_protobufs() -> None:
    from serving.model_server.config import read_metrics_path, read_model_config

    found = read_model_config(FOLDER / "models.config")
    assert (found.name, str(found.base), found.keep) == ("two_tower", "/models/two_tower", 2)
    path = read_metrics_path(FOLDER / "monitoring.config")
    assert path == "/monitoring/prometheus/metrics"


def test_the_image_has_all_that_the_service_imports_and_nothing_else(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (\w+) \1$", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)
    for folder in copied:
        (tmp_path / folder).symlink_to(ROOT / folder)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}){IMPORTED}"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    imported = {line.partition(".")[0] for line in found.stdout.split()}
    wanted = (FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()[1:]
    modules = {name.removesuffix("-binary").replace("-", "_") for name in wanted}
    assert imported - set(sys.stdlib_module_names) - set(copied) == modules


def test_the_image_s_packages_have_the_versions_that_are_tested() -> None:
    own = dict(PIN.findall((FOLDER / "requirements.lock").read_text(encoding="utf-8")))
    tested = dict(PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    wanted = (FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()[1:]
    assert set(wanted) <= own.keys()
    assert own.items() <= tested.items()
