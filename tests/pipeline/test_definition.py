"""Hyper-parameters of a run: the settings', and what TRAIN changes."""

from __future__ import annotations

import pytest

from pipeline.settings import Settings
from schema.errors import SetupError

pytestmark = pytest.mark.tfx


def test_train_changes_what_it_names_and_nothing_else() -> None:
    from components.trainer.settings import TrainSettings
    from pipeline.hyper_parameters import train_settings

    settings = Settings(epochs=3, seed=5, train='{"hidden": [16], "temperature": 0.2}')
    assert train_settings(settings) == TrainSettings(
        epochs=3, seed=5, hidden=(16,), temperature=0.2
    )
    assert train_settings(Settings(train='{"seed": 9}')).seed == 9


@pytest.mark.parametrize(
    ("text", "got"),
    [("temperature=0.1", "temperature=0.1"), ("[1]", "[1]"), ('{"heat": 1}', "heat")],
)
def test_another_text_is_refused_in_one_line(text: str, got: str) -> None:
    from pipeline.hyper_parameters import train_settings

    with pytest.raises(SetupError) as caught:
        train_settings(Settings(train=text))
    assert str(caught.value) == (
        f"expected TRAIN as a JSON object of hyper-parameters, got {got}:"
        " take names from components/trainer/settings.py"
    )
