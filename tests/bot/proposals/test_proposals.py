"""What a rule proposes when it is due, what it does not, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cleanup.notices import Changed, NotProposed, Problem, Proposed
from bot.errors import NotNow
from bot.refs import ModelPattern, ModelRef
from bot.replicate.client import Replicate
from bot.requests.decisions import Actor
from bot.requests.policy import Approvers, Protected
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import ModelEntry, PolicyRules
from bot.requests.request import Event, State
from bot.requests.terms import Limits
from bot.requests.transitions import Changed as Transitioned
from bot.requests.transitions import withdraw
from bot.store.audit_reader import AuditReader
from bot.store.worker_claims import WorkStore
from tests.bot.proposals.cleaning import BEFORE_MONDAY, DAY, MONDAY, RULE, TERMS, Cleaning, another, cleaning
from tests.sandbox.replicate.faults import Hanging, Instead, refusal
from tests.sandbox.slack.calls import Answer, Failure

WEEK = 7 * DAY


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[Cleaning]:
    async with cleaning(sqlite_url) as opened:
        yield opened


async def told_instead(world: Cleaning) -> NotProposed:
    """Let the rule's Monday come, on which nothing is proposed, and return what its owner is told."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        assert await process.proposed() == []
        [(_, told)] = await process.told()
    assert isinstance(told, NotProposed)
    return told


async def seen(world: Cleaning) -> None:
    """Let a process see the rules for the first time, before Monday."""
    async with world.process() as process:
        await process.proposals.step()


async def test_a_rule_proposes_what_it_selects_when_it_is_due(world: Cleaning) -> None:
    """At its time, and not before, a rule has one pinned request that nobody asked for and everybody may approve."""
    async with world.process() as process:
        assert await process.proposals.step() == pytest.approx(MONDAY - BEFORE_MONDAY, abs=60)
        assert await process.proposed() == []
        world.at(MONDAY + 1)
        wait = await process.proposals.step()
        assert wait == pytest.approx(WEEK, abs=60)
        [request] = await process.proposed()
        targets = await process.requests.targets(request.id)
    assert (request.state, request.requester, request.proposed_by) == (State.AWAITING, "", "old experiments")
    assert (request.origin_channel, request.card_channel, request.account) == ("COPS", "COPS", "acme")
    assert request.rules == "--keep 2 --older-than 30d"
    assert {str(target.ref) for target in targets} == {"acme/exp-1", "acme/flux"}
    assert len(targets) == 6
    assert all(target.version_id and len(target.version_id) == 64 for target in targets)


async def test_the_proposal_is_in_the_audit_trail_as_the_rule_s(world: Cleaning) -> None:
    """The trail says that the request was asked for, by nobody, with the digest of what was pinned and an approval."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
        story = await AuditReader(process.database).story(request.id)
    assert story is not None
    [asked] = [entry for entry in story.entries if entry.event is Event.ASKED]
    assert asked.actor is None
    assert request.digest in asked.detail
    assert "approvals needed: 1" in asked.detail
    assert "old experiments" in asked.detail


async def test_a_proposal_is_never_decided_by_being_made(world: Cleaning) -> None:
    """Where no approvals are required at all, a proposal still needs one, and no worker gets it before."""
    world.policy = Policy(replace(TERMS, approvals_required=0, self_approval=True))
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
        work = WorkStore(process.database, 30.0, lambda: ("acme",))
        assert request.state is State.AWAITING
        assert await work.claim() is None
        assert isinstance(await process.approve(request), Transitioned)
        assert await work.claim() is not None


async def test_the_owner_is_told_of_a_proposal_in_the_same_step(world: Cleaning) -> None:
    """The owner, and nobody else, is told once which request it is, where, and how much it would delete."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        await process.proposals.step()
        [request] = await process.proposed()
        told = Proposed("old experiments", request.id, "COPS", versions=6, models=2)
        assert await process.told() == [("UOLGA", told)]


async def test_the_card_goes_where_all_cards_go(world: Cleaning) -> None:
    """With an approval channel the card is there, and the rule's channel is where the request comes from."""
    world.slack.add_channel("CAPPROVE", name="approvals")
    world.approval_channel = "CAPPROVE"
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
    assert (request.origin_channel, request.card_channel) == ("COPS", "CAPPROVE")


