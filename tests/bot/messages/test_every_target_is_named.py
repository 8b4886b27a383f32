"""Nobody approves what they were not shown: each target of a short request is named, whatever else there is to tell."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.names import MAX_NAME_CHARS
from bot.commands.tokens import MAX_REASON_CHARS
from bot.messages.card import request_card, result_elsewhere
from bot.messages.message import TEXT_LIMIT, Message
from bot.messages.previews import ReasonWanted, nothing_to_delete, preview
from bot.planning.drafts import targets_of
from bot.planning.plan import Blocked, Plan, Rule, WillDelete
from bot.refs import ModelRef
from bot.replicate.types import Account, AccountType, Version
from bot.requests.decisions import Choice, Decision
from bot.requests.deliveries import MAX_LISTED
from bot.requests.left_out import LeftOut
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, Target, TargetState
from bot.requests.terms import Terms
from tests.sandbox.slack.block_kit import findings_in
from tests.scenarios.message_words import words, words_in_blocks

MADE = datetime(2025, 11, 23, tzinfo=UTC)
NOW = MADE.timestamp() + 86_400
OWNER = "o" * MAX_NAME_CHARS
TERMS = Terms(5, Approvers.parse(",".join([f"S{n:010}" for n in range(2)] + [f"U{n:010}" for n in range(40)])))
PROBLEM = f"This card could not be shown in <#{'C' * 11}>: the bot is not a member of that channel any more."
COUNTS = range(1, MAX_LISTED + 1)
Shape = Callable[[int], list[WillDelete]]


def version_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def longest_name(number: int) -> str:
    return f"{number:02}-".ljust(MAX_NAME_CHARS, "n")


def of_one_model(count: int) -> list[WillDelete]:
    ref = ModelRef(OWNER, longest_name(0))
    return [WillDelete(ref, version(n), is_latest=n == 0) for n in range(count)]


def of_many_models(count: int) -> list[WillDelete]:
    return [WillDelete(ModelRef(OWNER, longest_name(n)), version(n), is_latest=True) for n in range(count)]


def models(count: int) -> list[WillDelete]:
    return [WillDelete(ModelRef(OWNER, longest_name(n))) for n in range(count)]


def model_with_versions(count: int) -> list[WillDelete]:
    ref = ModelRef(OWNER, longest_name(0))
    return [*of_one_model(count - 1), WillDelete(ref)]


SHAPES: list[Shape] = [of_one_model, of_many_models, models, model_with_versions]


def version(number: int) -> Version:
    return Version(version_id(number), MADE, cog_version="0.9.0")


def left_out(count: int = MAX_LISTED) -> list[Blocked]:
    """What is left out for reasons as long as they come."""
    deployment = f"{OWNER}/{longest_name(0)}"
    return [
        Blocked(
            Rule.DEPLOYED,
            LeftOut(
                f"{OWNER}/{longest_name(0)}:{version_id(1000 + n)}",
                f"the deployment {deployment} uses it",
                f"Point {deployment} at another version, or delete the deployment, first",
            ),
        )
        for n in range(count)
    ]


def asked_for(deletions: list[WillDelete], blocked: list[Blocked]) -> tuple[Plan, tuple[Target, ...]]:
    plan = Plan(Account(AccountType.ORGANIZATION, OWNER), (*deletions, *blocked))
    return plan, targets_of(plan)


def request_for(targets: tuple[Target, ...], plan: Plan, **changes: object) -> Request:
    waiting = Request(
        id="R-7KQ2M",
        state=State.AWAITING,
        requester="UANA0000000",
        team_id="T1",
        origin_channel="COPS0000000",
        account=OWNER,
        terms=TERMS,
        digest="",
        created_at=NOW,
        requested_at=NOW,
        expires_at=NOW + 86_400,
        reason="& " * (MAX_REASON_CHARS // 2),
        left_out=plan.left_out,
        counts=Counter(target.state for target in targets),
    )
    return replace(waiting, **changes)  # type: ignore[arg-type]  # by their names


def approved(count: int) -> tuple[Decision, ...]:
    return tuple(Decision(f"U{n:010}", "T1", Choice.APPROVE, NOW) for n in range(count))


def ended(targets: tuple[Target, ...], state: TargetState = TargetState.REFUSED) -> tuple[Target, ...]:
    return tuple(replace(target, state=state, reason="Some & long <words> about a rule. " * 20) for target in targets)


def messages(deletions: list[WillDelete], blocked: list[Blocked]) -> Iterator[Message]:
    """Everything that shows the targets, in the states with the most to tell."""
    plan, targets = asked_for(deletions, blocked)
    waiting = request_for(targets, plan)
    yield preview(waiting, targets, plan, decides=False, reason=ReasonWanted.REQUIRED)
    along = replace(plan, adds_versions=sum(target.version_id is not None for target in targets))
    yield preview(waiting, targets, along, decides=True, reason=ReasonWanted.REQUIRED)
    yield request_card(waiting, targets, now=NOW)
    yield request_card(replace(waiting, decisions=approved(4)), targets, now=NOW)
    yield request_card(waiting, targets, now=NOW, problem=PROBLEM)
    said = Decision("UBEN0000000", "T1", Choice.REJECT, NOW, "< " * (MAX_REASON_CHARS // 2))
    yield request_card(replace(waiting, state=State.REJECTED, decisions=(said,)), targets, now=NOW)
    for state in (TargetState.REFUSED, TargetState.FAILED, TargetState.SKIPPED):
        ends = ended(targets, state)
        finished = request_for(
            ends, plan, state=State.FINISHED, decisions=approved(5), decided_at=NOW, finished_at=NOW + 3600
        )
        yield request_card(finished, ends, now=NOW, problem=PROBLEM)
        yield request_card(replace(finished, state=State.DELETING, finished_at=None), ends, now=NOW + 60)
        yield result_elsewhere(finished, ends)


def unnamed(message: Message, targets: tuple[Target, ...]) -> list[str]:
    """Return the targets that are not in the text or not in the blocks, each by its name and its whole id."""
    blocks = " ".join(words_in_blocks(message.blocks))
    parts = {part for target in targets for part in (target.ref.name, target.version_id or "")}
    return sorted(part for part in parts if not (part in message.text and part in blocks))


def check(message: Message) -> None:
    assert len(message.text) <= TEXT_LIMIT
    assert findings_in(list(message.blocks)) == []
    assert Counter(words_in_blocks(message.blocks)) - Counter(words(message.text)) == Counter()


def told_of(left: str, message: Message) -> tuple[int, int]:
    """Return how many of what is left out are told one by one, and how many as a number."""
    lines = message.text.partition(left)[2].partition("\n\n")[0].splitlines()
    where = r"(?:To see them all, run the command for fewer models or versions|The full list names them)\."
    more = re.fullmatch(rf"• … and (\d+) more\. {where}", lines[-1])
    return len(lines) - 1 - bool(more), int(more[1]) if more else 0


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_targets_with_long_names_are_named_by_whole_id(shape: Shape, count: int) -> None:
    """With the longest names, reason and list of what is left out, each target is named by its whole id everywhere."""
    deletions = shape(count)
    _, targets = asked_for(deletions, [])
    for message in messages(deletions, left_out()):
        check(message)
        assert unnamed(message, targets) == [], message.text


@given(
    st.lists(st.tuples(st.integers(1, MAX_NAME_CHARS), st.booleans()), min_size=1, max_size=MAX_LISTED),
    st.integers(0, 3 * MAX_LISTED),
    st.text(max_size=MAX_REASON_CHARS),
)
@settings(max_examples=60, deadline=None)
def test_card_names_targets_and_counts_what_is_left_out(models: list[tuple[int, bool]], left: int, reason: str) -> None:
    """Whatever names are how long, the card names each target, and tells or counts everything that is left out."""
    refs = [ModelRef(OWNER, f"{n}-".ljust(length, "n")) for n, (length, _) in enumerate(models)]
    deletions = [
        WillDelete(ref, version(n) if of_version else None)
        for n, (ref, (_, of_version)) in enumerate(zip(refs, models, strict=True))
    ]
    plan, targets = asked_for(deletions, left_out(left))
    message = request_card(request_for(targets, plan, reason=reason), targets, now=NOW)
    check(message)
    assert unnamed(message, targets) == []
    if left:
        assert sum(told_of("Left out (won't be deleted):*", message)) == left


def test_a_usual_request_is_shown_without_cuts() -> None:
    """Where there is room for everything, targets are links with dates, and neither reason nor left-out list is cut."""
    ref = ModelRef("acme", "flux")
    deletions = [WillDelete(ref, version(n), is_latest=n == 0) for n in range(3)]
    kept = Blocked(
        Rule.DEPLOYED,
        LeftOut(f"acme/flux:{version_id(9)}", "the deployment acme/live uses it", "Point it elsewhere"),
    )
    plan, targets = asked_for(deletions, [kept])
    text = request_card(request_for(targets, plan, reason="replaced & done"), targets, now=NOW).text
    assert text.count("<https://replicate.com/acme/flux/versions/") == 3
    assert text.count("{date_short}") == 3
    assert "*Reason:* “replaced &amp; done”\n" in text
    assert told_of("Left out (won't be deleted):*", request_card(request_for(targets, plan), targets, now=NOW)) == (
        1,
        0,
    )
    assert "…" not in text


def test_left_out_targets_are_counted_before_reasons_are_cut() -> None:
    """What is left out is counted before the reason is cut or a link is given up."""
    ref = ModelRef("acme-research", "flux-portraits")
    plan, targets = asked_for([WillDelete(ref, version(n)) for n in range(MAX_LISTED)], left_out())
    reason = "no longer needed " * 17
    usual = request_for(
        targets, plan, reason=reason, account="acme-research", terms=Terms(1, Approvers.parse("SLEADS"))
    )
    message = request_card(usual, targets, now=NOW)
    assert message.text.count(f"<https://replicate.com/{ref}/versions/") == MAX_LISTED
    assert reason.strip() in message.text
    told, counted = told_of("Left out (won't be deleted):*", message)
    assert counted > 0
    assert told + counted == MAX_LISTED


def test_a_reason_without_enough_room_ends_with_a_mark() -> None:
    """A reason that there is no room for ends with a mark, beside twelve targets with the longest names."""
    plan, targets = asked_for(of_many_models(MAX_LISTED), left_out())
    text = request_card(request_for(targets, plan), targets, now=NOW).text
    [told] = [line for line in text.splitlines() if line.startswith("*Reason:*")]
    assert told.endswith(" …”")


def test_approvers_who_are_not_named_are_counted() -> None:
    """A card with no room for all approvers names some and counts the rest."""
    many = Terms(1, Approvers(users=frozenset(f"U{n:010}" for n in range(150))))
    plan, targets = asked_for(of_many_models(MAX_LISTED), left_out())
    message = request_card(request_for(targets, plan, terms=many), targets, now=NOW)
    check(message)
    assert unnamed(message, targets) == []
    assert re.search(r"<@U0000000000>.* or 1[34]\d more <!date", message.text)


def test_a_long_request_counts_targets_between_first_and_last() -> None:
    """Of more targets than are listed the first and the last are, and the card says how many are between and where."""
    plan, targets = asked_for(of_one_model(100), left_out())
    message = request_card(request_for(targets, plan), targets, now=NOW)
    check(message)
    assert unnamed(message, (*targets[:8], *targets[-3:])) == []
    assert "• … 89 more …\n" in message.text
    assert "The full list follows in this thread." in message.text


def test_answer_with_nothing_to_delete_counts_all_that_stays() -> None:
    """The answer to a command of which nothing can be deleted tells or counts each of the things that stay."""
    plan, _ = asked_for([], left_out(40))
    message = nothing_to_delete(plan)
    check(message)
    assert sum(told_of("so nothing was requested.\n", message)) == 40


@pytest.mark.parametrize(
    ("undo_for", "ends"), [(0, ", at once. This can't be undone."), (86_400, "after that it can't.")]
)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_approve_dialog_fits_the_limit_of_slack(shape: Shape, undo_for: float, ends: str) -> None:
    """The dialog of Approve names the count and the longest model within Slack's limit, and that it can't be undone."""
    plan, targets = asked_for(shape(MAX_LISTED), [])
    last = Terms(1, Approvers.parse("SLEADS"), undo_for=undo_for)
    message = request_card(request_for(targets, plan, terms=last), targets, now=NOW)
    [approve] = [button for block in message.blocks for button in block.get("elements", []) if "confirm" in button]
    said = approve["confirm"]["text"]["text"]
    assert len(said) <= 300
    assert re.match(r"This deletes (the models? `o|1)", said)
    assert said.endswith(ends)
