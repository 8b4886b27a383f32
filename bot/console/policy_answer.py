"""What a policy says about a request, and which entry or setting says so, in lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import next_after
from bot.durations import spell_duration
from bot.messages.limits import limits_named
from bot.plurals import counted
from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import ModelEntry, SizeEntry
from bot.requests.terms import Requirement, Terms


@dataclass(frozen=True, slots=True)
class AskedRequest:
    """The request that is asked about: its models, each once, and its number of targets, under a policy."""

    policy: Policy
    refs: tuple[ModelRef, ...]
    targets: int

    @property
    def terms(self) -> Terms:
        """The terms of the request."""
        return self.policy.terms_for(self.refs, self.targets)

    @property
    def entries(self) -> list[tuple[str, ModelEntry]]:
        """The entries that match one of its models, each with its place in the file and what it matches."""
        numbered = enumerate(self.policy.rules.models, start=1)
        matching = [(number, entry) for number, entry in numbered if any(map(entry.matches, self.refs))]
        return [(f"models[{number}], {' '.join(entry.match)}", entry) for number, entry in matching]

    @property
    def sizes(self) -> list[tuple[str, SizeEntry]]:
        """The entries for its size, each with its place in the file."""
        numbered = enumerate(self.policy.rules.sizes, start=1)
        return [
            (f"size[{number}], more than {counted(size.more_than, 'target')}", size)
            for number, size in numbered
            if self.targets > size.more_than
        ]


def answer(asked: AskedRequest, cleanups: Iterable[CleanupRule], now: float) -> Iterator[str]:
    """Yield what a policy says about a request; without models, only the cleanup rules with their next times."""
    if asked.refs:
        yield _line("request", f"{', '.join(map(str, asked.refs))}: {counted(asked.targets, 'target')}")
        yield from _who_may_ask(asked)
        yield from _who_decides(asked)
        yield from _protected(asked)
        limits = limits_named(asked.terms.limits)
        yield _line("limits", limits or "none", *(["limits"] if limits else []))
        yield from _after_the_approval(asked)
        breakers = asked.policy.break_glass
        yield _line("break-glass", "nobody" if breakers is None else _named(breakers), "BREAK_GLASS")
    about = [rule for rule in cleanups if not asked.refs or any(map(rule.covers, asked.refs))]
    for line in cleanup_lines(about, now):
        yield _line("cleanup", line)


def cleanup_lines(cleanups: Iterable[CleanupRule], now: float) -> Iterator[str]:
    """Yield of each cleanup rule what it is about, and its next time in its own time zone."""
    for rule in cleanups:
        at = datetime.fromtimestamp(next_after(rule.every, rule.timezone, now), rule.timezone)
        models = ", ".join(str(one) for one in rule.models)
        yield f'"{rule.name}" of {models}: {rule.schedule}, next on {at:%Y-%m-%d at %H:%M %Z}'


def _who_may_ask(asked: AskedRequest) -> Iterator[str]:
    limiting = [(place, entry.requesters) for place, entry in asked.entries if entry.requesters is not None]
    for place, requesters in limiting:
        yield _line("who may ask", _named(requesters), place)
    if not limiting:
        yield _line("who may ask", "every full member")
    if len(limiting) > 1:
        yield _line("", "a requester has to be among all of these")


def _who_decides(asked: AskedRequest) -> Iterator[str]:
    terms = asked.terms
    if terms.needs_nobody_else:
        everywhere = " and among ".join(_named(one.approvers) for one in terms.requirements)
        yield _line("who decides", f"a requester among {everywhere} decides by the confirmation; for others:")
    for requirement in terms.requirements:
        needed = f"{counted(requirement.needed, 'approval')} of {_named(requirement.approvers)}"
        yield _line("who decides", needed, *_why(asked, requirement))
    if terms.further:
        yield _line("", "each of these is needed; one approval counts for all that name who gives it")
    own = "an approver may approve" if terms.self_approval else "nobody's approval counts for"
    yield _line("", f"{own} a request of their own", "ALLOW_SELF_APPROVAL")


def _why(asked: AskedRequest, requirement: Requirement) -> Iterator[str]:
    """Yield the settings and entries that require this number of these people."""
    base = asked.policy.terms.base
    if requirement == base:
        yield "APPROVERS and APPROVALS_REQUIRED"
    for place, entry in asked.entries:
        approvals = base.approvals if entry.approvals is None else entry.approvals
        sets_it = entry.approvers is not None or entry.approvals is not None
        if sets_it and Requirement(entry.approvers or base.approvers, approvals) == requirement:
            yield place
    for place, size in asked.sizes:
        if size.approvals is not None and Requirement(base.approvers, size.approvals) == requirement:
            yield place


def _protected(asked: AskedRequest) -> Iterator[str]:
    why = {ref: [*_protecting(asked, ref)] for ref in asked.refs}
    for ref, places in why.items():
        if places:
            yield _line("protected", f"{ref}: nothing deletes it", *places)
    if not any(why.values()):
        yield _line("protected", "no")


def _protecting(asked: AskedRequest, ref: ModelRef) -> Iterator[str]:
    if glob := asked.policy.protected.glob_for(ref):
        yield f"PROTECTED_MODELS, {glob}"
    yield from (place for place, entry in asked.entries if entry.protected and entry.matches(ref))


def _after_the_approval(asked: AskedRequest) -> Iterator[str]:
    seconds = asked.terms.undo_for
    begins = f"deleting begins {spell_duration(seconds)} after the last approval" if seconds else "no time for it"
    yield _line("undo", begins, *(["undo or UNDO_FOR"] if seconds else []))
    naming = [place for place, size in asked.sizes if size.confirm_name]
    yield _line("typed name", "the last approver types the name of a model" if naming else "not needed", *naming)


def _named(people: Approvers) -> str:
    return "every full member" if people.everyone else " ".join([*sorted(people.users), *sorted(people.groups)])


def _line(label: str, text: str, *why: str) -> str:
    return f"{label:<14}{text}" + (f"  ({'; '.join(why)})" if why else "")
