"""What people read about limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.messages.limits import beyond_limits, limits_at_the_recheck, limits_named
from bot.planning.limits import ModelShare, RunLately, TooGreatShare, TooManyVersions, UseUnknown
from bot.refs import ModelRef
from bot.requests.request import Target
from bot.requests.terms import Limits

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FLUX = ModelRef("acme", "flux")
VERSION = Target(0, FLUX, f"{1:064x}")
ALL = (
    TooManyVersions(1_000, 1_200),
    TooGreatShare(0.9, (ModelShare(FLUX, 10, 10, 9),)),
    RunLately(7 * 86_400.0, ((VERSION, NOW - timedelta(hours=2)),)),
)


def test_the_answer_says_which_limits_what_they_are_and_what_to_do() -> None:
    """A request beyond three limits is told each: the limit, what the request has, and what to do."""
    assert str(beyond_limits(ALL, NOW.timestamp())) == (
        "*This is beyond 3 limits of what one request may have*, so nothing was requested. "
        "The bot leaves nothing out by itself.\n"
        "• *At most 1,000 versions*: this one has 1,200. "
        "Ask for fewer at a time: `--keep`, `--older-than` and `--unused-for` select fewer.\n"
        "• *At most 90% of a model's versions, unless the model is deleted too*: "
        "it has 10 of the 10 versions of `acme/flux`, where 9 may go. "
        "Leave 1 version more out, or delete the whole model with `/delete-model … --with-versions`, if that is what "
        "you mean.\n"
        "• *No version that this account ran within 7 days*: `acme/flux:000000000000` was run 2 hours ago. "
        "Leave these versions out, or wait until none was run for 7 days.\n"
        "The limits are set in the bot's policy file."
    )


def test_what_could_not_be_found_out_is_said() -> None:
    """Where it could not be checked that is what is said, with the words of others made harmless."""
    unknown = UseUnknown(86_400.0, "Replicate answered 403: <!here> *no*.")
    said = str(beyond_limits([unknown, TooGreatShare(0.5, (ModelShare(FLUX, 1, None),))], 0.0))
    assert "this could not be checked: Replicate answered 403" in said
    assert "<!here>" not in said
    assert "the versions of `acme/flux` could not be counted. Try again in a minute." in said


def test_runs_that_may_be_of_these_versions_are_said_to_be() -> None:
    """A run whose version or time Replicate does not tell is told as such, and many are counted."""
    hidden = RunLately(86_400.0, ((VERSION, None),), tuple((VERSION, NOW) for _ in range(20)))
    said = str(beyond_limits([hidden], NOW.timestamp()))
    assert "was run at a time that Replicate does not tell" in said
    assert "may have been run 1 second ago, as Replicate does not tell the version of that run" in said
    assert "the same for 11 more versions" in said


def test_the_reason_at_the_recheck_is_a_clause() -> None:
    """What a target's reason says begins in lower case, has no mention, and names all limits."""
    assert limits_at_the_recheck(ALL[:2], NOW.timestamp()) == (
        "the policy that holds for this request allows at most 1,000 versions, and this one has 1,200; "
        "at most 90% of a model's versions, unless the model is deleted too, and it has 10 of the 10 versions of "
        "`acme/flux`, where 9 may go"
    )


def test_limits_are_named_in_one_clause() -> None:
    """The policy line names the limits that there are, and is empty where there are none."""
    assert limits_named(Limits()) == ""
    assert limits_named(Limits(share_of_a_model=0.125)) == (
        "one request may have at most 12.5% of a model's versions, unless the model is deleted too"
    )
    assert limits_named(Limits(1, None, 86_400.0)) == (
        "one request may have at most 1 version and no version that this account ran within 1 day"
    )
