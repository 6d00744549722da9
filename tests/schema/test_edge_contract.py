"""contract.ts of the edge function is what the table of features and the queries give."""

from __future__ import annotations

from schema.edge_contract import CONTRACT, contract


def test_the_committed_file_is_the_generated_one() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == contract(), "run `make schema`"


def test_values_are_numbered_and_placeholders_are_known() -> None:
    text = contract()
    assert "%(" not in text
    open_ones = {"until", "vectors"}
    for found in text.partition("export")[2].split("{")[1:]:
        name = found.partition("}")[0]
        if name.isidentifier():
            assert name in open_ones or name.startswith(("once_", "order_")), name
