"""The checkboxes as they were drawn, and what a person has ticked in them since. Pure.

Each drawing has a number, which is part of the `block_id` of its checkboxes, so that what Slack tells about boxes
says which drawing it is about. When a view is updated, Slack keeps what a person has entered where `block_id` and
`action_id` stay the same, and takes no notice of new `initial_options`; with another `block_id` it begins with those
(https://docs.slack.dev/reference/methods/views.update, "Preserving input entry";
https://github.com/slackapi/bolt-js/issues/290, https://github.com/slackapi/bolt-python/issues/572). So a drawing keeps
its number while only the person changes it, and a new one is made whenever the bot does.

What Slack tells may arrive out of order, twice, or after the bot has drawn other boxes. It is therefore compared with
what was last known of the same drawing, and only the difference is applied to the selection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

KEPT = 20
"""How many drawings are remembered: more than anybody can be behind."""


_MAX_VALUE_CHARS = 150


def box_value(version_id: str) -> str:
    """Return the value of a version's checkbox: its id, as far as an option's value can hold it.

    See https://docs.slack.dev/reference/block-kit/composition-objects/option-object.
    """
    return version_id[:_MAX_VALUE_CHARS]


@dataclass(frozen=True, slots=True)
class Ticks:
    """The values of all boxes that were ticked in one drawing.

    `at` is Slack's time of the act that told it (`action_ts`), in seconds since 1970; None for a submission, whose
    payload has no time: nothing in the window follows it.
    """

    drawing: int
    values: frozenset[str]
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """The checkboxes of one page: the versions that they stand for, and those ticked as far as the bot was told.

    `told_at` is Slack's time of the newest act by which it was told.
    """

    number: int
    version_ids: tuple[str, ...]
    ticked: frozenset[str]
    told_at: float = 0.0

    def is_news(self, ticks: Ticks) -> bool:
        """Return whether these ticks are of this drawing, and not older than what is known of it."""
        return ticks.drawing == self.number and (ticks.at is None or ticks.at >= self.told_at)

    def told(self, ticks: Ticks) -> Drawing:
        """Return the drawing once these ticks are known."""
        ticked = (version_id for version_id in self.version_ids if box_value(version_id) in ticks.values)
        return replace(self, ticked=frozenset(ticked), told_at=max(self.told_at, ticks.at or 0.0))


def selection_after(picked: frozenset[str], before: Drawing, after: Drawing) -> frozenset[str]:
    """Return the selection with what was ticked, and without what was unticked, between two states of a drawing."""
    return (picked | (after.ticked - before.ticked)) - (before.ticked - after.ticked)


def next_drawing(
    drawings: Sequence[Drawing], version_ids: Sequence[str], picked: frozenset[str]
) -> tuple[Drawing, ...]:
    """Return the drawings with a new one of these versions in front, ticked as they are selected."""
    number = drawings[0].number + 1 if drawings else 1
    newest = Drawing(number, tuple(version_ids), picked.intersection(version_ids))
    return (newest, *drawings)[:KEPT]
