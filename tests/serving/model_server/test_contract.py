"""The contract of TensorFlow Serving's REST API, on each server that keeps it."""

from __future__ import annotations

import gzip
import json
import math
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import psutil
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from serving.model_server.json_text import parse
from serving.model_server.reply import predict_text
from serving.model_server.request import named_tensors
from serving.model_server.routes import match
from serving.model_server.status import Code, StatusError
from serving.model_server.tensors import to_tensor
from serving.model_server.versions import Versions
from serving.model_server.watcher import Watcher
from tests.serving.conftest import NAME, Server, embedded, save_model, wait_for

pytestmark = pytest.mark.serving

USERS = [{"user_id": "abc", "ids": ["x", "y"]}, {"user_id": "é", "ids": ["x", ""]}]


# Predict: what comes back


def test_rows_of_named_inputs_give_one_vector_each(server: Server) -> None:
    reply = server.predict({"instances": USERS})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    # letters (bytes) of the id; 2.0 for each non-empty id in the list
    assert reply.json() == {"predictions": [[3.0, 4.0], [2.0, 2.0]]}


def test_columns_give_the_same_numbers_as_outputs(server: Server) -> None:
    columns = {"user_id": ["abc", "é"], "ids": [["x", "y"], ["x", ""]]}
    assert server.predict({"inputs": columns}).json() == {"outputs": [[3.0, 4.0], [2.0, 2.0]]}


def test_a_list_without_ids_is_a_list_of_width_0(server: Server) -> None:
    rows = [{"user_id": "abc", "ids": []}, {"user_id": "d", "ids": []}]
    assert server.predict({"instances": rows}).json() == {"predictions": [[3.0, 0.0], [1.0, 0.0]]}


def test_the_version_can_be_named(server: Server) -> None:
    reply = server.predict({"instances": USERS}, "/versions/7:predict")
    assert reply.json() == {"predictions": [[3.0, 4.0], [2.0, 2.0]]}


@pytest.mark.parametrize(
    ("signature", "rest", "answer"),
    [
        ("half_plus_two", {"instances": [1.0, 2, 5]}, {"predictions": [2.5, 3.0, 4.5]}),
        ("half_plus_two", {"inputs": [1.0, 2, 5]}, {"outputs": [2.5, 3.0, 4.5]}),
        ("half_plus_two", {"instances": [{"x": 1.0}]}, {"predictions": [2.5]}),
        ("half_plus_two", {"instances": [[1.0], [2]]}, {"predictions": [[2.5], [3.0]]}),
        (
            "two_outputs",
            {"instances": [1.0, 2.0]},
            {"predictions": [{"y": 2.0, "z": 3.0}, {"y": 3.0, "z": 4.0}]},
        ),
        ("two_outputs", {"inputs": [1.0]}, {"outputs": {"y": [2.0], "z": [3.0]}}),
        ("scalar", {"inputs": [1.0, 2.0]}, {"outputs": 3.0}),
        ("half_plus_two", {"inputs": []}, {"outputs": []}),
        ("same_int64", {"inputs": 9007199254740993}, {"outputs": 9007199254740993}),
        ("same_uint64", {"inputs": [1, 2**64 - 1]}, {"outputs": [1, 18446744073709551615]}),
        ("same_bool", {"inputs": [[True], [False]]}, {"outputs": [[True], [False]]}),
        ("same_int8", {"inputs": [1, 300]}, {"outputs": [1, 44]}),
        ("same_string", {"instances": ["é", {"b64": "YQ=="}]}, {"predictions": ["é", "a"]}),
        ("raw_string", {"instances": [{"b64": "/w=="}]}, {"predictions": [{"b64": "/w=="}]}),
        ("raw_string", {"inputs": {"b64": "/wA="}}, {"outputs": {"b64": "/wA="}}),
    ],
)
def test_values(server: Server, signature: str, rest: dict[str, Any], answer: object) -> None:
    reply = server.predict({"signature_name": signature, **rest})
    assert reply.json() == answer
    assert reply.status_code == 200


