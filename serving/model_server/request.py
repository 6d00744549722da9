"""The body of a predict request -> named tensors; row (`instances`) or columnar (`inputs`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from serving.model_server.json_text import shown
from serving.model_server.status import StatusError, invalid
from serving.model_server.tensors import Tensor, is_base64, to_tensor

__all__ = ["Form", "named_tensors", "signature_name"]

Form = Literal["row", "columnar"]
Body = dict[str, object]
_DEFAULT = "serving_default"


def signature_name(root: object) -> str:
    """The name of the signature that the JSON document `root` requests.

    Raises:
        StatusError: the document is not an object, or the name not a string.
    """
    if not isinstance(root, dict):
        raise invalid(f"JSON Value: {shown(root)} Is not object")
    name = root.get("signature_name", _DEFAULT)
    if not isinstance(name, str):
        what = "not formatted correctly. 'signature_name' key must be a string value."
        raise invalid(f"JSON Value: {shown(root)} {what}")
    return name or _DEFAULT


def named_tensors(root: Body, dtypes: Mapping[str, str]) -> tuple[Form, dict[str, Tensor]]:
    """The tensors of a request.

    Args:
        root: the JSON document.
        dtypes: input name -> dtype.

    Returns:
        The request's form, and one tensor for each name in `dtypes`.

    Raises:
        StatusError: the document does not contain exactly these tensors.
    """
    match "instances" in root, "inputs" in root:
        case True, True:
            what = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys"
            raise invalid(f"JSON Value: {shown(root)} {what} to exist ")
        case True, False:
            return "row", _rows(root, dtypes)
        case False, True:
            return "columnar", _columns(root["inputs"], dtypes)
        case _:
            raise invalid("Missing 'inputs' or 'instances' key")


def _columns(inputs: object, dtypes: Mapping[str, str]) -> dict[str, Tensor]:
    if isinstance(inputs, dict) and not (len(dtypes) == 1 and is_base64(inputs)):
        for name in dtypes:
            if name not in inputs:
                raise invalid(f"Missing named input: {name} in 'inputs' object.")
        return {name: to_tensor(inputs[name], dtype) for name, dtype in dtypes.items()}
    if len(dtypes) > 1:
        raise _plain("inputs is a plain value/list, but expecting an object")
    return {name: to_tensor(inputs, dtype) for name, dtype in dtypes.items()}


def _rows(root: Body, dtypes: Mapping[str, str]) -> dict[str, Tensor]:
    instances = root["instances"]
    if not isinstance(instances, list):
        raise invalid(f"JSON Value: {shown(root)} Expecting 'instances' to be an list/array")
    if not instances:
        raise invalid(f"JSON Value: {shown(root)} No values in 'instances' array")
    if _is_named(instances[0]):
        _check_named(instances, dtypes)
        return {
            name: _stacked([row[name] for row in instances], dtype, f" key: {name}")
            for name, dtype in dtypes.items()
        }
    if len(dtypes) > 1:
        raise _plain("instances is a plain list, but expecting list of objects")
    _check_plain(instances)
    return {name: _stacked(instances, dtype, "") for name, dtype in dtypes.items()}


def _stacked(values: list[object], dtype: str, key: str) -> Tensor:
    """The rows as one tensor; every failure is a 400, including an unknown dtype."""
    try:
        return to_tensor(values, dtype)
    except StatusError as error:
        row, message = _first_fault(values, dtype) or (0, error.message)
        raise invalid(
            f"Failed to process element: {row}{key} of 'instances' list. "
            f"Error: INVALID_ARGUMENT: {message}"
        ) from error


def _first_fault(values: list[object], dtype: str) -> tuple[int, str] | None:
    """Index and error of the first row that is no tensor, or differs in shape from the first."""
    wanted: tuple[int, ...] | None = None
    for row, value in enumerate(values):
        try:
            shape = to_tensor(value, dtype).shape
        except StatusError as error:
            return row, error.message
        wanted = shape if wanted is None else wanted
        if shape != wanted:
            return row, _other_shape(wanted, shape)
    return None


def _other_shape(wanted: tuple[int, ...], got: tuple[int, ...]) -> str:
    sizes = math.prod(wanted), math.prod(got)
    if sizes[0] != sizes[1]:
        return f"Expecting tensor size: {sizes[0]} but got: {sizes[1]}"
    texts = (f"[{','.join(map(str, shape))}]" for shape in (wanted, got))
    return "Expecting shape {} but got: {}".format(*texts)


def _is_named(row: object) -> bool:
    return isinstance(row, dict) and not is_base64(row)


def _check_named(instances: list[object], dtypes: Mapping[str, str]) -> None:
    for i, row in enumerate(instances):
        if not isinstance(row, dict):
            raise invalid(f"Expecting object but got list at item {i} of input list")
        for key in row:
            if key not in dtypes:
                raise invalid(
                    f"Failed to process element: {i} key: {key} of 'instances' list. "
                    f"Error: INVALID_ARGUMENT: JSON object: does not have named input: {key}"
                )
        if len(row) != len(dtypes):
            raise invalid(
                f"Failed to process element: {i} of 'instances' list. "
                f"JSON object: {shown(row)} keys must be equal to: {','.join(dtypes)}"
            )


def _check_plain(instances: list[object]) -> None:
    for i, row in enumerate(instances):
        if _is_named(row):
            raise invalid(f"Expecting value/list but got object at item {i} of input list")


def _plain(what: str) -> StatusError:
    return invalid(f"{what} as multiple input tensors required as per tensorinfo_map")