async def test_a_proposal_has_the_terms_of_its_models(world: Cleaning) -> None:
    """What the policy file says about one of its models holds for the proposal."""
    leads = Approvers(users=frozenset({"UANA", "UCHLOE"}))
    world.policy = replace(world.policy, rules=PolicyRules(models=(ModelEntry(("acme/flux",), approvers=leads),)))
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
    assert [requirement.approvers for requirement in request.terms.further] == [leads]


async def test_what_may_not_be_deleted_stays_and_the_proposal_says_why(world: Cleaning) -> None:
    """Deployed, trained on, protected, kept and newer versions are left out of a proposal, with the reasons."""
    deployed, trained, free = world.add_model("exp-2", 5)[2:]
    world.replicate.deploy("acme/exp-2", deployed)
    world.replicate.train("acme/exp-2", trained)
    world.policy = replace(world.policy, protected=Protected(("acme/flux",)))
    world.rules = [replace(RULE, models=(ModelRef("acme", "exp-2"), ModelRef("acme", "flux")))]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
        targets = await process.requests.targets(request.id)
    assert [target.version_id for target in targets] == [free]
    why = {name: left.why for left in request.left_out for name, _ in left.one_by_one()}
    assert "deployment" in why[f"acme/exp-2:{deployed}"]
    assert "training" in why[f"acme/exp-2:{trained}"]
    assert "protects" in why["acme/flux"]


async def test_a_rule_has_one_open_proposal(world: Cleaning) -> None:
    """While a proposal is to be decided about, its rule makes no other one, whatever there is to select."""
    await seen(world)
    async with world.process() as process:
        for week in range(3):
            world.at(MONDAY + week * WEEK + 1)
            await process.proposals.step()
            world.add_version("flux", days=300 + week)
        assert len(await process.proposed()) == 1