def test_numbers_that_json_lacks_come_as_bare_words(server: Server) -> None:
    body = b'{"signature_name": "same_float32", "inputs": [NaN, Inf, -Infinity, 1e300]}'
    not_a_number, *rest = server.predict(body).json()["outputs"]
    assert math.isnan(not_a_number)
    assert rest == [math.inf, -math.inf, math.inf]


def test_the_first_of_two_equal_keys_counts(server: Server) -> None:
    body = b'{"signature_name": "same_int32", "inputs": 1, "inputs": 2}'
    assert server.predict(body).json() == {"outputs": 1}


def test_a_gzipped_body_is_inflated(server: Server) -> None:
    body = gzip.compress(json.dumps({"instances": USERS}).encode())
    headers = {"Content-Encoding": "gzip"}
    reply = requests.post(f"{server.model}:predict", data=body, headers=headers, timeout=30)
    assert reply.json() == {"predictions": [[3.0, 4.0], [2.0, 2.0]]}


# Predict: what is refused, and which error wins


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The document is empty"),
        (b"  ", "The document is empty"),
        (b"instances = [1, 2]", "JSON Parse error"),
        (b'{"instances": [1', "JSON Parse error"),
        (b'{"inputs": "\\ud800"}', "surrogate pair in string is invalid"),
        (b'{"inputs": 1e999}', "Number too big"),
        (b"[1.0]", "Is not object"),
        (b"[" * 900 + b"]" * 900, "Is not object"),
        (b'{"signature_name": 1, "instances": [1]}', "'signature_name' key must be a string"),
        (b'{"signature_name": "none", "instances": [1]}', 'name: "none" not found'),
        (b'{"signature_name": "__saved_model_init_op", "inputs": 1}', "Failed to get input map"),
        (b"{}", "Missing 'inputs' or 'instances' key"),
        (b'{"inputs": 1, "instances": [1]}', "expecting only one of"),
        (b'{"instances": 1}', "Expecting 'instances' to be an list/array"),
        (b'{"instances": []}', "No values in 'instances' array"),
        (b'{"instances": [1]}', "plain list, but expecting list of objects"),
        (b'{"inputs": [1]}', "plain value/list, but expecting an object"),
        (b'{"instances": [{"user_id": "a", "ids": []}, []]}', "Expecting object but got list"),
        (
            b'{"signature_name": "half_plus_two", "instances": [1, {"x": 2}]}',
            "Expecting value/list but got object at item 1",
        ),
        (b'{"instances": [{"user_id": "a", "ids": [], "z": 1}]}', "not have named input: z"),
        (b'{"instances": [{"user_id": "a"}]}', "keys must be equal to"),
        (b'{"inputs": {"user_id": ["a"]}}', "Missing named input: ids"),
        (b'{"instances": [{"user_id": 42, "ids": []}]}', "not of expected type: string"),
        (b'{"inputs": {"user_id": [42], "ids": [[]]}}', "not of expected type: string"),
        (b'{"instances": [{"user_id": null, "ids": []}]}', "not of expected type: string"),
    ],
)
def test_a_wrong_request_is_400(server: Server, body: bytes, words: str) -> None:
    reply = server.predict(body)
    assert reply.status_code == 400
    assert words in reply.json()["error"]


@pytest.mark.parametrize(
    "second", [{"user_id": "b", "ids": ["x"]}, {"user_id": "b", "ids": [["x"], ["y"]]}]
)
def test_ragged_rows_are_400(server: Server, second: dict[str, object]) -> None:
    """Lists of different lengths must be padded by the client."""
    reply = server.predict({"instances": [USERS[0], second]})
    assert reply.status_code == 400
    assert "Failed to process element" in reply.json()["error"]


