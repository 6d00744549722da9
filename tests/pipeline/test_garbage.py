"""What is made in a block without collection stays out of later collections."""

from __future__ import annotations

import gc

import pytest

from pipeline.garbage import uncollected


def test_objects_of_the_block_are_frozen_and_collection_goes_on() -> None:
    before = gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
        made = [[] for _ in range(1000)]
    try:
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(made)
    finally:
        gc.unfreeze()


def test_collection_goes_on_after_an_error() -> None:
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    gc.unfreeze()
    assert gc.isenabled()