async def test_any_number_of_processes_make_one_proposal(world: Cleaning) -> None:
    """Three processes that find a rule due at the same moment make one proposal, and tell its owner once."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as one, world.process() as two, world.process() as three:
        await asyncio.gather(*(each.proposals.step() for each in (one, two, three)))
        assert len(await one.proposed()) == 1
        assert len(await one.told()) == 1


async def test_a_missed_time_is_caught_up_once(world: Cleaning) -> None:
    """If nothing ran for three weeks, a rule proposes once when something does, and next at its next time."""
    await seen(world)
    world.at(MONDAY + 2 * WEEK + 5 * 3600)
    async with world.process() as process:
        wait = await process.proposals.step()
        assert len(await process.proposed()) == 1
        assert wait == pytest.approx(WEEK - 5 * 3600, abs=3700)


async def test_what_was_rejected_is_quiet_until_it_changes(world: Cleaning) -> None:
    """A rejected selection is not proposed again unchanged, and is as soon as it differs."""
    await seen(world)
    async with world.process() as process:
        world.at(MONDAY + 1)
        await process.proposals.step()
        await process.reject((await process.proposed())[0])
        world.at(MONDAY + WEEK + 1)
        await process.proposals.step()
        assert len(await process.proposed()) == 1
        new = world.add_version("flux", days=400)
        world.at(MONDAY + 2 * WEEK + 1)
        await process.proposals.step()
        _, second = await process.proposed()
        assert new in {target.version_id for target in await process.requests.targets(second.id)}


async def test_what_expired_is_proposed_again_after_its_quiet_time(world: Cleaning) -> None:
    """An expired proposal is made again unchanged once `quiet_for` has passed, and not before."""
    world.rules = [replace(RULE, quiet_for=round(10 * DAY))]
    await seen(world)
    async with world.process() as process:
        world.at(MONDAY + 1)
        await process.proposals.step()
        made = []
        for week in (1, 2, 3):
            world.at(MONDAY + week * WEEK + 1)
            await process.requests.expire_due()
            await process.proposals.step()
            made.append(len(await process.proposed()))
    assert made == [1, 1, 2]


async def test_a_selection_of_nothing_posts_nothing(world: Cleaning) -> None:
    """A rule that selects nothing proposes nothing, and tells nobody anything."""
    world.rules = [replace(RULE, keep=100)]
    await seen(world)
    async with world.process() as process:
        for week in range(3):
            world.at(MONDAY + week * WEEK + 1)
            await process.proposals.step()
        assert await process.proposed() == []
        assert await process.told() == []


async def test_the_channel_hears_what_came_of_a_proposal_once(world: Cleaning) -> None:
    """After a proposal was rejected the channel hears so in the next week, and then nothing until something changes."""
    await seen(world)
    async with world.process() as process:
        world.at(MONDAY + 1)
        await process.proposals.step()
        await process.reject((await process.proposed())[0])
        for week in (1, 2, 3):
            world.at(MONDAY + week * WEEK + 1)
            await process.proposals.step()
        changes = [(to, notice) for to, notice in await process.told() if isinstance(notice, Changed)]
    [(to, changed)] = changes
    assert to == "COPS"
    assert (changed.before.state, changed.now.state, changed.now.versions) == ("awaiting", "rejected", 6)
    assert changed.now.quiet_until is not None


TROUBLES = {
    "Replicate is down": (Instead(503), Problem.REPLICATE),
    "the token is not accepted": (refusal(401, "Invalid token."), Problem.ACCESS),
    "its answers cannot be read": (Instead(200, '{"results": 7}', "application/json"), Problem.REPLICATE),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_cannot_be_read_is_told_once_and_tried_again_within_the_day(world: Cleaning, trouble: str) -> None:
    """The owner is told of a problem once however often it is met, and the proposal comes as soon as it is over."""
    fault, problem = TROUBLES[trouble]
    await seen(world)
    world.at(MONDAY + 1)
    world.replicate.fail(fault, method="GET", times=None)
    async with world.process() as process:
        for _ in range(6):
            wait = await process.proposals.step()
            assert wait is not None
            assert wait <= 4 * 3600
            world.clock.shift += wait + 1
        [(to, told)] = await process.told()
        assert isinstance(told, NotProposed)
        assert (to, told.problem) == ("UOLGA", problem)
        world.replicate.heal()
        await process.proposals.step()
        assert len(await process.open()) == 1
        assert isinstance((await process.told())[-1][1], Proposed)
        assert len(await process.told()) == 2


async def test_a_problem_that_comes_back_is_told_again(world: Cleaning) -> None:
    """Once a rule could be evaluated, a new outage is a new problem."""
    world.rules = [replace(RULE, keep=100)]
    await seen(world)
    async with world.process() as process:
        for week in range(2):
            world.at(MONDAY + week * WEEK + 1)
            world.replicate.fail(Instead(503), method="GET", times=None)
            wait = await process.proposals.step()
            world.replicate.heal()
            world.clock.shift += (wait or 0) + 1
            await process.proposals.step()
        assert [type(notice) for _, notice in await process.told()] == [NotProposed, NotProposed]


async def test_a_rule_beyond_a_limit_proposes_nothing_and_says_so(world: Cleaning) -> None:
    """Nothing is trimmed: a selection beyond a limit is not proposed, and the owner hears which limit, once."""
    world.policy = replace(world.policy, rules=PolicyRules(limits=Limits(versions=5)))
    await seen(world)
    async with world.process() as process:
        for week in range(2):
            world.at(MONDAY + week * WEEK + 1)
            assert await process.proposals.step() == pytest.approx(WEEK, abs=3700)
        assert await process.proposed() == []
        [(_, told)] = await process.told()
    assert isinstance(told, NotProposed)
    assert told.problem is Problem.LIMIT
    assert "5 versions" in told.words


async def test_a_rule_that_selects_more_than_a_request_takes_says_so(
    world: Cleaning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More versions than one request may delete are not proposed, and the owner hears how many there are."""
    monkeypatch.setattr("bot.proposals.permission.MAX_VERSIONS", 5)
    told = await told_instead(world)
    assert told.problem is Problem.TOO_MANY
    assert "6 versions" in told.words


