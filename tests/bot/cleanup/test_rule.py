"""What a cleanup rule refuses to be, and which models it is about."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import Every
from bot.refs import ModelPattern, ModelRef

RULE = CleanupRule(
    name="old experiments",
    models=(ModelPattern("acme", "Exp-*"), ModelRef("acme", "flux-portraits")),
    every=Every.parse("monday 09:00"),
    timezone=ZoneInfo("Europe/Berlin"),
    channel="C012AB3CD",
    owner="U012AB3CD",
    keep=5,
    older_than=30 * 86_400,
    unused_for=90 * 86_400,
)


def test_a_rule_selects_as_a_command_with_its_options_does() -> None:
    """What is set becomes the options of a command, and what is not set becomes none."""
    assert " ".join(map(str, RULE.selection)) == "--keep 5 --older-than 30d --unused-for 90d"
    assert " ".join(map(str, replace(RULE, keep=None, unused_for=None).selection)) == "--older-than 30d"


def test_a_rule_without_any_condition_is_refused() -> None:
    """A rule that would select every version is no rule."""
    with pytest.raises(ValueError, match="keep = 5"):
        replace(RULE, keep=None, older_than=None, unused_for=None)


@pytest.mark.parametrize("models", [(), (ModelRef("acme", "a"), ModelRef("other", "b"))])
def test_a_rule_is_about_the_models_of_one_owner(models: tuple[ModelRef, ...]) -> None:
    """A rule without models, or with those of two owners, is refused, as a request is about one account."""
    with pytest.raises(ValueError, match="one owner"):
        replace(RULE, models=models)


def test_a_rule_covers_what_it_names_and_matches_whatever_the_capitals() -> None:
    """Names and patterns are compared without regard to case, and nothing else is covered."""
    covered = [name for name in ("EXP-1", "exp-", "Flux-Portraits", "flux", "my-exp-1") if RULE.covers(_model(name))]
    assert covered == ["EXP-1", "exp-", "Flux-Portraits"]


def test_the_words_of_a_schedule_name_its_zone() -> None:
    """Two schedules at the same local time in two zones differ."""
    assert RULE.schedule == "monday 09:00 Europe/Berlin"


def _model(name: str) -> ModelRef:
    return ModelRef("Acme", name)