@pytest.mark.parametrize(
    ("signature", "rest", "status"),
    [
        ("half_plus_two", {"inputs": [[1, 2], [3]]}, 400),
        ("half_plus_two", {"inputs": [[1], 3]}, 400),
        ("half_plus_two", {"inputs": [1, [3]]}, 400),
        ("half_plus_two", {"instances": [1, {"x": 2}]}, 400),
        ("half_plus_two", {"inputs": ["x"]}, 400),
        ("half_plus_two", {"inputs": [True]}, 400),
        ("same_int32", {"inputs": [1.0]}, 400),
        ("same_int32", {"inputs": [2147483648]}, 400),
        ("same_int64", {"inputs": [9223372036854775808]}, 400),
        ("same_bool", {"inputs": [1]}, 400),
        ("same_string", {"inputs": [{"b64": 1}]}, 400),
        ("same_string", {"inputs": [{"b64": "YQ==", "z": 1}]}, 400),
        ("same_string", {"inputs": [{"b64": "?"}]}, 400),
        ("same_float16", {"inputs": [1.0]}, 501),
        ("same_float16", {"instances": [1.0]}, 400),
        ("scalar", {"instances": [1.0]}, 400),
        ("unequal", {"instances": [1.0, 2.0]}, 400),
        ("picky", {"inputs": [1.0, 2.0]}, 400),
    ],
)
def test_what_a_signature_refuses(
    server: Server, signature: str, rest: dict[str, Any], status: int
) -> None:
    reply = server.predict({"signature_name": signature, **rest})
    assert reply.status_code == status
    assert set(reply.json()) == {"error"}


def test_deep_nesting_is_400(server: Server) -> None:
    for depth in (100, 500, 100_000):
        nested = b"[" * depth + b"1" + b"]" * depth
        body = b'{"signature_name": "scalar", "inputs": ' + nested + b"}"
        assert server.predict(body).status_code == 400


@pytest.mark.parametrize(
    ("body", "suffix", "status"),
    [
        (b"{", "/versions/99:predict", 400),
        (b"[]", "/versions/99:predict", 400),
        (b'{"signature_name": 1}', "/versions/99:predict", 400),
        (b"{}", "/versions/99:predict", 404),
        (b'{"signature_name": "none"}', "/versions/99:predict", 404),
        (b"{", "x:predict", 400),
        (b"{}", "x:predict", 404),
        (b"{}", "/labels/stable:predict", 400),
        (b"{}", "x/labels/stable:predict", 400),
    ],
)
def test_json_is_checked_before_the_model_and_the_model_before_the_rest(
    server: Server, body: bytes, suffix: str, status: int
) -> None:
    assert server.predict(body, suffix).status_code == status


def test_the_404_names_what_was_asked_for(server: Server) -> None:
    assert server.predict({}, "x:predict").json() == {
        "error": "Servable not found for request: Latest(tinyx)"
    }
    assert server.predict({}, "/versions/99:predict").json() == {
        "error": "Servable not found for request: Specific(tiny, 99)"
    }


# URLs


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/healthz", 404),
        ("GET", "/v1/", 400),
        ("GET", "/v1/models", 400),
        ("GET", "/v1/models/tiny", 200),
        ("GET", "/V1/MODELS/tiny", 200),
        ("GET", "/v1/models/%74iny", 200),
        ("GET", "/v1/models/tiny/", 400),
        ("GET", "/v1/models/tiny?x=1", 404),  # the grammar takes it for a name
        ("GET", "/v1/models/tiny/versions/7?x=1", 400),
        ("GET", "/v1/models/tiny/metadata?x=1", 400),
        ("GET", "/v1/models/tiny/versions/7", 200),
        ("GET", "/v1/models/tiny/versions/007", 200),
        ("GET", "/v1/models/tiny/versions/8", 404),
        ("GET", "/v1/models/tiny/versions/x", 400),
        ("GET", "/v1/models/tiny/labels/stable", 200),
        ("GET", "/v1/models/tiny/labels/stable/metadata", 400),
        ("GET", "/v1/models/other", 404),
        ("GET", "/v1/models/other/metadata", 404),
        ("GET", "/v1/models/ti%2Fny", 404),
        ("GET", "/v1/models/tiny:predict", 400),
        ("POST", "/v1/models/tiny", 400),
        ("POST", "/v1/models/tiny:PREDICT", 400),
        ("POST", "/v1/models/tiny:predict?x=1", 400),
        ("PUT", "/v1/models/tiny", 400),
        ("DELETE", "/v1/models/tiny", 400),
        ("OPTIONS", "/v1/models/tiny", 400),
    ],
)
def test_the_url_grammar(server: Server, method: str, path: str, status: int) -> None:
    assert requests.request(method, server.url + path, timeout=30).status_code == status


