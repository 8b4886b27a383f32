"""A request's full list, as CSV and as text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.csv_escaping import csv_row
from bot.messages.full_list import MANY_PAGES, MAX_PAGE_CHARS, csv_list, file_name, introduction, text_pages
from bot.refs import ModelRef
from bot.requests.left_out import LeftOut
from bot.requests.policy import Approvers
from bot.requests.request import MAX_VERSIONS, ListKind, Request, State, Target, TargetState
from bot.requests.run_facts import RunFacts, RunReach, TargetFacts
from bot.requests.terms import Terms
from bot.untrusted_text import escape, on_one_line

FLUX = ModelRef("acme", "flux")
MADE = 1_700_000_000.0


def version(position: int, **changes: object) -> Target:
    target = Target(position, FLUX, f"{position:064x}", MADE, is_latest=position == 0)
    return replace(target, **changes)  # type: ignore[arg-type]  # typed by their names


def request_for(targets: list[Target]) -> Request:
    return Request(
        id="R-7KQ2M",
        state=State.AWAITING,
        requester="UANA",
        team_id="T1",
        origin_channel="C1",
        account="acme",
        terms=Terms(1, Approvers(everyone=True), self_approval=False),
        digest="",
        created_at=0.0,
        expires_at=1.0,
        counts=Counter(target.state for target in targets),
    )


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_planned_list_has_a_row_for_each_target() -> None:
    """The list of what would be deleted has a row for each target, with its whole id, its date and its link."""
    targets = [version(0), version(1), Target(2, ModelRef("acme", "old"))]
    first, _, model = rows(csv_list(request_for(targets), ListKind.PLANNED, targets))
    assert first == {
        "position": "1",
        "owner": "acme",
        "model": "flux",
        "version": "0" * 64,
        "created": "2023-11-14T22:13:20Z",
        "latest": "yes",
        "link": f"https://replicate.com/acme/flux/versions/{'0' * 64}",
        "state": "planned",
        "reason": "",
        "last run": "",
        "runs": "",
    }
    assert model == {
        "position": "3",
        "owner": "acme",
        "model": "old",
        "version": "",
        "created": "",
        "latest": "",
        "link": "https://replicate.com/acme/old",
        "state": "planned",
        "reason": "",
        "last run": "",
        "runs": "",
    }


def test_the_result_list_adds_each_state_and_its_reason() -> None:
    """The list of what became of each target adds its state and Replicate's words, in the request's order."""
    targets = [version(0, state=TargetState.DELETED), version(1, state=TargetState.REFUSED, reason="Überall, sagt er")]
    told = [
        (row["position"], row["state"], row["reason"])
        for row in rows(csv_list(request_for(targets), ListKind.RESULT, targets))
    ]
    assert told == [("1", "deleted", ""), ("2", "refused", "Überall, sagt er")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_formulas_in_list_cells_begin_with_an_apostrophe(start: str) -> None:
    """Words that a spreadsheet would take for a formula begin with an apostrophe."""
    reason = f'{start}HYPERLINK("https://evil.test")'
    (row,) = csv.reader(io.StringIO(csv_row(["a", reason, None]), newline=""))
    assert row == ["a", f"'{as_printed(reason)}", ""]


def as_printed(text: str) -> str:
    """Return text as a cell has it: control characters but newlines are written out."""
    return "\n".join(on_one_line(line) for line in text.split("\n"))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_each_reason_comes_back_whole_from_the_csv(reasons: list[str]) -> None:
    """Whatever Replicate says, each reason comes back whole from the CSV, and none is a formula."""
    targets = [version(n, state=TargetState.FAILED, reason=reason) for n, reason in enumerate(reasons)]
    text = csv_list(request_for(targets), ListKind.RESULT, targets)
    read = [row["reason"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert [cell.removeprefix("'") for cell in read] == [as_printed(reason).removeprefix("'") for reason in reasons]
    assert not [cell for cell in read if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def named(pages: list[str]) -> list[str]:
    """Return what the pages name, each version with its model."""
    found: list[str] = []
    before = ""
    for line in "\n".join(pages).splitlines():
        if heading := re.match(r"\*[^*]+\*, (?:versions of `(.+?)`|models):", line):
            before = f"{heading[1]}:" if heading[1] else ""
        elif line.startswith("`"):
            found.append(before + line.split("`")[1])
    return found


@pytest.mark.parametrize("kind", ListKind)
@pytest.mark.parametrize("count", [13, 300, MAX_VERSIONS])
def test_pages_hold_every_target(kind: ListKind, count: int) -> None:
    """Text in pages names every target once, by its whole id, on pages that Slack takes whole."""
    targets = [*(version(n) for n in range(count)), Target(count, FLUX), Target(count + 1, ModelRef("acme", "old"))]
    pages = text_pages(request_for(targets), kind, targets)
    assert sorted(named(pages)) == sorted(str(target) for target in targets)
    assert max(map(len, pages)) <= MAX_PAGE_CHARS
    assert len(pages) <= MANY_PAGES
    assert [page.splitlines()[0] for page in pages] == [
        f"*R-7KQ2M, {kind.value}*, page {number} of {len(pages)}" for number in range(1, len(pages) + 1)
    ]


@pytest.mark.parametrize("reason", ["", "no " * 500, "<" * 400, "a\nb", "{n} & more"])
def test_long_reasons_are_cut_before_any_target(reason: str) -> None:
    """Whatever Replicate says of how many, a result in pages names every target, and gives up words before that."""
    targets = [version(n, state=TargetState.FAILED, reason=reason.format(n=n) * 9) for n in range(MAX_VERSIONS)]
    pages = text_pages(request_for(targets), ListKind.RESULT, targets)
    assert len(named(pages)) == MAX_VERSIONS
    assert max(map(len, pages)) <= MAX_PAGE_CHARS
    assert len(pages) <= MANY_PAGES


def test_a_list_that_fits_is_one_page() -> None:
    """A list that fits into one page is one page, with its model's name once, and the date of each version."""
    targets = [version(n) for n in range(13)]
    (page,) = text_pages(request_for(targets), ListKind.PLANNED, targets)
    head, of, first, second, *_ = page.splitlines()
    assert head == "*R-7KQ2M, targets*, page 1 of 1"
    assert of == "*To be deleted*, versions of `acme/flux`:"
    assert first == f"`{'0' * 64}`, made 2023-11-14, *latest*"
    assert second.endswith("`, made 2023-11-14")
    assert page.count("acme/flux") == 1


