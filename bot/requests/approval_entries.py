"""What the audit trail says about approvals: those that a request needs, and what each one counts for. Pure.

The trail is append-only, so the rows of a request are compared with what is read from it. What people write comes last
in an entry, after all that is read. Entries of code that knew only the base say neither whose approvals it needs nor
what an approval counts for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.plurals import counted
from bot.requests.decisions import NAME_TYPED, Decision
from bot.requests.request import Request, State
from bot.requests.terms import Terms

_SELF_APPROVED = "approved by their own confirmation"
_NAME_NEEDED = "and the model's name typed"
_TYPED = "typed the model's name"
_DROPPED = "no longer counted, as they may not approve any more"

_KEY = r"[A-Z0-9,*]*[A-Z0-9*]"  # no comma at its end, as entries list requirements with one between
_KEYS = rf"{_KEY}(?: and {_KEY})*"
_USER = r"[A-Z0-9]+"

_PINNED = re.compile(
    rf"[\d,]+ targets?, digest (?P<digest>\S+); approvals needed: (?P<needed>\d+)(?P<alone>; {_SELF_APPROVED})?"
    rf"(?:; from (?P<base>{_KEY}))?(?P<further>(?:; and \d+ from {_KEY})*)(?P<name>; {_NAME_NEEDED})?(?:;|$)"
)
_APPROVAL = re.compile(
    rf"\d+ of (?P<needed>\d+) approvals(?P<further>(?:, \d+ of \d+ from {_KEY})*)"
    rf"(?:; counts for (?P<keys>{_KEYS}))?(?P<typed>; {_TYPED})?"
    rf"(?P<others>(?:; {_USER} now counts for {_KEYS})*)(?:; {_DROPPED}: (?P<dropped>{_USER}(?:, {_USER})*))?(?:;|$)"
)
_FURTHER = re.compile(rf"(\d+) from ({_KEY})")
_OTHER = re.compile(rf"({_USER}) now counts for ({_KEYS})")


@dataclass(frozen=True, slots=True)
class PinnedRequest:
    """What a requester confirmed: the digest of what was shown, and the approvals that it needed.

    `needed` has the number of each requirement by its key. `base` is the key of the base, which is empty where the
    entry does not say whose approvals it needs. `alone`: the requester's own confirmation approved it. `needs_name`:
    its last approver has to type the model's name.
    """

    digest: str
    base: str
    needed: Mapping[str, int]
    alone: bool
    needs_name: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """What the entry of an approval says. The key of the base is empty, unless the approval is said to count for it.

    `needed` has the number of each requirement that held then. `counts_for` has the keys of those for which the
    approval counted, and `others` those of earlier approvals for which that changed, by their givers; `dropped` are the
    givers of approvals that counted no longer.
    """

    needed: Mapping[str, int]
    counts_for: frozenset[str]
    typed_name: bool = False
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


def pinned_detail(request: Request) -> str:
    """Return the detail of a confirmation's entry.

    It begins as the version before reads it, which knows only the base.
    """
    terms = request.terms
    return "; ".join(
        [
            f"{counted(sum(request.counts.values()), 'target')}, digest {request.digest}",
            f"approvals needed: {terms.base.needed}",
            *([_SELF_APPROVED] if request.state is State.APPROVED else []),
            f"from {terms.base.key}",
            *(f"and {one.needed} from {one.key}" for one in terms.further),
            *([_NAME_NEEDED] if terms.confirm_name else []),
            *([f"proposed by the cleanup rule {request.proposed_by}"] if request.proposed_by else []),
            *([f"reference: {request.reference}"] if request.reference else []),
            *([f"reason: {request.reason}"] if request.reason else []),
        ]
    )


def approval_detail(before: Request, request: Request) -> str:
    """Return the detail of an approval's entry: what is met by now, and what changed for the approvals before it."""
    *earlier, given = request.decisions
    still_counted = {d.user_id for d in request.decisions}
    dropped = sorted(d.user_id for d in before.approvals if d.user_id not in still_counted)
    known = {d.user_id: _keys(d, request.terms) for d in before.approvals}
    others = [d for d in earlier if _keys(d, request.terms) != known.get(d.user_id)]
    return "; ".join(
        [
            ", ".join(_met(request)),
            f"counts for {_listed(given, request.terms)}",
            *([_TYPED] if given.has_typed_name else []),
            *(f"{d.user_id} now counts for {_listed(d, request.terms)}" for d in others),
            *([f"{_DROPPED}: {', '.join(dropped)}"] if dropped else []),
            *([f"comment: {given.reason}"] if given.reason else []),
        ]
    )


def read_pinned(detail: str) -> PinnedRequest | None:
    """Parse the detail of a confirmation's entry; None for any other text."""
    if not (found := _PINNED.match(detail)):
        return None
    base = found["base"] or ""
    return PinnedRequest(
        found["digest"],
        base,
        {base: int(found["needed"])} | _further(found["further"]),
        found["alone"] is not None,
        found["name"] is not None,
    )


def read_approval(detail: str) -> Approval:
    """Parse the detail of an approval's entry; one that says nothing of this counted for the base."""
    if not (found := _APPROVAL.match(detail)):
        return Approval({}, frozenset({""}))
    return Approval(
        {"": int(found["needed"])} | _further(found["further"]),
        _split(found["keys"]) if found["keys"] else frozenset({""}),
        found["typed"] is not None,
        {user: _split(keys) for user, keys in _OTHER.findall(found["others"])},
        frozenset(found["dropped"].split(", ")) if found["dropped"] else frozenset(),
    )


def _met(request: Request) -> list[str]:
    """Return how many approvals of each requirement are there, that of the base first."""
    base, *further = request.terms.requirements
    return [
        f"{request.given(base)} of {base.needed} approvals",
        *(f"{request.given(one)} of {one.needed} from {one.key}" for one in further),
    ]


def _keys(decision: Decision, terms: Terms) -> set[str]:
    return set(decision.counts_for or (terms.base.key,)) - {NAME_TYPED}


def _listed(decision: Decision, terms: Terms) -> str:
    return " and ".join(sorted(_keys(decision, terms)))


def _further(text: str) -> dict[str, int]:
    return {key: int(count) for count, key in _FURTHER.findall(text)}


def _split(keys: str) -> frozenset[str]:
    return frozenset(keys.split(" and "))
