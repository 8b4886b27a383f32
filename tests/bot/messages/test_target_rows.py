"""Rows about targets name what the title does not."""

from __future__ import annotations

from bot.messages.target_rows import ended_table, planned_list, planned_table
from bot.refs import ModelRef
from bot.requests.request import Target, TargetState

NOW = 1_767_225_600.0
FLUX, OLD = ModelRef("acme", "flux"), ModelRef("acme", "old")


def versions(ref: ModelRef, count: int, state: TargetState = TargetState.PLANNED) -> list[Target]:
    return [Target(n, ref, f"{n:064}", NOW, state=state) for n in range(count)]


def test_rows_of_one_model_do_not_repeat_its_name() -> None:
    """Versions of one model, which the title names, are rows of ids; those of several have their models' names."""
    assert "|000000000000> · made" in planned_table(versions(FLUX, 2)).forms[0]
    assert "|acme/old:000000000000> · made" in planned_table([*versions(FLUX, 1), *versions(OLD, 1)]).forms[0]


def test_an_outcome_that_all_share_is_no_column() -> None:
    """Where all were deleted the headline says it, and the rows do not."""
    assert "deleted" not in ended_table(versions(FLUX, 2, TargetState.DELETED)).forms[0]
    mixed = [*versions(FLUX, 1, TargetState.DELETED), *versions(OLD, 1, TargetState.FAILED)]
    assert [line.rpartition(" · ")[2] for line in ended_table(mixed).forms[0].splitlines()] == ["failed", "deleted"]


def test_a_window_has_the_same_lines() -> None:
    """A window, which takes no table, has the lines of text, models first."""
    lines = planned_list([*versions(FLUX, 2), Target(2, FLUX)]).forms[0].splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("|acme/flux>")
