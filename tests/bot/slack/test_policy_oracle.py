"""Every policy over a small world: the bot decides as an oracle does that was written from the rules alone.

The oracle knows nothing of requirements and their keys. It has the sentence of the documentation: each target needs the
approvals of every entry that matches it and of the size of its request, and one approval counts for all that name its
giver.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from bot.clock import Clock
from bot.policy_source import fixed_policy
from bot.refs import ModelRef
from bot.requests.policy import Approvers, Person, Standing
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import ModelEntry, PolicyRules, SizeEntry
from bot.requests.request import State
from bot.requests.terms import Terms
from bot.requests.transitions import Confirmation, approve, confirm
from bot.slack.client import web_client
from bot.slack.people import People
from bot.slack.quorum import Quorum
from tests.bot.messages.waiting_request import WAITING
from tests.sandbox.slack.people import TEAM_ID
from tests.sandbox.slack.stand_in import StandInSlack

GROUPS = {"SONE": {"UANA"}, "STWO": {"UANA", "UBEN"}, "STHREE": {"UBEN", "UCLEO"}}
PEOPLE = ("UANA", "UBEN", "UCLEO")
MODELS = (ModelRef("acme", "exp"), ModelRef("acme", "prod"), ModelRef("acme", "prod-old"))
MATCHES = {"acme/exp": {MODELS[0]}, "acme/prod*": {MODELS[1], MODELS[2]}, "acme/*": set(MODELS)}
NUMBERS = (0, 1, 2, 3)
ORDERS = tuple(itertools.permutations(PEOPLE))


@dataclass(frozen=True)
class World:
    """One policy, and one request under it.

    `entries` are a pattern, the group that approves (None: the base), and a number (None: the base's); `size` is the
    number for requests of more than one target.
    """

    base: str
    number: int
    own: bool
    entries: tuple[tuple[str, str | None, int | None], ...]
    size: int | None
    requester: str
    targets: tuple[ModelRef, ...]


def members(group: str) -> set[str]:
    return set(PEOPLE) if group == "*" else GROUPS[group]


def oracle(world: World, clicks: Sequence[str]) -> int | None:
    """Return after how many clicks the request is approved; 0: by its confirmation, None: never."""
    demands = [(members(world.base), world.number)]
    for target in world.targets:
        for pattern, group, number in world.entries:
            if target in MATCHES[pattern]:
                demands.append((members(group or world.base), world.number if number is None else number))
        if world.size is not None and len(world.targets) > 1:
            demands.append((members(world.base), world.size))
    if all(number == 0 and world.requester in people for people, number in demands):
        return 0
    approved: set[str] = set()
    for clicked, person in enumerate(clicks, 1):
        may = any(person in people for people, _ in demands) and (world.own or person != world.requester)
        approved |= {person} if may else set()
        if all(len(approved & people) >= max(number, 1) for people, number in demands):
            return clicked
    return None


def small_worlds() -> Iterator[World]:
    """Yield every world with at most one entry."""
    entries = [(), *(((p, g, n),) for p in MATCHES for g in (None, *GROUPS) for n in (None, *NUMBERS))]
    policies = itertools.product(("*", *GROUPS), NUMBERS, (False, True), entries)
    for (base, number, own, entry), requester in zip(policies, itertools.cycle(PEOPLE), strict=False):
        yield World(base, number, own, entry, None, requester, MODELS[:2])


def larger_worlds(count: int) -> Iterator[World]:
    """Yield some of the worlds with two entries and a size; the same ones in every run."""
    chance = random.Random(13)  # noqa: S311 - a choice of examples
    for _ in range(count):
        entries = tuple(
            (chance.choice(list(MATCHES)), chance.choice([None, *GROUPS]), chance.choice([None, *NUMBERS]))
            for _ in range(2)
        )
        yield World(
            chance.choice(["*", *GROUPS]),
            chance.choice(NUMBERS),
            chance.random() < 0.5,
            entries,
            chance.choice([None, *NUMBERS]),
            chance.choice(PEOPLE),
            tuple(chance.sample(MODELS, chance.randint(1, 3))),
        )


@pytest.fixture
async def people() -> AsyncIterator[People]:
    """The three people and three groups, as Slack knows them."""
    async with StandInSlack(rate_limits=False) as slack:
        for user_id in PEOPLE:
            slack.add_person(user_id, name=user_id)
        for group, listed in GROUPS.items():
            slack.add_group(group, handle=group.lower(), members=sorted(listed))
        yield People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())


def policy_of(world: World) -> Policy:
    rules = PolicyRules(
        models=tuple(
            ModelEntry((pattern,), approvers=None if group is None else Approvers.parse(group), approvals=number)
            for pattern, group, number in world.entries
        ),
        sizes=() if world.size is None else (SizeEntry(1, approvals=world.size),),
    )
    return Policy(Terms(world.number, Approvers.parse(world.base), world.own), rules=rules)


@dataclass(frozen=True)
class Decider:
    """The bot's own rules, with what Slack says about the people looked up once for a world."""

    world: World
    terms: Terms
    alone: bool
    named: dict[str, frozenset[str]]

    @classmethod
    async def of(cls, world: World, people: People) -> Decider:
        """Look up who decides alone, and what each person's approval counts for."""
        policy = policy_of(world)
        quorum = Quorum(people, fixed_policy(policy), remembered=True)
        terms = policy.terms_for(world.targets, len(world.targets))
        persons = [Person(user_id, TEAM_ID, Standing.MEMBER) for user_id in PEOPLE]
        alone = await quorum.decides_alone(persons[PEOPLE.index(world.requester)], terms)
        may = [person for person in persons if await quorum.denial(person, terms) is None]
        named = {person.user_id: await quorum.counts_for(person, terms) for person in may}
        assert await quorum.still_count([*named], terms) == named
        return cls(world, terms, alone, named)

    def decided_after(self, clicks: Sequence[str]) -> int | None:
        """Return after how many clicks the request is approved; 0: by its confirmation, None: never."""
        draft = replace(WAITING, state=State.DRAFT, requester=self.world.requester, expires_at=100.0, terms=self.terms)
        confirmation = Confirmation("C", 60.0, self.terms, may_decide=self.alone)
        request = confirm(self.world.requester, confirmation)(draft, 1.0).request
        for clicked, user_id in enumerate(["", *clicks]):
            if user_id in self.named and request.state is State.AWAITING:
                counts_for = self.named[user_id]
                request = approve(user_id, TEAM_ID, self.named, self.terms, counts_for=counts_for)(request, 2.0).request
            if request.state is State.APPROVED:
                return clicked
        return None


async def test_every_policy_with_one_entry_decides_as_the_oracle(people: People) -> None:
    """Three people in three groups, quorums of 0 to 3: the same decision at the same click, in any order."""
    decided = 0
    for world in small_worlds():
        decider = await Decider.of(world, people)
        for clicks in ORDERS:
            expected = oracle(world, clicks)
            assert decider.decided_after(clicks) == expected, (world, clicks)
            decided += expected is not None
    assert decided > 1000


async def test_policies_with_several_entries_and_a_size_decide_as_the_oracle(people: People) -> None:
    """Requests for up to three models under two entries and a size: the same decision, in every order of clicks."""
    for world in larger_worlds(500):
        decider = await Decider.of(world, people)
        for clicks in ORDERS:
            assert decider.decided_after(clicks) == oracle(world, clicks), (world, clicks)
