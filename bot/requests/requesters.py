"""Who may ask for the deletion of which models. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import SlackUnavailable
from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import PolicyInForce


@dataclass(frozen=True, slots=True)
class Restriction:
    """Only `requesters` may ask for the deletion of these models or of their versions."""

    requesters: Approvers
    refs: tuple[ModelRef, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """A restriction that does not let a person ask.

    `empty` are the groups it names for which Slack lists nobody: they are disabled, or there are no such groups.
    `unread` says why it could not be found out whether the restriction names the person; that lets nobody in.
    """

    restriction: Restriction
    empty: tuple[str, ...] = ()
    unread: SlackUnavailable | None = None


def restrictions(
    refs: Iterable[ModelRef], in_force: PolicyInForce, kept: Iterable[Approvers] = ()
) -> tuple[Restriction, ...]:
    """Return every restriction that holds for a request of these models: its requester has to be among each.

    `kept` are the requesters of the terms that a request was made under. Those of them that the policy in force no
    longer has hold for all of its models, as nothing tells any more which of them they were about.
    """
    about: dict[Approvers, list[ModelRef]] = {}
    every = list(dict.fromkeys(refs))
    for ref in every:
        for requesters in in_force.terms_for((ref,), 1).requesters:
            about.setdefault(requesters, []).append(ref)
    for requesters in kept:
        about.setdefault(requesters, every)
    return tuple(Restriction(requesters, tuple(found)) for requesters, found in about.items())