def test_outside_of_v1_there_is_a_page(server: Server) -> None:
    reply = requests.get(f"{server.url}/healthz", timeout=30)
    assert reply.headers["Content-Type"] == "text/html"
    assert "<H1>Not Found</H1>" in reply.text


def test_a_version_beyond_int64_is_400_without_a_body(server: Server) -> None:
    reply = requests.get(f"{server.model}/versions/9223372036854775808", timeout=30)
    assert (reply.status_code, reply.content) == (400, b"")


def test_the_highest_version_number_is_merely_unknown(server: Server) -> None:
    assert requests.get(f"{server.model}/versions/{2**63 - 1}", timeout=30).status_code == 404


# Status and metadata


def test_status(server: Server) -> None:
    line = {
        "version": "7",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    for suffix in ("", "/versions/7", "/labels/any"):
        reply = requests.get(server.model + suffix, timeout=30)
        assert reply.json() == {"model_version_status": [line]}


def test_metadata(server: Server) -> None:
    answer = requests.get(f"{server.model}/metadata", timeout=30).json()
    assert answer["model_spec"] == {"name": "tiny", "signature_name": "", "version": "7"}
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    default = signatures["serving_default"]
    assert set(default["inputs"]) == {"user_id", "ids"}
    assert default["inputs"]["ids"]["dtype"] == "DT_STRING"
    assert default["inputs"]["ids"]["tensor_shape"] == {
        "dim": [{"size": "-1", "name": ""}, {"size": "-1", "name": ""}],
        "unknown_rank": False,
    }
    assert default["method_name"] == "tensorflow/serving/predict"
    assert "__saved_model_init_op" in signatures


# The embedded server alone


@pytest.mark.parametrize("action", ["classify", "regress"])
def test_classify_and_regress_are_501_in_the_embedded_server(action: str) -> None:
    from serving.model_server.handlers import handle

    with pytest.raises(StatusError, match=action) as e:
        handle(Versions(NAME), match("POST", f"/v1/models/tiny:{action}"), b"{}")
    assert e.value.code.http == 501


def test_a_pushed_version_is_served_and_the_process_ends_on_sigterm(tmp_path: Path) -> None:
    """One process: empty base, first push, memory, time limit, then a clean end."""
    base = tmp_path / "base"
    base.mkdir()
    with embedded(base, tmp_path / "port", "--poll-s", "0.1", "--timeout-s", "0.5") as server:
        assert server.process.stdout
        line = server.process.stdout.readline()
        assert line == f"{server.url}/v1/models/tiny versions: none yet\n"
        assert requests.get(server.model, timeout=30).status_code == 404
        save_model(tmp_path / "staged")
        (tmp_path / "staged").rename(base / "1")
        wait_for(lambda: server.predict({"instances": USERS}).ok)
        slow = server.predict({"signature_name": "slow", "instances": [10**9]})
        assert slow.status_code == 504
        assert psutil.Process(server.process.pid).memory_info().rss < 1.0e9
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
        assert "Traceback" not in server.process.stderr.read()  # type: ignore[union-attr]


def test_a_taken_port_ends_with_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ["--base", str(tmp_path), "--name", NAME, "--port", port]
        ended = subprocess.run(
            [sys.executable, "-m", "serving.model_server", *words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"expected to listen on 127.0.0.1:{port}, got address already")
    assert ended.stderr.count("\n") == 1


# Loading: what is complete, what is not


@pytest.fixture
def copy(base: Path, tmp_path: Path) -> Path:
    return shutil.copytree(base / "7", tmp_path / "copy")


def _load(directory: Path) -> Any:
    from serving.model_server.model import LoadedModel

    return LoadedModel(directory)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda d: (d / "saved_model.pb").unlink(), "NOT_FOUND"),
        (lambda d: _cut(d / "saved_model.pb"), "OUT_OF_RANGE"),
        (lambda d: shutil.rmtree(d / "variables"), "NOT_FOUND"),
        (lambda d: (d / "variables" / "variables.index").unlink(), "NOT_FOUND"),
        (lambda d: next(d.glob("variables/*.data*")).unlink(), None),
        (lambda d: _cut(next(d.glob("variables/*.data*"))), None),
    ],
)
def test_an_incomplete_directory_is_refused(
    copy: Path, damage: Callable[[Path], object], code: str | None
) -> None:
    damage(copy)
    with pytest.raises(StatusError) as e:
        _load(copy)
    assert e.value.code.name != "OK"
    assert code in (None, e.value.code.name)


