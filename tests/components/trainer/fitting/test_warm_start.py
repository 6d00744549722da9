"""A fit that begins with the last release: which release, and what each weight then means."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from schema.feature import Side, ValueType
from schema.features import model_inputs
from tests.components.toy_transform import USERS, VIDEOS, Columns, Outputs

pytestmark = pytest.mark.tfx

Floats = npt.NDArray[np.float32]
GENRES = ("genre=a", "genre=b", "genre=")
WINDOWS = {"train_end": "2026-01-02", "valid_end": "2026-01-03", "eval_end": "2026-01-04"}


def _model(
    ids: str,
    known: int,
    genres: tuple[str, ...],
    *,
    seed: int = 1,
    width: int = 4,
    closed_form: bool = True,
    numbers: int = 2,
) -> Any:
    """Videos named by letters, each with the genre of the same letter, else with an unknown one."""
    import tensorflow as tf

    from components.trainer.inputs.catalogue import Catalogue
    from components.trainer.model.two_tower import TwoTower
    from components.trainer.settings import TrainSettings

    tf.keras.utils.set_random_seed(seed)
    unknown = genres.index("genre=")
    dense = np.zeros((len(ids), len(genres) + 1), np.float32)
    for row, letter in enumerate(ids):
        name = f"genre={letter}"
        dense[row, genres.index(name) if name in genres else unknown] = 1
    catalogue = Catalogue(np.array([letter.encode() for letter in ids], object), dense, known)
    settings = TrainSettings(hidden=(8, width), item_dimension=4, closed_form=closed_form)
    model = TwoTower(settings, catalogue, tf.fill([len(ids)], 0.1), numbers, 2)
    model.compile()
    for variable in model.get_weight_paths().values():  # so that nothing is zero by chance
        if variable.shape.rank:
            variable.assign(np.random.default_rng(seed).normal(0, 1, variable.shape))
    model.item_embedding.id_weight.assign([0.5] * known + [1.0])
    model.user_tower.gates.assign([1.0, 1.0, 1.0])
    return model


def _names(model: Any, ids: str, genres: tuple[str, ...], numbers: tuple[str, ...]) -> Any:
    from components.trainer.fitting.warm_start import names_of

    users, videos = SimpleNamespace(columns=numbers), SimpleNamespace(columns=(*genres, "age_days"))
    return names_of(model, users, videos, ids)  # type: ignore[arg-type]


def _users(model: Any, dense: list[float], history: list[int]) -> Floats:
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoded

    histories = tf.constant([[history, [-1] * len(history)]], tf.int32)
    return model.embed_users(Encoded(tf.constant([dense]), histories)).numpy()[0]  # type: ignore[no-any-return]


def test_rows_go_by_name_then_by_the_unknown_of_their_feature_then_to_zero() -> None:
    from components.trainer.fitting.warm_start import by_name

    values = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
    old = ["price", "genre=a", "genre=b", "genre="]
    new = ["genre=", "genre=c", "genre=b", "maker=a", "price", "duration"]
    assert by_name(values, old, new)[:, 0].tolist() == [4, 4, 3, 0, 1, 0]
    assert by_name(values[:, 0], old, new).tolist() == [4, 4, 3, 0, 1, 0]


def test_over_other_vocabularies_the_model_says_what_the_last_release_said(tmp_path: Path) -> None:
    """Other orders, a video and a genre no longer unknown, a genre gone, a number added (of 0).

    The closed form's part is computed again in each run, so there is none here.
    """
    from components.trainer.fitting.warm_start import (
        WarmStart,
        assign,
        load_fit,
        save_fit,
        weights_of,
    )

    last = _model("abcd", 3, GENRES, closed_form=False)
    last.item_embedding.projection[1].assign(
        last.item_embedding.projection[2]
    )  # b says no more than unknown
    kernel = last.video_tower.first.kernel
    kernel[1].assign(kernel[2])
    names = _names(last, "abc", GENRES, ("likes", "price"))
    save_fit(tmp_path, names, WarmStart(5, weights_of(last), weights_of(last)))
    genres = ("genre=d", "genre=", "genre=a")
    new = _model("dcba", 4, genres, seed=2, numbers=3, closed_form=False)
    warm = load_fit(tmp_path, _names(new, "dcba", genres, ("price", "days", "likes")), new)
    assert warm is not None
    assert warm.version == 5
    assign(new, warm.train)
    new.item_embedding.id_weight.assign([1.0, 0.5, 0.5, 0.5, 1.0])  # is counted again
    videos = new.embed_catalogue().numpy()
    np.testing.assert_allclose(videos[[3, 2, 1, 0]], last.embed_catalogue().numpy(), atol=1e-6)
    np.testing.assert_allclose(
        _users(new, [0.5, 0.0, 3.0], [3, 1, -1]), _users(last, [3.0, 0.5], [0, 2, -1]), atol=1e-6
    )


def test_what_a_fit_left_is_taken_bit_by_bit(tmp_path: Path) -> None:
    from components.trainer.fitting.warm_start import WarmStart, load_fit, save_fit, weights_of

    model, other = _model("abc", 3, GENRES), _model("abc", 3, GENRES, seed=3)
    names = _names(model, "abc", GENRES, ("likes", "price"))
    save_fit(tmp_path, names, WarmStart(1, weights_of(model), weights_of(other)))
    warm = load_fit(tmp_path, names, model)
    assert warm is not None
    for left, taken in ((weights_of(model), warm.train), (weights_of(other), warm.whole)):
        assert left.keys() == taken.keys()
        assert all(np.array_equal(left[path], taken[path]) for path in left)
    # Of layers, of the shortcuts, of the items, of the score.
    assert len(warm.train) == 6 * 2 + 2 + 3 + 2


@pytest.mark.parametrize("weight_decay", [0.0, 1e-4])
def test_neither_metrics_nor_optimizer_nor_what_is_held_fixed_is_left(
    tmp_path: Path, weight_decay: float
) -> None:
    from components.trainer.fit import build, train_model
    from components.trainer.fitting.warm_start import weights_of
    from components.trainer.settings import TrainSettings

    settings = TrainSettings(
        hidden=(8, 4), item_dimension=4, epochs=1, scale_and_bias=False, weight_decay=weight_decay
    )
    model = build(settings, _model("abc", 3, GENRES).catalogue, _moments())
    train_model(model, _moments(), _moments(), None, str(tmp_path))
    assert len(weights_of(model)) == 6 * 2 + 2 + 3
    assert not {"scale", "bias", "item_embedding.id_weight"} & weights_of(model).keys()


def test_towers_of_other_sizes_are_not_taken_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from components.trainer.fitting.warm_start import WarmStart, load_fit, save_fit, weights_of

    last, new = (_model("abc", 3, GENRES, width=width) for width in (4, 5))
    names = _names(last, "abc", GENRES, ("likes", "price"))
    save_fit(tmp_path, names, WarmStart(7, weights_of(last), weights_of(last)))
    assert load_fit(tmp_path, names, new) is None
    assert "the towers of version 7 are others" in caplog.text


def _named(
    side: Any, graph: Any, known: Path, data: Columns, row: int, ignored: tuple[str, ...] = ()
) -> dict[str, float]:
    """A row of tests/components/toy_transform.py as encoded, by the names of the columns."""
    import tensorflow as tf

    from components.trainer.inputs.encoder import Encoder, VideoIndex

    encoder = Encoder(side, graph, VideoIndex(known), ignored)
    types = {ValueType.FLOAT: tf.float32, ValueType.STRING: tf.string}
    values = ((column, data[column.name][row]) for column in model_inputs(side))
    raw = {c.name: tf.constant([c.absent if v is None else v], types[c.type]) for c, v in values}
    dense = encoder(raw).dense.numpy()[0]
    assert len(set(encoder.columns)) == len(encoder.columns)
    return dict(zip(encoder.columns, dense.tolist(), strict=True))


def test_columns_are_named_in_the_order_in_which_they_are_encoded(
    tmp_path: Path, catalogue: tuple[Any, Outputs], users: tuple[Any, Outputs]
) -> None:
    (tmp_path / "known").write_text("v0\n")
    video = _named(Side.VIDEO, catalogue[0], tmp_path / "known", VIDEOS, 4)
    assert {name for name, value in video.items() if value and "=" in name} == {
        "text=red", "genre=喜劇", "maker=", "tags=a", "tags=c",
    }  # fmt: skip
    assert video["tags=c"] == pytest.approx(2 * video["tags=a"])
    assert video["age_days"] > 0
    untold = _named(Side.VIDEO, catalogue[0], tmp_path / "known", VIDEOS, 4, ("text",))
    assert untold == {name: value for name, value in video.items() if not name.startswith("text")}
    user = _named(Side.USER, users[0], tmp_path / "known", USERS, 2)
    # 7 likes of dramas; one is added to each of the two genres and to the unknown one.
    assert user["liked_genres=drama"] == pytest.approx(8 / 10)
    assert user["liked_genres=喜劇"] == user["liked_genres="] == pytest.approx(1 / 10)


def _two_fits() -> tuple[Any, Any]:
    """A model, and what a fit on train and one on both windows might have left."""
    from components.trainer.fitting.warm_start import WarmStart, weights_of

    train, whole = (_model("abc", 3, GENRES, seed=seed) for seed in (5, 6))
    return _model("abc", 3, GENRES), WarmStart(9, weights_of(train), weights_of(whole))


def _moments() -> Any:
    import tensorflow as tf

    from components.trainer.inputs.moments import Moments

    rows = {
        "dense": tf.ones([2, 2]),
        "histories": tf.constant([[[0], [1]], [[1], [0]]]),
        "pair_videos": tf.constant([[2, 1], [2, 0]]),
        "labels": tf.constant([[1.0, 0.0], [1.0, 0.0]]),
        "sampling_probabilities": tf.fill([2, 2], 0.1),
        "ages": tf.zeros([2, 2]),
    }
    each = ([0, 1], [1, 1], [2, 2], [0, 1], [1, 1])
    return Moments(rows, *(tf.constant(part) for part in each), np.arange(2))


@pytest.mark.parametrize(
    ("worth", "opened", "name"),
    [(0.9, 0.25, "last release"), (0.7, 0.25, "closed form"), (0.9, 0.0, "closed form")],
)
def test_the_better_beginning_on_the_valid_window_is_taken_for_both_fits(
    monkeypatch: pytest.MonkeyPatch, worth: float, opened: float, name: str
) -> None:
    """The choice begins with what has seen train alone, the refit with what has seen both.

    With every gate closed the last release ranks as the closed form does, so that is kept.
    """
    from components.trainer.fitting import initialization
    from components.trainer.fitting.warm_start import assign, weights_of
    from schema.documents.fit import GroupGate

    model, warm = _two_fits()
    seen_train = warm.train["item_embedding.id_residual"]

    def judged(asked: Any, *_: Any) -> dict[str, float]:
        taken = np.array_equal(asked.item_embedding.id_residual.numpy(), seen_train)
        return {"val_gates": worth if taken else 0.8}

    def chosen(asked: Any, _: Any) -> list[Any]:
        asked.user_tower.gates.assign([opened] * 3)
        return [GroupGate(seen="none", users=9, gate=opened, start=0.1, ndcg=0.2)]

    monkeypatch.setattr(initialization, "evaluate_model", judged)
    monkeypatch.setattr(initialization, "choose_gates", chosen)
    begun = initialization.initialize_fit(model, _moments(), None, None, warm)
    assert begun.name == name
    gate = 0.25 if name == "last release" else 0
    assert model.user_tower.gates.numpy().tolist() == [gate] * 3
    assert begun.first == begun.figures[name]
    assert {key: own["val_gates"] for key, own in begun.figures.items()} == {
        "closed form": 0.8, "last release": worth,
    }  # fmt: skip
    first = weights_of(model)
    assert np.array_equal(first["item_embedding.id_residual"], seen_train) == (
        name == "last release"
    )
    trust = model.item_embedding.id_weight.numpy()
    assign(model, {path: np.ones_like(values) for path, values in first.items()})
    model.item_embedding.id_weight.assign(np.zeros_like(trust))
    initialization.initialize_refit(model, begun, _moments())
    again = weights_of(model)
    expected = warm.whole if name == "last release" else first
    assert np.allclose(
        again["item_embedding.id_residual"], expected["item_embedding.id_residual"], atol=1e-5
    )
    assert np.allclose(
        again["item_embedding.projection"], expected["item_embedding.projection"], atol=1e-5
    )
    # Each video has a decision of both users.
    assert model.item_embedding.id_weight.numpy() == pytest.approx(trust)
    assert trust[0] == pytest.approx(2 / (2 + begun.params.shrinkage))


def test_without_a_closed_form_and_a_release_the_fit_begins_with_random_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from components.trainer.fitting import initialization
    from components.trainer.fitting.warm_start import weights_of

    model = _model("abc", 3, GENRES, closed_form=False)
    monkeypatch.setattr(initialization, "evaluate_model", lambda *_: {"val_gates": 0.5})
    before = weights_of(model)
    begun = initialization.initialize_fit(model, _moments(), None, None, None)
    assert (begun.name, begun.params) == ("random weights", None)
    assert all(np.array_equal(before[path], value) for path, value in weights_of(model).items())


class _Store:
    """ML Metadata's artifacts of some runs, as the resolver is given them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.artifacts: dict[str, list[Any]] = {"model": [], "model_blessing": [], "model_run": []}

    def run(
        self, number: int, examples: int, *, blessed: int = 1, marked: bool = True, **windows: str
    ) -> None:
        """A run of the Trainer and what the gates said; ids are the run's number and more."""
        from tfx.types import standard_artifacts

        from components.node.lineage import mark_fit

        made: dict[str, Any] = {
            "model": standard_artifacts.Model(),
            "model_blessing": standard_artifacts.ModelBlessing(),
            "model_run": standard_artifacts.ModelRun(),
        }
        for name, artifact in made.items():
            artifact.id = 10 * number + len(name)
            artifact.uri = str(self._folder / "Trainer" / name / str(number))
            self.artifacts[name].append(artifact)
        (Path(made["model_run"].uri) / "warm_start").mkdir(parents=True)
        made["model_blessing"].set_int_custom_property("current_model_id", made["model"].id)
        for gate in ("blessed", "all_gates"):
            made["model_blessing"].set_int_custom_property(gate, blessed)
        if marked:
            mark_fit(made["model_run"], _examples(examples, **windows))

    def found(self, *, wanted: bool = True, **windows: str) -> list[str]:
        """The run whose fit is used for Examples 100."""
        from components.resolvers.previous_release import LastReleaseStrategy

        inputs = {**self.artifacts, "examples": [_examples(100, **windows)]}
        resolved = LastReleaseStrategy(wanted).resolve_artifacts(None, inputs)
        assert resolved["examples"] == inputs["examples"]
        return [Path(run.uri).name for run in resolved["model_run"]]