def test_the_planned_list_is_the_same_after_deletions() -> None:
    """What was planned reads the same once some of it is deleted, so that pages posted later fit to the first."""
    planned = [version(n) for n in range(200)]
    begun = [replace(target, state=TargetState.DELETED) if target.position < 50 else target for target in planned]
    for told in (text_pages, csv_list):
        assert told(request_for(planned), ListKind.PLANNED, planned) == told(
            request_for(begun), ListKind.PLANNED, begun
        )


def test_result_pages_begin_with_refused_and_failed_targets() -> None:
    """A result in pages begins with what was refused and failed, and shows Replicate's words as words."""
    targets = [version(n, state=TargetState.DELETED) for n in range(13)]
    targets[3] = version(3, state=TargetState.SKIPPED, reason="deployed since")
    targets[5] = version(5, state=TargetState.FAILED, reason="503")
    targets[7] = version(7, state=TargetState.REFUSED, reason="in use <!channel>")
    (page,) = text_pages(request_for(targets), ListKind.RESULT, targets)
    lines = page.splitlines()
    assert lines[1] == f"*Refused by Replicate*, versions of `acme/flux`: “{escape('in use <!channel>')}”"
    assert lines[2] == f"`{targets[7].version_id}`"
    assert [line.split("*")[1] for line in lines[1:] if line.startswith("*")] == [
        "Refused by Replicate",
        "Failed",
        "Skipped",
        "Deleted",
    ]


LEFT_OUT = (
    LeftOut(
        "acme/flux",
        "used by deployments",
        "Point those elsewhere",
        tuple((f"{n:064x}", f"acme/live-{n}") for n in range(900, 930)),
    ),
    LeftOut(
        "acme/flux", "among the newest, which `--keep 40` keeps", "", tuple((f"{n:064x}", "") for n in range(930, 970))
    ),
    LeftOut(f"acme/flux:{'e' * 64}", "it is the base of the training t1", "It has to stay"),
    LeftOut("acme/old", "it still has 2 versions"),
)