async def test_a_channel_that_outsiders_read_gets_no_proposal(world: Cleaning) -> None:
    """No proposal goes to a channel that is shared, archived or closed to the bot; it comes once that is mended."""
    world.slack.add_channel("CSHARED", name="with-partner", shared_with_other_company=True)
    world.rules = [replace(RULE, channel="CSHARED")]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        wait = await process.proposals.step()
        assert await process.proposed() == []
        [(_, told)] = await process.told()
        assert isinstance(told, NotProposed)
        assert told.problem is Problem.CHANNEL
        world.rules = [replace(RULE, channel="COPS")]
        world.clock.shift += (wait or 0) + 1
        await process.proposals.step()
        assert len(await process.open()) == 1


async def test_a_channel_that_requests_may_not_come_from_gets_no_proposal(world: Cleaning) -> None:
    """Where requests are limited to certain channels, a rule of another one proposes nothing."""
    world.policy = replace(world.policy, channels=("CELSE",))
    told = await told_instead(world)
    assert "REQUEST_CHANNELS" in told.words


async def test_what_nobody_could_approve_is_not_proposed(world: Cleaning) -> None:
    """A proposal that needs more approvals than there are approvers is not made, and the owner hears it."""
    world.policy = Policy(replace(TERMS, approvals_required=3))
    told = await told_instead(world)
    assert told.problem is Problem.APPROVERS


async def test_an_update_of_the_bot_is_waited_for_in_silence(world: Cleaning) -> None:
    """Beside a process that does not know policy files nothing is proposed; that usually passes, so nobody is told."""
    world.policy = replace(world.policy, rules=PolicyRules(limits=Limits(versions=100)), honours_rules=False)
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        wait = await process.proposals.step()
        assert await process.proposed() == []
        assert await process.told() == []
        world.policy = replace(world.policy, honours_rules=True)
        world.clock.shift += (wait or 0) + 1
        await process.proposals.step()
        assert len(await process.open()) == 1


async def test_slack_that_does_not_answer_is_waited_for(world: Cleaning) -> None:
    """While Slack cannot tell who reads the channel nothing is proposed, and it is tried again soon."""
    await seen(world)
    world.at(MONDAY + 1)
    world.slack._calls.order(
        Failure("conversations.info", 1, Answer({"ok": False, "error": "internal_error"}), after=False)
    )
    async with world.process() as process:
        wait = await process.proposals.step()
        assert await process.proposed() == []
        assert wait is not None
        assert wait < 3600
        world.clock.shift += wait + 1
        await process.proposals.step()
        assert len(await process.open()) == 1


async def test_names_that_are_not_found_are_told(world: Cleaning) -> None:
    """A proposal says which names and patterns of its rule there is no model for; a deployment of none is no error."""
    gone, none = ModelRef("acme", "gone"), ModelPattern("acme", "none-*")
    world.rules = [replace(RULE, models=(gone, none, *RULE.models))]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [(_, told)] = await process.told()
    assert isinstance(told, Proposed)
    assert told.not_found == ("acme/gone", "acme/none-*")


async def test_a_rule_of_which_nothing_is_found_says_so_once(world: Cleaning) -> None:
    """Where there is nothing to propose, the owner is told of missing names once, and again when others are missing."""
    world.rules = [replace(RULE, models=(ModelRef("acme", "gone"),))]
    await seen(world)
    async with world.process() as process:
        for week in range(4):
            if week == 2:
                world.rules = [replace(RULE, models=(ModelPattern("acme", "none-*"),))]
            world.at(MONDAY + week * WEEK + 1)
            await process.proposals.step()
        told = [notice.not_found for _, notice in await process.told() if isinstance(notice, NotProposed)]
    assert told == [("acme/gone",), ("acme/none-*",)]


async def test_an_evaluation_is_what_would_be_proposed_and_changes_nothing(world: Cleaning) -> None:
    """An evaluation selects exactly what the proposal then has, with why the rest stays, and stores no proposal."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        evaluation = await process.proposals.evaluate(RULE)
        assert await process.proposed() == []
        assert await process.told() == []
        await process.proposals.step()
        [request] = await process.proposed()
        assert evaluation.targets == await process.requests.targets(request.id)
        assert evaluation.plan is not None
        assert evaluation.plan.left_out == request.left_out
        assert evaluation.terms == request.terms


async def test_two_rules_do_not_propose_the_same_versions(world: Cleaning) -> None:
    """What one rule has proposed is left out of the other's proposal, as of any other request."""
    world.rules = [RULE, another("everything old", keep=1)]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        first, second = await process.proposed()
        mine, others = [await process.requests.targets(one.id) for one in (first, second)]
    assert {target.version_id for target in mine}.isdisjoint(target.version_id for target in others)


