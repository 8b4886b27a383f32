"""The arguments of `python -m bot audit`."""

from __future__ import annotations

import argparse

import pytest

from bot.__main__ import main
from bot.console.audit import AuditQuery
from bot.console.audit_arguments import add_arguments, query_of
from bot.console.audit_formats import Format
from bot.console.audit_words import Moment
from bot.requests.audit_filter import ModelFilter
from bot.requests.request import Event


def query(*arguments: str) -> AuditQuery:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return query_of(parser.parse_args(arguments))


def test_without_arguments_all_requests_are_listed() -> None:
    """Without arguments it is a list of all requests as text, through a pager where that is possible."""
    assert query() == AuditQuery()


def test_arguments_are_typed_once() -> None:
    """Each argument arrives as a value of its own type."""
    filters = ("--model", "acme/flux", "--user", "UANA", "--state", "finished,undone", "--event", "asked,approved")
    assert query(
        *filters, "--since", "30d", "--until", "0", "--events", "--follow", "--no-pager", "--format", "csv"
    ) == (
        AuditQuery(
            model=ModelFilter("acme", "flux"),
            user="UANA",
            states=("finished", "undone"),
            events=(Event.ASKED, Event.APPROVED),
            since=Moment(ago=2_592_000),
            until=Moment(ago=0),
            form=Format.CSV,
            entries=True,
            follow=True,
            paged=False,
        )
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--model", "acme/"), "write a model as owner/name"),
        (("--user", "ana"), "write a person's Slack id"),
        (("--state", "done"), "There are: awaiting, approved, deleting, finished"),
        (("--event", "done"), "There are: asked, cancelled, approved"),
        (("--since", "soon"), "such as 30d, or a date"),
        (("--until", "soon"), "such as 30d, or a date"),
        (("--format", "xml"), "choose from"),
        (("--follow", "--until", "30d"), "--follow waits for what is to come, so it takes no --until"),
        (("R-7KQ2M", "--user", "UANA"), "and not --user; add --events to list its entries"),
        (("R-7KQ2M", "--follow"), "and not --follow; add --events"),
    ],
)
def test_a_wrong_value_is_told_with_what_can_be_given(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be carried out ends the command before anything is read, with what can be given instead."""
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
