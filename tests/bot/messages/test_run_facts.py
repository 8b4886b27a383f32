"""When targets were last run, and what models are for, in words."""

from __future__ import annotations

from dataclasses import replace

from bot.messages.buttons import approve_button
from bot.messages.card import request_card
from bot.messages.run_facts import how_far_known, models_described, planned, run_lately, run_lately_in_dialog
from bot.messages.table import Table
from bot.messages.wording import title
from bot.refs import ModelRef
from bot.requests.request import State, Target
from bot.requests.run_facts import NOT_KNOWN, RunFacts, RunReach, TargetFacts
from bot.requests.terms import Terms
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import findings_in

DAY = 86_400.0
FLUX = ModelRef("acme", "flux")
V = tuple(Target(n, FLUX, f"{n:064}", NOW - 90 * DAY) for n in range(14))
MODEL = Target(20, FLUX)
WHOLE = RunReach(NOW - 300 * DAY, is_complete=True, runs_seen=50)
PART = RunReach(NOW - 30 * DAY, is_complete=False, runs_seen=20_000)
BY_TWO = replace(WAITING, terms=Terms(2, WAITING.terms.approvers))


def rows_of(facts: RunFacts, *targets: Target) -> tuple[list[str], str]:
    """Return the lines of text, and the table's cells as JSON."""
    table = planned(BY_TWO, targets, facts)[0]
    assert isinstance(table, Table)
    shown = next(iter(table.blocks(table.forms[0])))
    assert findings_in([shown.to_dict()]) == []
    return table.forms[0].splitlines(), str(shown.to_dict())


def test_each_version_tells_its_last_run() -> None:
    """A run of this week is told as time gone by, an older one by its date, none with how far back is known."""
    facts = RunFacts(
        PART,
        {
            0: TargetFacts(NOW - 180, 12),
            1: TargetFacts(NOW - 8 * DAY, 1),
            3: TargetFacts(NOW - 9 * DAY, 1, hidden_run_at=NOW - DAY),
        },
    )
    lines, cells = rows_of(facts, *V[:4])
    assert f"<!date^{int(NOW - 180)}^last run {{ago}}|last run 2025-12-31 23:57 UTC> (12 runs)" in lines[0]
    assert "^last run {date_short}|last run 2025-12-24> (1 run)" in lines[1]
    assert "^not run since {date_short}|not run since 2025-12-02>" in lines[2]
    assert "^maybe last run {date_short}|maybe last run 2025-12-31>" in lines[3]
    for words in ("'Last run'", "'{ago}'", "' (12 runs)'", "'not since {date_short}'", "'maybe {date_short}'"):
        assert words in cells


def test_a_version_that_was_never_run_says_so_only_where_all_is_known() -> None:
    """With all predictions read it was never run; with nothing read there is no such column at all."""
    lines, cells = rows_of(RunFacts(WHOLE), *V[:2])
    assert all(line.endswith("· never run") for line in lines)
    assert "'never'" in cells
    lines, cells = rows_of(NOT_KNOWN, *V[:2])
    assert "Last run" not in cells
    assert not any("run" in line for line in lines)


def test_how_far_runs_are_known() -> None:
    """It says how many predictions go, how many were read and since when, and from when on some may be missing."""
    assert how_far_known(V[:1], NOT_KNOWN) == "When this account last ran this is not known yet."
    runs = {0: TargetFacts(NOW, 1_204), 20: TargetFacts(NOW, 2_000)}
    assert how_far_known((V[0], MODEL), RunFacts(WHOLE, runs)) == (
        "1,204 predictions of this account go with these. "
        "Last runs are by this account, as far as all of its predictions show."
    )
    assert how_far_known(V[:2], RunFacts(PART)).endswith(
        f"as far as its last 20,000 predictions show (since <!date^{int(PART.since)}^{{date_short}}|2025-12-02>)."
    )
    late = RunFacts(replace(PART, missing_since=NOW - DAY))
    assert "Not all runs since <!date^" in how_far_known(V[:2], late)
    assert how_far_known(V[:2], late).endswith(" are known yet.")


def test_recent_runs_are_counted_in_words() -> None:
    """One, one of several and several are told apart, and so are versions and models."""
    recent = TargetFacts(NOW - 180, 1)
    one = RunFacts(PART, {0: recent, 20: recent})
    when = f"<!date^{int(NOW - 180)}^{{ago}}|2025-12-31 23:57 UTC>"
    assert run_lately(one.recent(V[:1], NOW)) == f"\n:warning: *This version was run within the last 7 days, {when}.*"
    assert run_lately(one.recent([MODEL], NOW)) == f"\n:warning: *This model was run within the last 7 days, {when}.*"
    assert "*1 of these versions was run within the last 7 days, <" in run_lately(one.recent(V[:3], NOW))
    several = RunFacts(PART, dict.fromkeys(range(2), recent))
    assert "*2 of these versions were run within the last 7 days, the last <" in run_lately(several.recent(V[:3], NOW))
    assert run_lately(NOT_KNOWN.recent(V[:3], NOW)) == ""


def test_a_dialog_says_it_first_and_names_what_is_deleted() -> None:
    """The longest dialog still names what is deleted, without the time where there is no room for it."""
    facts = RunFacts(PART, dict.fromkeys(range(14), TargetFacts(NOW - 180, 1)))
    first = run_lately_in_dialog(facts.recent(V, NOW))
    for what in (title(V), title([replace(t, ref=ModelRef("acme", "m" * 60)) for t in V])):
        button = approve_button(BY_TWO, what, 6, first=first).to_dict()
        said = button["confirm"]["text"]["text"]
        assert said.startswith("14 of these versions were run within the last 7 days")
        assert what in said
        assert len(said) <= 300
    assert "<!date^" not in said
    assert run_lately_in_dialog(NOT_KNOWN.recent(V, NOW)) == ()


def test_models_are_described_as_room_allows() -> None:
    """Descriptions are quoted and cut, and go first; of more than twelve models the others are counted."""
    about = TargetFacts(description="Draws <cats> " * 30, run_count=1, versions=1)
    [line] = [models_described([MODEL], RunFacts(None, {20: about}))]
    assert not isinstance(line, str)
    assert line.forms[0].startswith("`acme/flux`: “Draws &lt;cats&gt;")
    assert line.forms[0].endswith(" …”, 1 version, 1 run in all")
    assert line.forms[-2:] == ("`acme/flux`: 1 version, 1 run in all", "")
    many = [Target(n, ModelRef("acme", f"m{n}")) for n in range(14)]
    told = models_described(many, RunFacts(None, dict.fromkeys(range(14), about)))
    assert not isinstance(told, str)
    assert told.forms[0].endswith("\n• … and 2 more models")
    assert models_described([*V, MODEL], NOT_KNOWN) == ""


def test_facts_are_told_while_a_request_waits() -> None:
    """Once it is decided, a card tells what became of each target instead."""
    facts = RunFacts(PART, {0: TargetFacts(NOW - 180, 12)})
    waiting = request_card(BY_TWO, V[:2], now=NOW, facts=facts)
    assert findings_in(list(waiting.blocks)) == []
    assert "last run" in waiting.text
    withdrawn = request_card(replace(BY_TWO, state=State.WITHDRAWN), V[:2], now=NOW, facts=facts)
    assert "last run" not in withdrawn.text
    assert ":warning:" not in withdrawn.text
