"""Which requests or entries of the audit trail are asked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.refs import may_be_beginning
from bot.requests.request import Event, State

UNDONE = "undone"
"""The state of an undone request as people know it: it is stored as `withdrawn`, with who undid it."""

STATES = (*(state.value for state in State if state is not State.DRAFT), UNDONE)
"""The states by which requests can be asked for. A draft is no request yet."""


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """Models by their owner and name, and versions of them by the beginning of their ids.

    `owner` and `name` are globs in which capitals do not matter; without a `*` or a range they are names. `version` is
    empty for the model itself and all its versions.
    """

    owner: str
    name: str
    version: str = ""

    @property
    def version_is_prefix(self) -> bool:
        """Whether other characters may follow those of `version`: it is hexadecimal, and no other kind of id."""
        return may_be_beginning(self.version)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What a request and an entry have to be, all of it together.

    `request`, `model` and `states` are about the request; its state is that of today. `user`, `events`, `since` and
    `until` are about entries. `since` is the first moment and `until` the first that is too late, in seconds since 1970
    by the database's clock. A request is asked for if one of its entries is all that.
    """

    request: str | None = None
    model: ModelFilter | None = None
    states: Sequence[str] = ()
    user: str | None = None
    events: Sequence[Event] = ()
    since: float | None = None
    until: float | None = None

    @property
    def is_about_entries(self) -> bool:
        """Whether a request is asked for by one of its entries."""
        return bool(self.user or self.events) or self.since is not None or self.until is not None

    @property
    def is_about_requests(self) -> bool:
        """Whether an entry is asked for by what its request is like."""
        return self.model is not None or bool(self.states)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.request or self.is_about_entries or self.is_about_requests)


EVERYTHING = AuditFilter()
"""Leaves nothing out."""
