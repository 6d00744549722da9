"""Events that applications send: a video of an answer was shown, opened, or watched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from releases.experiments.logs import Event
from serving.api.models import Moment

__all__ = ["Accepted", "Events"]

EVENTS_MOST = 1_000
DAY_S = 86_400


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    request_id: UUID = Field(description="of the answer that the video stood in")
    video_id: UUID
    happened_at: Moment | None = Field(None, description="now, if it is left out")

    def _event(self, *, clicked: bool = False, dwell_s: float | None = None) -> Event:
        at = self.happened_at or datetime.now(UTC)
        return Event(str(self.request_id), str(self.video_id), at, clicked, dwell_s)


class Exposure(_Sent):
    """The video was shown."""

    kind: Literal["exposure"]

    def event(self) -> Event:
        """Neither clicked nor dwelt on."""
        return self._event()


class Click(_Sent):
    """The video was opened."""

    kind: Literal["click"]

    def event(self) -> Event:
        """Clicked."""
        return self._event(clicked=True)


class Dwell(_Sent):
    """Time was spent with the video; the longest of several counts."""

    kind: Literal["dwell"]
    dwell_s: float = Field(ge=0, le=DAY_S, description="seconds")

    def event(self) -> Event:
        """Dwelt on."""
        return self._event(dwell_s=self.dwell_s)


Sent = Annotated[Exposure | Click | Dwell, Field(discriminator="kind")]


class Events(BaseModel):
    """Events of one or several answers; one that is sent again changes nothing."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    events: list[Sent] = Field(min_length=1, max_length=EVENTS_MOST)


class Accepted(BaseModel):
    """How many events were kept."""

    accepted: int