async def test_a_bug_in_one_rule_does_not_stop_the_others(world: Cleaning, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule whose evaluation fails as nobody thought of is put off, and the next step goes on with the others."""
    world.rules = [another("broken"), RULE]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        evaluate = process.proposals._evaluator.evaluate

        async def breaking(rule: object) -> object:
            if getattr(rule, "name", "") == "broken":
                raise ZeroDivisionError
            return await evaluate(rule)  # type: ignore[arg-type]

        monkeypatch.setattr(process.proposals._evaluator, "evaluate", breaking)
        with pytest.raises(ZeroDivisionError):
            await process.proposals.step()
        await process.proposals.step()
        assert [request.proposed_by for request in await process.open()] == ["old experiments"]


async def test_a_process_that_dies_while_it_reads_is_followed_by_another(world: Cleaning) -> None:
    """A turn whose process died is taken by another one after its lease, and is told and proposed once."""
    await seen(world)
    world.at(MONDAY + 1)
    begun = asyncio.Event()
    world.replicate.on_request.append(begun.set)
    world.replicate.fail(Hanging(), method="GET", path="/models/acme/flux")
    async with world.process() as dying, world.process() as other:
        dead = asyncio.create_task(dying.proposals.step())
        await begun.wait()
        dead.cancel()
        await asyncio.gather(dead, return_exceptions=True)
        assert await other.proposals.step() == pytest.approx(120, abs=10)
        assert await other.proposed() == []
        world.clock.shift += 121
        await other.proposals.step()
        assert len(await other.proposed()) == 1
        assert len(await other.told()) == 1


async def test_nobody_confirms_or_withdraws_a_proposal(world: Cleaning) -> None:
    """No person is a proposal's requester, so that nobody can do with it what only a requester may."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        await process.proposals.step()
        [request] = await process.proposed()
        outcome = await process.requests.apply(request.id, withdraw("UOLGA"), Actor("UOLGA", "T", "COPS"))
        assert not isinstance(outcome, Transitioned)
        assert (await process.requests.get(request.id)).state is State.AWAITING


async def test_a_rule_about_another_account_is_not_evaluated_with_a_stranger_s_token(world: Cleaning) -> None:
    """While no token is of the rule's account nothing is said to be missing; the owner is told if that lasts."""
    world.rules = [replace(RULE, models=(ModelRef("globex", "voice"),))]
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        for _ in range(6):
            wait = await process.proposals.step()
            world.clock.shift += (wait or 0) + 1
        [(_, told)] = await process.told()
        assert isinstance(told, NotProposed)
        assert (told.problem, told.not_found) == (Problem.ACCOUNT, ())
        assert "globex" in told.words
        world.replicate.change_account(world.replicate.token, "globex")
        world.replicate.add_model("globex/voice")
        for days in (40, 50, 60, 70):
            world.replicate.add_version("globex/voice", created_at=world.replicate.clock() - timedelta(days=days))
        await process.proposals.step()
        assert len(await process.open()) == 1


async def test_a_start_while_replicate_is_down_is_replicate_s_problem(world: Cleaning) -> None:
    """While no account is known since the start, the owner is told that Replicate did not answer, and it goes on."""
    await seen(world)
    world.at(MONDAY + 1)
    async with world.process() as process:
        reader = process.proposals._evaluator._reader
        known = reader._replicate_of

        def none_known(_account: str) -> Replicate:
            raise NotNow("Replicate has not answered yet since the bot was started.")

        reader._replicate_of = none_known
        wait = await process.proposals.step()
        [(_, told)] = await process.told()
        assert isinstance(told, NotProposed)
        assert told.problem is Problem.REPLICATE
        reader._replicate_of = known
        world.clock.shift += (wait or 0) + 1
        await process.proposals.step()
        assert len(await process.open()) == 1