def test_the_file_names_everything_that_is_left_out() -> None:
    """The planned file ends with a row for each thing that is left out, with why; the result has none of them."""
    targets = [version(n) for n in range(5)]
    request = replace(request_for(targets), left_out=LEFT_OUT)
    planned = rows(csv_list(request, ListKind.PLANNED, targets))
    assert [row["state"] for row in planned] == ["planned"] * 5 + ["not part of this"] * 72
    assert [row["version"] for row in planned[5:75]] == [f"{n:064x}" for n in range(900, 970)]
    assert planned[5]["reason"] == "acme/live-900: used by deployments. Point those elsewhere."
    assert (planned[-2]["version"], planned[-2]["reason"]) == (
        "e" * 64,
        "it is the base of the training t1. It has to stay.",
    )
    assert (planned[-1]["owner"], planned[-1]["model"], planned[-1]["version"]) == ("acme", "old", "")
    assert len(rows(csv_list(request, ListKind.RESULT, targets))) == 5


def test_the_pages_name_everything_that_is_left_out() -> None:
    """The planned list in pages names, after what would be deleted, each thing that is left out below its reason."""
    targets = [version(n) for n in range(5)]
    pages = text_pages(replace(request_for(targets), left_out=LEFT_OUT), ListKind.PLANNED, targets)
    assert named(pages)[5:] == [what for left in LEFT_OUT for what, _ in left.one_by_one()]
    told = "\n".join(pages)
    assert "*Not part of this*, versions of `acme/flux`: used by deployments. Point those elsewhere.\n" in told
    assert f"`{900:064x}` (acme/live-900)\n" in told
    assert "*Not part of this*, models: it still has 2 versions.\n`acme/old`" in told


def test_long_reasons_and_notes_keep_pages_within_the_limit() -> None:
    """However long reasons and notes are, a page stays within Slack's limit and shows them as words."""
    left_out = (LeftOut("acme/flux", "<&>" * 900, "", tuple((f"{n:064x}", "&" * 80) for n in range(200))),)
    targets = [version(0)]
    pages = text_pages(replace(request_for(targets), left_out=left_out), ListKind.PLANNED, targets)
    assert max(map(len, pages)) <= MAX_PAGE_CHARS
    assert len(named(pages)) == 201
    assert "<" not in "".join(pages)


def test_file_name_and_comment_name_the_request() -> None:
    """A file and the line beside it name the request and say what the list tells."""
    targets = [version(n, state=TargetState.DELETED) for n in range(13)]
    request = request_for(targets)
    assert file_name(request, ListKind.PLANNED) == "R-7KQ2M-targets.csv"
    assert file_name(request, ListKind.RESULT) == "R-7KQ2M-result.csv"
    assert "13 versions of `acme/flux`" in introduction(request, ListKind.PLANNED, targets)
    assert "13 deleted" in introduction(request, ListKind.RESULT, targets)
    more = introduction(replace(request, left_out=LEFT_OUT), ListKind.PLANNED, targets)
    assert more.endswith("what this request is about, and of 72 more that were asked for and are not part of it.")


@pytest.mark.parametrize("kind", ListKind)
def test_a_list_of_nothing_is_one_page_that_says_so(kind: ListKind) -> None:
    """A request whose targets are missing from the database has a list of one page, which says that."""
    [page] = text_pages(request_for([]), kind, [])
    assert "the list of what to delete is missing from the bot's database" in page


def test_the_planned_list_tells_last_runs() -> None:
    """Where it is known, the file and the window say of each target when it was last run, and how often."""
    targets = [version(0), version(1)]
    facts = RunFacts(RunReach(MADE, is_complete=True, runs_seen=3), {0: TargetFacts(MADE + 60, 3)})
    first, second = rows(csv_list(request_for(targets), ListKind.PLANNED, targets, facts))
    assert (first["last run"], first["runs"]) == ("2023-11-14T22:14:20Z", "3")
    assert (second["last run"], second["runs"]) == ("", "")
    [page] = text_pages(request_for(targets), ListKind.PLANNED, targets, facts)
    assert "last run 2023-11-14> (3 runs)" in page or "last run 2023-11-14 22:14 UTC> (3 runs)" in page
    assert page.endswith(", never run")