def test_a_whole_directory_loads(copy: Path) -> None:
    model = _load(copy)
    outputs = model.signature("half_plus_two").run({"x": np.array([2.0], np.float32)})
    assert outputs["y"].tolist() == [3.0]
    model.close()


# Versions: order, references, states


class Fake:
    """A model that knows whether it was closed; `bad` directories are refused."""

    def __init__(self, directory: Path) -> None:
        if (directory / "bad").exists():
            raise StatusError(Code.DATA_LOSS, "bad")
        self.closed = False

    def close(self) -> None:
        self.closed = True


def _watcher(base: Path) -> tuple[Watcher[Fake], Versions[Fake]]:
    versions = Versions[Fake](NAME)
    return Watcher(base, versions, Fake, keep=2), versions


def _push(base: Path, *versions: int, bad: bool = False) -> None:
    for version in versions:
        (base / str(version)).mkdir()
        if bad:
            (base / str(version) / "bad").touch()


def _states(versions: Versions[Fake]) -> list[tuple[int, str, str]]:
    return [(s.version, s.state, s.code.name) for s in versions.statuses()]


def test_the_newest_two_are_served_and_the_rest_is_remembered(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    _push(tmp_path, 1, 2, 10)
    watcher.poll()
    assert versions.available() == [10, 2]
    _push(tmp_path, 11)
    watcher.poll()
    assert _states(versions) == [
        (11, "AVAILABLE", "OK"),
        (10, "AVAILABLE", "OK"),
        (2, "END", "OK"),
    ]


def test_the_newest_answers_who_names_no_version(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    _push(tmp_path, 9, 10)
    watcher.poll()
    with versions.use(NAME, None) as (version, _):
        assert version == 10
    with versions.use(NAME, 9) as (version, _):
        assert version == 9


def test_a_bad_version_ends_and_takes_nobodys_place(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    _push(tmp_path, 1, 2)
    _push(tmp_path, 3, bad=True)
    watcher.poll()
    assert _states(versions) == [
        (3, "END", "DATA_LOSS"),
        (2, "AVAILABLE", "OK"),
        (1, "AVAILABLE", "OK"),
    ]


def test_a_bad_version_is_tried_again_only_when_its_files_change(tmp_path: Path) -> None:
    tried: list[str] = []

    def load(directory: Path) -> Fake:
        tried.append(directory.name)
        return Fake(directory)

    versions = Versions[Fake](NAME)
    watcher = Watcher(tmp_path, versions, load)
    _push(tmp_path, 3, bad=True)
    watcher.poll()
    watcher.poll()
    assert tried == ["3"]
    (tmp_path / "3" / "bad").unlink()
    watcher.poll()
    assert versions.available() == [3]


def test_the_new_version_is_loaded_before_the_old_one_is_closed(tmp_path: Path) -> None:
    versions = Versions[Fake](NAME)
    seen: list[list[int]] = []

    def load(directory: Path) -> Fake:
        seen.append(versions.available())
        return Fake(directory)

    watcher = Watcher(tmp_path, versions, load, keep=1)
    for version in (1, 2):
        _push(tmp_path, version)
        watcher.poll()
    assert seen == [[], [1]]
    assert versions.available() == [2]


def test_removing_the_newest_directory_rolls_back(tmp_path: Path) -> None:
    versions = Versions[Fake](NAME)
    watcher = Watcher(tmp_path, versions, Fake, keep=1)
    _push(tmp_path, 1, 2)
    watcher.poll()
    (tmp_path / "2").rmdir()
    watcher.poll()
    assert versions.available() == [1]


def test_an_unreadable_base_unloads_nothing(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    watcher, versions = _watcher(base)
    _push(base, 1)
    watcher.poll()
    base.rename(tmp_path / "away")
    watcher.poll()
    assert versions.available() == [1]


def test_an_empty_base_unloads_everything(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    _push(tmp_path, 1)
    watcher.poll()
    (tmp_path / "1").rmdir()
    watcher.poll()
    assert _states(versions) == [(1, "END", "OK")]


def test_a_version_stays_while_all_newer_ones_are_bad(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    _push(tmp_path, 1)
    watcher.poll()
    (tmp_path / "1").rmdir()
    _push(tmp_path, 2, bad=True)
    watcher.poll()
    assert versions.available() == [1]


def test_names_that_are_no_numbers_are_no_versions(tmp_path: Path) -> None:
    watcher, versions = _watcher(tmp_path)
    for name in (".staging-1", "2.tmp", "v3", "4 "):
        (tmp_path / name).mkdir()
    watcher.poll()
    assert versions.statuses() == []


def test_a_version_in_use_is_closed_after_its_last_user() -> None:
    versions, model = Versions[Fake](NAME), Fake(Path("none"))
    versions.publish(1, model)
    retired = Event()

    def retire() -> None:
        versions.retire(1)
        retired.set()

    with versions.use(NAME, 1):
        thread = Thread(target=retire)
        thread.start()
        wait_for(lambda: versions.statuses()[0].state == "UNLOADING")
        assert not retired.wait(0.1)
        assert not model.closed
        with pytest.raises(StatusError), versions.use(NAME, 1):
            pass  # nobody new gets in
    assert retired.wait(10)
    thread.join()
    assert model.closed
    assert versions.statuses()[0].state == "END"


# JSON -> tensor -> JSON


_FLOATS = st.floats(width=32, allow_nan=False)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_BYTES = st.binary()


def _matrices(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    """Rows of one width, from 0 on; at least one row."""
    return st.integers(0, 4).flatmap(
        lambda n: st.lists(st.lists(leaves, min_size=n, max_size=n), min_size=1, max_size=4)
    )


def _there_and_back(rows: list[list[Any]], dtype: str, form: str) -> Any:
    """The rows through the parser, the tensors and the writer."""
    key, answer = {"row": ("instances", "predictions"), "columnar": ("inputs", "outputs")}[form]
    root = parse(json.dumps({key: rows}).encode())
    got, tensors = named_tensors(root, {"x": dtype})  # type: ignore[arg-type]
    assert got == form
    return json.loads(predict_text(got, tensors))[answer]


@pytest.mark.parametrize("form", ["row", "columnar"])
class TestRoundTrip:
    """Values come back as they went, in both forms."""

    @given(rows=_matrices(_FLOATS))
    def test_float(self, form: str, rows: list[list[float]]) -> None:
        back = _there_and_back(rows, "float", form)
        assert np.array(back, np.float32).tolist() == rows

    @given(rows=_matrices(st.integers(-(2**63), 2**63 - 1)))
    def test_int64(self, form: str, rows: list[list[int]]) -> None:
        assert _there_and_back(rows, "int64", form) == rows

    @given(rows=_matrices(_TEXTS))
    def test_string(self, form: str, rows: list[list[str]]) -> None:
        assert _there_and_back(rows, "string", form) == rows

    @given(rows=_matrices(st.booleans()))
    def test_bool(self, form: str, rows: list[list[bool]]) -> None:
        assert _there_and_back(rows, "bool", form) == rows


@given(data=st.binary(max_size=40))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    """No other exception than the one that becomes a 400."""
    for body in (data, b'{"inputs": "' + data + b'"}'):
        try:
            parse(body)
        except StatusError as e:
            assert e.code.http == 400  # noqa: PT017  # both ways are allowed


def test_a_ragged_value_never_becomes_a_tensor() -> None:
    for value in ([[1], [1, 2]], [[1], 1], [1, [1]], [[], [1]], [[1], []]):
        with pytest.raises(StatusError):
            to_tensor(value, "int64")


def test_bytes_that_are_not_utf8_pass_through() -> None:
    root: Any = parse(b'{"inputs": ["\xff\xfe", "Inf", "\\u3042"]}')
    assert to_tensor(root["inputs"], "string").tolist() == [b"\xff\xfe", b"Inf", "あ".encode()]
