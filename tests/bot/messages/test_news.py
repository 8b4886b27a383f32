"""What is new in a proposal since its rule's last one: on the card, and in the lists."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from bot.messages.card import request_card
from bot.messages.full_list import csv_list, text_pages
from bot.messages.modals import approval
from bot.messages.news import news_said
from bot.refs import ModelRef
from bot.requests.news import NO_NEWS, News
from bot.requests.request import ListKind, Target
from bot.requests.run_facts import RunFacts
from tests.bot.messages.waiting_request import NOW, WAITING

PROPOSED = replace(WAITING, requester="", proposed_by="old experiments")
FLUX = ModelRef("acme", "flux")
OLD, NEW = (Target(n, FLUX, f"{n:064x}", NOW) for n in range(2))
NEWS = News.since("R-BEF0R", [OLD], [OLD, NEW])


def test_a_version_is_known_under_any_name_of_its_model() -> None:
    """A version that the last proposal had is not new after its model was renamed; a model is, by its new name."""
    renamed = ModelRef("acme", "flux-2")
    before = [OLD, Target(1, FLUX)]
    now = [replace(OLD, ref=renamed), Target(1, renamed), Target(2, ModelRef("ACME", "Flux"))]
    assert News.since("R-BEF0R", before, now).new == {1}


@pytest.mark.parametrize(
    ("targets", "before", "said"),
    [
        ([OLD], [], "It is new since its last proposal, R-BEF0R."),
        ([OLD], [OLD], "It is not new since its last proposal, R-BEF0R."),
        ([OLD, NEW], [], "All of them are new since its last proposal, R-BEF0R."),
        ([OLD, NEW], [OLD], "1 of them is new since its last proposal, R-BEF0R."),
        ([OLD, NEW], [OLD, NEW], "None of them is new since its last proposal, R-BEF0R."),
    ],
)
def test_a_proposal_says_how_much_of_it_is_new(targets: list[Target], before: list[Target], said: str) -> None:
    """The number of new targets is told, and the proposal they are compared with."""
    assert news_said(PROPOSED, targets, News.since("R-BEF0R", before, targets)) == said


def test_a_first_proposal_says_so_and_a_person_is_told_nothing() -> None:
    """There is nothing to compare a rule's first proposal with, and no sentence about it where a person asked."""
    assert news_said(PROPOSED, [OLD], NO_NEWS) == "This is the first proposal of this rule."
    assert news_said(WAITING, [OLD], NO_NEWS) == ""


def test_the_card_counts_and_names_what_is_new_and_so_does_its_text() -> None:
    """The card's table marks what is new, its text names the same version, and the approval's window too."""
    facts = RunFacts(news=NEWS)
    card = request_card(PROPOSED, [OLD, NEW], now=NOW, facts=facts)
    assert "1 of them is new since its last proposal, R-BEF0R." in card.text
    [line] = [line for line in card.text.splitlines() if line.endswith(" · new")]
    assert NEW.version_id is not None
    assert NEW.version_id[:12] in line
    [table] = [block for block in card.blocks if block["type"] == "table"]
    assert [["new" in json.dumps(cell) for cell in row][2] for row in table["rows"][1:]] == [False, True]
    assert " · new" in json.dumps(
        approval(PROPOSED, [OLD, NEW], facts, "COPS", by="UBEN", left={}, asks_name=False).to_dict(), ensure_ascii=False
    )


def test_the_full_list_names_what_is_new() -> None:
    """As text and as CSV the list says of each target whether it is new; a person's request has no such column."""
    facts = RunFacts(news=NEWS)
    [page] = text_pages(PROPOSED, ListKind.PLANNED, [OLD, NEW], facts)
    assert [line.endswith(", *new*") for line in page.splitlines()[2:]] == [False, True]
    rows = list(csv.DictReader(io.StringIO(csv_list(PROPOSED, ListKind.PLANNED, [OLD, NEW], facts))))
    assert [row["new"] for row in rows] == ["", "yes"]
    assert "new" not in csv_list(WAITING, ListKind.PLANNED, [OLD, NEW]).splitlines()[0].split(",")
