"""Which nodes of a run would take an earlier result, by the rules of TFX's cache and ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.example_gen.filled import filled
from components.moment.cut import Cut
from pipeline.beam import beam_digest
from pipeline.code_hash import code_hash
from pipeline.plan.nodes import BEAM, COMPUTING, ON_BEAM, READER, digests, readings
from pipeline.plan.past import Earlier
from pipeline.settings import Settings
from releases.registry import Pointer

__all__ = ["Now", "as_of", "cached_nodes"]


@dataclass(frozen=True)
class Now:
    """What decides the results of a run that would begin now.

    Attributes:
        readers: by reader, the properties that an earlier reading must have had.
        digests: by other node, of its parameters.
        live: the pointer row.
        warm_start: whether the fit takes the weights of an earlier release.
        beam: hash of Beam's arguments; empty for the usual ones.
    """

    readers: Mapping[str, Mapping[str, str]]
    digests: Mapping[str, str]
    live: Pointer
    warm_start: bool
    beam: str = ""


def as_of(cut: Cut, live: Pointer, settings: Settings) -> Now:
    """The same by what is in the database, in the settings and in the sources."""
    code, readers = code_hash(READER), {}
    for name, reading in readings(settings).items():
        texts = filled(reading, cut)
        readers[name] = {
            "reading": reading.to_json(), "code": code, "queries": texts.queries,
            "windows": texts.windows, "input_fingerprint": texts.fingerprint,
        }  # fmt: skip
    return Now(readers, digests(settings), live, settings.warm_start, beam_digest(settings))


def cached_nodes(now: Now, earlier: Sequence[Earlier]) -> set[str]:
    """Readers and computing nodes with an earlier result.

    Args:
        now: what decides the results.
        earlier: the newest run first.
    """
    names = (*now.readers, *COMPUTING)
    return {
        name
        for name in names
        if any(_matches(name, now, earlier, place) for place in range(len(earlier)))
    }


def _matches(name: str, now: Now, earlier: Sequence[Earlier], place: int) -> bool:
    """Whether the node had the same parameters and inputs in the run at this place."""
    run = earlier[place]
    if name not in run.nodes or (name in ON_BEAM and run.digests.get(BEAM, "") != now.beam):
        return False
    if name in now.readers:
        return now.readers[name].items() <= run.nodes[name].properties.items()
    node = COMPUTING[name]
    return (
        run.digests.get(name) == now.digests[name]
        and all(_matches(one, now, earlier, place) for one in node.inputs)
        and (not node.after or _is_newest(node.after, now, earlier, place))
        and (not (node.warm and now.warm_start) or _is_newest("Decisions", now, earlier, place))
        and (not node.live or run.baseline == _live_beside(run, now, earlier))
    )


def _is_newest(name: str, now: Now, earlier: Sequence[Earlier], place: int) -> bool:
    """Whether no newer run has made another result, which a resolver would find instead."""
    newer = (at for at in range(place) if name in earlier[at].nodes)
    return all(_matches(name, now, earlier, at) for at in newer)


def _live_beside(run: Earlier, now: Now, earlier: Sequence[Earlier]) -> str:
    """The live version that a candidate is compared with: never the candidate itself."""
    pointer = now.live
    wanted = pointer.previous if pointer.version == run.version else pointer.version
    return wanted if wanted in {one.version for one in earlier} else ""
