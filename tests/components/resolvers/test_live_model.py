"""The live model that a candidate is compared with."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


def _resolved(
    models: list[int],
    blessings: list[tuple[int, int]],
    candidate: int,
    gone: tuple[int, ...] = (),
    half: tuple[int, ...] = (),
) -> tuple[list[int], list[int]]:
    """Ids of the model chosen and of the model that the chosen blessing speaks of.

    Args:
        models: ids of the models in ML Metadata.
        blessings: id of the model and 1 or 0, each.
        candidate: id of the model under evaluation.
        gone: ids of models whose folder somebody deleted.
        half: ids of models whose blessing is the first gate's alone.
    """
    from tfx.types import standard_artifacts

    from components.resolvers.live_model import LiveModelStrategy

    def model(number: int) -> Any:
        artifact = standard_artifacts.Model()
        artifact.uri = str(folder / str(number))
        if number not in gone:
            Path(artifact.uri).mkdir(exist_ok=True)
        artifact.id = number
        return artifact

    def blessing(number: int, *, blessed: int) -> Any:
        artifact = standard_artifacts.ModelBlessing()
        artifact.set_int_custom_property("current_model_id", number)
        artifact.set_int_custom_property("blessed", blessed)
        artifact.set_int_custom_property("all_gates", int(number not in half))
        return artifact

    with TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {
            "model": [model(number) for number in models],
            "model_blessing": [blessing(number, blessed=yes) for number, yes in blessings],
            "candidate": [model(candidate)],
        }
        found = LiveModelStrategy().resolve_artifacts(None, inputs)
    assert [artifact.id for artifact in found["candidate"]] == [candidate]
    spoken_of = [b.get_int_custom_property("current_model_id") for b in found["model_blessing"]]
    return [artifact.id for artifact in found["model"]], spoken_of


def test_a_first_run_has_nothing_to_compare_with() -> None:
    assert _resolved([1], [], candidate=1) == ([], [])
    assert _resolved([], [], candidate=1) == ([], [])


def test_the_newest_blessed_model_with_its_own_blessing() -> None:
    assert _resolved([9, 10, 2], [(10, 1), (9, 1), (2, 1)], candidate=11) == ([10], [10])


def test_an_unblessed_model_is_ignored() -> None:
    assert _resolved([1, 2, 3], [(1, 1), (2, 0)], candidate=4) == ([1], [1])
    assert _resolved([1, 2], [(1, 0), (2, 0)], candidate=3) == ([], [])


def test_the_candidate_itself_is_left_out_when_a_run_is_repeated() -> None:
    assert _resolved([1, 2], [(1, 1), (2, 1)], candidate=2) == ([1], [1])
    assert _resolved([2], [(2, 1)], candidate=2) == ([], [])


def test_a_blessing_whose_model_is_gone_is_ignored() -> None:
    assert _resolved([1], [(1, 1), (2, 1)], candidate=3) == ([1], [1])


def test_a_model_whose_files_somebody_deleted_is_ignored() -> None:
    """Else the Evaluator would end with TensorFlow's own error."""
    assert _resolved([1, 2], [(1, 1), (2, 1)], candidate=3, gone=(2,)) == ([1], [1])
    assert _resolved([1], [(1, 1)], candidate=2, gone=(1,)) == ([], [])


def test_the_first_gate_s_word_alone_is_no_blessing() -> None:
    assert _resolved([1, 2], [(1, 1), (2, 1)], candidate=3, half=(2,)) == ([1], [1])