def _examples(number: int, **windows: str) -> Any:
    from tfx.types import standard_artifacts

    artifact = standard_artifacts.Examples()
    artifact.id = number
    ends = {name: f"{day}T00:00:00+00:00" for name, day in {**WINDOWS, **windows}.items()}
    artifact.set_string_custom_property("windows", json.dumps(ends))
    return artifact


def test_the_newest_release_is_begun_with_where_that_is_wanted(tmp_path: Path) -> None:
    store = _Store(tmp_path)
    assert store.found() == []
    store.run(10, examples=1)
    store.run(9, examples=2)
    assert store.found() == ["10"]
    assert store.found(wanted=False) == []


def test_a_refused_fit_is_not_begun_with(tmp_path: Path) -> None:
    store = _Store(tmp_path)
    store.run(1, examples=1)
    store.run(2, examples=2, blessed=0)
    assert store.found() == ["1"]


def test_a_fit_on_the_same_examples_is_left_out_so_that_a_rerun_is_a_cache_hit(
    tmp_path: Path,
) -> None:
    store = _Store(tmp_path)
    store.run(1, examples=1)
    store.run(2, examples=100)
    assert store.found() == ["1"]


@pytest.mark.parametrize("end", ["train_end", "valid_end"])
def test_weights_that_have_seen_what_will_judge_them_are_left_out(tmp_path: Path, end: str) -> None:
    store = _Store(tmp_path)
    store.run(1, examples=1)
    store.run(2, examples=2, **{end: "2026-02-01"})
    assert store.found() == ["1"]
    later = {"train_end": "2026-02-01", "valid_end": "2026-02-02", "eval_end": "2026-02-03"}
    assert store.found(**later) == ["2"]


def test_a_fit_whose_folder_is_gone_or_that_says_nothing_of_its_examples_is_left_out(
    tmp_path: Path,
) -> None:
    store = _Store(tmp_path)
    store.run(1, examples=1)
    store.run(2, examples=2)
    store.run(3, examples=3, marked=False)
    (tmp_path / "Trainer" / "model_run" / "2" / "warm_start").rmdir()
    assert store.found() == ["1"]
