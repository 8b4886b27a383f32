"""The arguments of `python -m bot audit`, which need nothing but their words until they are given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.console.audit import AuditQuery
    from bot.console.audit_words import Moment
    from bot.requests.audit_filter import ModelFilter
    from bot.requests.request import Event

# What reads an argument is imported when it is given: `python -m bot` starts without.

T = TypeVar("T")


def add_arguments(audit: argparse.ArgumentParser) -> None:
    """Add the arguments to the command's parser."""
    audit.add_argument("request", nargs="?", help="the id of a request, such as R-7KQ2M, to tell its story")
    audit.add_argument("--model", type=_model, metavar="acme/flux", help="owner/name[:version], an address, acme/exp-*")
    audit.add_argument("--user", type=_user, metavar="U012AB3CD", help="what this person asked for, decided or clicked")
    audit.add_argument(
        "--state", type=_states, metavar="finished,stopped", help="requests that are in these states now"
    )
    audit.add_argument("--event", type=_events, metavar="approved", help="entries of these kinds, or requests with one")
    audit.add_argument(
        "--since", type=_moment, metavar="30d", help="what happened within this time, or since 2026-11-28"
    )
    audit.add_argument(
        "--until", type=_moment, metavar="2026-11-28", help="what happened until then, that day included"
    )
    audit.add_argument("--events", action="store_true", help="list single entries, refused clicks among them")
    audit.add_argument("--follow", action="store_true", help="go on with what is new, until Ctrl-C")
    audit.add_argument("--format", choices=("text", "jsonl", "csv"), default="text", help="text when not given")
    audit.add_argument("--no-pager", action="store_true", help="print to a terminal without a pager")


def unfit(options: argparse.Namespace) -> str:
    """Return why these arguments cannot be carried out together, and what can; empty if they can."""
    if options.follow and options.until is not None:
        return "--follow waits for what is to come, so it takes no --until"
    if options.request is None or options.events:
        return ""
    others = [name for name in ("model", "user", "state", "event", "follow") if getattr(options, name)]
    if not others:
        return ""
    return (
        f"the story of one request takes --since, --until and --format, and not --{others[0]}; "
        "add --events to list its entries, or leave the id away"
    )


def query_of(options: argparse.Namespace) -> AuditQuery:
    """Return what the arguments ask for."""
    from bot.console.audit import AuditQuery  # noqa: PLC0415 - see above
    from bot.console.audit_formats import Format  # noqa: PLC0415 - likewise

    return AuditQuery(
        request=options.request,
        model=options.model,
        user=options.user,
        states=options.state or (),
        events=options.event or (),
        since=options.since,
        until=options.until,
        form=Format(options.format),
        entries=options.events,
        follow=options.follow,
        paged=not options.no_pager,
    )


def _model(text: str) -> ModelFilter:
    from bot.console.audit_words import read_model  # noqa: PLC0415 - see above

    return _read(read_model, text)


def _user(text: str) -> str:
    from bot.console.audit_words import read_user  # noqa: PLC0415 - see above

    return _read(read_user, text)


def _states(text: str) -> tuple[str, ...]:
    from bot.console.audit_words import read_states  # noqa: PLC0415 - see above

    return _read(read_states, text)


def _events(text: str) -> tuple[Event, ...]:
    from bot.console.audit_words import read_events  # noqa: PLC0415 - see above

    return _read(read_events, text)


def _moment(text: str) -> Moment:
    from bot.console.audit_words import read_moment  # noqa: PLC0415 - see above

    return _read(read_moment, text)


def _read(reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
