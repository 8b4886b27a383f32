"""What a cleanup rule's owner and channel are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.cleanup.notices import Changed, NotProposed, Problem, Proposed, Standing
from bot.messages.message import TEXT_LIMIT, Message
from bot.messages.proposals import SinceThen, channel_told, owner_told
from bot.requests.request import State
from tests.bot.messages.waiting_request import NOW
from tests.sandbox.slack.block_kit import findings_in
from tests.sandbox.slack.mrkdwn import unescaped_in

RULE = "old <experiments> & *more*"
CARD = "https://a.test/archives/COPS/p1"
PROPOSED = Proposed(RULE, "R-7KQ2M", "COPS", 37, 4)
NEXT = f"<!date^{int(NOW)}^next due {{date_short_pretty}} at {{time}}|next due 2026-01-01 00:00 UTC>"
LINK = f"<{CARD}|R-7KQ2M>"
QUIET = "<!date^1767225600^{date_short}|2026-01-01>"
STILL = f"it selects 37 versions of 4 models now, and does not propose them unchanged again before {QUIET}"
NOTHING = Standing(0, 0)


def every_message() -> Iterator[Message]:
    """Yield a message for each way in which a rule is told of."""
    names = tuple(f"acme/<gone>-{n}" for n in range(300))
    yield owner_told(replace(PROPOSED, not_found=names))
    yield from (owner_told(NotProposed(RULE, problem, "<x> & " * 900, NOW, names)) for problem in _QUOTING)
    yield from (owner_told(NotProposed(RULE, problem, "It is <#C1>.", NOW, names)) for problem in Problem)
    for state in State:
        for quiet in (None, NOW):
            now = Standing(5, 2, "R-7KQ2M", state.value, 37, quiet)
            yield channel_told(Changed(RULE, NOTHING, now), SinceThen(12, NOW), CARD)


_QUOTING = (Problem.REPLICATE, Problem.ACCESS, Problem.SLACK)


def test_whatever_is_told_slack_takes_it() -> None:
    """Every message fits, quotes what Replicate and operators wrote without any markup, and mentions nobody."""
    for message in every_message():
        assert 0 < len(message.text) <= TEXT_LIMIT
        assert findings_in(list(message.blocks)) == []
        assert unescaped_in(message.text) == [], message.text


def test_the_owner_gets_a_link_to_the_proposal() -> None:
    """The owner is told how much the rule proposes, and where, with a link to the card where there is one."""
    linked, unlinked = owner_told(PROPOSED, CARD).text, owner_told(PROPOSED).text
    assert "proposes to delete 37 versions of 4 models: <https://a.test/archives/COPS/p1|R-7KQ2M> in <#COPS>" in linked
    assert "nothing is deleted unless they approve it" in linked
    assert "4 models: R-7KQ2M in <#COPS>" in unlinked


@pytest.mark.parametrize("problem", Problem)
def test_the_owner_is_told_why_nothing_is_proposed_and_when_it_is_again(problem: Problem) -> None:
    """The owner is told the reason, that nothing was deleted, and when the rule is tried again or due."""
    said = owner_told(NotProposed("old", problem, "It selects 6,000.", NOW, ())).text
    assert said.startswith("Your cleanup rule *old* proposes nothing, because ")
    assert "Nothing was proposed, and nothing was deleted." in said
    assert "It selects 6,000." in said
    assert ("^tried again {" if problem.is_tried_again else "^next due {") in said


def test_the_owner_is_told_which_names_were_not_found_and_what_to_do() -> None:
    """Names without a model are listed, with the reason why a pattern may not find one."""
    said = owner_told(replace(PROPOSED, not_found=("acme/gone", "acme/exp-*"))).text
    assert "*Not found:* `acme/gone`, `acme/exp-*`." in said
    assert "*Add models…*" in said


@pytest.mark.parametrize(
    ("before", "now", "kept", "said"),
    [
        (
            Standing(37, 4, "R-7KQ2M", "awaiting"),
            Standing(0, 0, "R-7KQ2M", "finished", 25),
            12,
            f"25 versions deleted by its latest proposal, {LINK}, 12 kept by people; it selects nothing now; {{next}}",
        ),
        (
            Standing(37, 4, "R-7KQ2M", "awaiting"),
            Standing(37, 4, "R-7KQ2M", "rejected", 0, NOW),
            0,
            f"its latest proposal, {LINK}, was rejected, so nothing was deleted; {STILL}; {{next}}",
        ),
        (Standing(1, 1), NOTHING, 0, "it selects nothing now; {next}"),
    ],
)
def test_a_channel_hears_in_one_line_what_changed(before: Standing, now: Standing, kept: int, said: str) -> None:
    """The line says what became of the latest proposal, what people kept of it, what is selected, and what is next."""
    told = channel_told(Changed("old", before, now), SinceThen(kept, NOW), CARD)
    assert told.text == f"*old*: {said.replace('{next}', NEXT)}."


def test_a_rule_that_is_gone_has_no_next_time() -> None:
    """A rule that the policy file does not have any more is not said to be due."""
    assert channel_told(Changed("old", Standing(1, 1), NOTHING), SinceThen()).text == "*old*: it selects nothing now."
