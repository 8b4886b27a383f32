"""A request's full list, as CSV and as text."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lists import LONGEST_PAGE, MOST_PAGES, ListKind, csv_list, file_name, introduction, text_pages
from bot.message import escape
from bot.policy import Approvers, Terms
from bot.references import ModelRef
from bot.requests import MOST_VERSIONS, Request, State, Target, TargetState
from bot.spreadsheet import csv_row

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


def test_the_planned_list() -> None:
    """The list of what would be deleted has a row for each target, with its whole id, its date and its link."""
    targets = [version(0), version(1), Target(2, ModelRef("acme", "old"))]
    first, _, model = rows(csv_list(ListKind.PLANNED, targets))
    assert first == {
        "position": "1",
        "owner": "acme",
        "model": "flux",
        "version": "0" * 64,
        "created": "2023-11-14T22:13:20Z",
        "latest": "yes",
        "link": f"https://replicate.com/acme/flux/versions/{'0' * 64}",
    }
    assert model == {
        "position": "3",
        "owner": "acme",
        "model": "old",
        "version": "",
        "created": "",
        "latest": "",
        "link": "https://replicate.com/acme/old",
    }


def test_the_result_list() -> None:
    """The list of what became of each target adds its state and Replicate's words, in the request's order."""
    targets = [version(0, state=TargetState.DELETED), version(1, state=TargetState.REFUSED, reason="Überall, sagt er")]
    told = [(row["position"], row["state"], row["reason"]) for row in rows(csv_list(ListKind.RESULT, targets))]
    assert told == [("1", "deleted", ""), ("2", "refused", "Überall, sagt er")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    """Words that a spreadsheet would take for a formula begin with an apostrophe."""
    reason = f'{start}HYPERLINK("https://evil.test")'
    (row,) = csv.reader(io.StringIO(csv_row(["a", reason, None]), newline=""))
    assert row == ["a", f"'{reason}", ""]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_every_word_survives(reasons: list[str]) -> None:
    """Whatever Replicate says, each reason comes back whole from the CSV, and none is a formula."""
    targets = [version(n, state=TargetState.FAILED, reason=reason) for n, reason in enumerate(reasons)]
    text = csv_list(ListKind.RESULT, targets)
    read = [row["reason"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert [cell.removeprefix("'") for cell in read] == [reason.removeprefix("'") for reason in reasons]
    assert not [cell for cell in read if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


@pytest.mark.parametrize("kind", ListKind)
def test_pages_hold_every_target(kind: ListKind) -> None:
    """Text in pages names every target once, on pages that Slack takes whole."""
    targets = [version(n) for n in range(300)]
    pages = text_pages(request_for(targets), kind, targets)
    named = [line.split("`")[1] for page in pages for line in page.splitlines()[1:]]
    assert sorted(named) == sorted(str(target) for target in targets)
    assert max(map(len, pages)) <= LONGEST_PAGE
    assert pages[1].startswith(f"*R-7KQ2M, {kind.value}*, page 2 of {len(pages)}\n")


@pytest.mark.parametrize("reason", ["", "no " * 500, "<" * 400, "a\nb"])
def test_pages_are_bounded(reason: str) -> None:
    """The longest request takes no more pages than are allowed, none too long; the last says how to see the rest."""
    targets = [version(n, state=TargetState.FAILED, reason=reason) for n in range(MOST_VERSIONS)]
    pages = text_pages(request_for(targets), ListKind.RESULT, targets)
    assert len(pages) == MOST_PAGES
    assert max(map(len, pages)) <= LONGEST_PAGE
    shown = sum(len(page.splitlines()) - 1 for page in pages) - 1
    rest = f"… and {MOST_VERSIONS - shown:,} more. `python -m bot audit R-7KQ2M` lists all of them."
    assert pages[-1].splitlines()[-1] == rest


def test_one_page_says_so() -> None:
    """A list that fits into one page is one page, without a word about more."""
    targets = [version(n) for n in range(13)]
    (page,) = text_pages(request_for(targets), ListKind.PLANNED, targets)
    head, first, second, *_ = page.splitlines()
    assert head == "*R-7KQ2M, targets*, page 1 of 1"
    assert first == f"1. `acme/flux:{'0' * 64}`, made 2023-11-14T22:13:20Z, *the model's latest version*"
    assert second.endswith(", made 2023-11-14T22:13:20Z")


def test_what_stayed_comes_first() -> None:
    """A result in pages begins with what was not deleted, and shows Replicate's words as words."""
    targets = [version(n, state=TargetState.DELETED) for n in range(13)]
    targets[7] = version(7, state=TargetState.REFUSED, reason="in use <!channel>")
    (page,) = text_pages(request_for(targets), ListKind.RESULT, targets)
    assert page.splitlines()[1] == f"8. `{targets[7]}`: refused by Replicate: {escape('in use <!channel>')}"


def test_what_a_file_is_called() -> None:
    """A file and the line beside it name the request and say what the list tells."""
    targets = [version(n, state=TargetState.DELETED) for n in range(13)]
    request = request_for(targets)
    assert file_name(request, ListKind.PLANNED) == "R-7KQ2M-targets.csv"
    assert file_name(request, ListKind.RESULT) == "R-7KQ2M-result.csv"
    assert "13 versions of `acme/flux`" in introduction(request, ListKind.PLANNED, targets)
    assert "13 deleted" in introduction(request, ListKind.RESULT, targets)
