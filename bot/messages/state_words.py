"""The states of requests and targets in words, and how many targets there are in each. Pure.

It needs none of Slack's blocks, so the command line uses it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.requests.request import Request, State, Target, TargetState

_SHORT_STATE = {
    TargetState.PLANNED: "to do",
    TargetState.ACCEPTED: "being deleted",
    TargetState.DELETED: "deleted",
    TargetState.ALREADY_GONE: "already deleted before we got to it",
    TargetState.REFUSED: "refused by Replicate",
    TargetState.FAILED: "failed",
    TargetState.SKIPPED: "skipped",
    TargetState.NOT_REACHED: "not deleted",
    TargetState.KEPT: "kept",
}

_REST = {
    TargetState.ALREADY_GONE: "{} already gone",
    TargetState.REFUSED: "Replicate refused {}",
    TargetState.FAILED: "{} failed",
    TargetState.SKIPPED: "{} skipped",
    TargetState.KEPT: "{} kept",
    TargetState.ACCEPTED: "{} being deleted",
    TargetState.PLANNED: "{} to do",
}
"""What the summary of a result says of targets that the bot did not delete, in this order."""

NOT_DELETED = (TargetState.REFUSED, TargetState.FAILED, TargetState.NOT_REACHED, TargetState.SKIPPED)
"""End states without a deletion, the most urgent first."""

_TALLIED = sorted(TargetState, key=lambda state: (not state.is_end, state is TargetState.PLANNED))
"""All states, those in which targets end first."""

NO_TARGETS = "nothing, as the list of what to delete is missing from the bot's database"
"""Title of a request whose targets are missing from the database; no DELETE is sent for it."""


def state_told(request: Request) -> str:
    """Return the state of a request as people know it.

    One that was undone is stored as withdrawn, and one that a restore ended as expired.
    """
    if request.restored_to is not None and request.state is State.EXPIRED:
        return "ended by a restore"
    return "undone" if request.undone_by else request.state


def state_named(state: TargetState) -> str:
    """Return the words for a target's state."""
    return _SHORT_STATE[state]


def tally(counts: Mapping[TargetState, int]) -> str:
    """Return the number of targets in each state: `2 deleted, 1 refused by Replicate`."""
    present = [f"{counts[state]:,} {_SHORT_STATE[state]}" for state in _TALLIED if counts.get(state)]
    return ", ".join(present) or NO_TARGETS


def outcome(counts: Mapping[TargetState, int]) -> str:
    """Return what became of all targets: `Deleted 1 of 3; Replicate refused 1, 1 failed`."""
    total = sum(counts.values())
    if not total:
        return f"Deleted {NO_TARGETS}"
    if is_all_kept(counts):
        return f"Nothing was deleted: {counts[TargetState.KEPT]:,} kept"
    rest = [words.format(f"{counts[state]:,}") for state, words in _REST.items() if counts.get(state)]
    return f"Deleted {counts.get(TargetState.DELETED, 0):,} of {total:,}" + (f"; {', '.join(rest)}" if rest else "")


def is_all_kept(counts: Mapping[TargetState, int]) -> bool:
    """Return whether a request ended because everything in it is kept, or stays with what is."""
    stays = counts.get(TargetState.KEPT, 0) + counts.get(TargetState.SKIPPED, 0)
    return counts.get(TargetState.KEPT, 0) > 0 and stays == sum(counts.values())


def not_deleted(counts: Mapping[TargetState, int]) -> int:
    """Return how many targets are still there, as far as is known."""
    return sum(counts.get(state, 0) for state in NOT_DELETED)


def most_urgent_first(targets: Iterable[Target]) -> list[Target]:
    """Return the targets sorted by how urgent their outcome is, in the order of `NOT_DELETED`."""
    return sorted(targets, key=lambda t: NOT_DELETED.index(t.state) if t.state in NOT_DELETED else len(NOT_DELETED))
