"""Who may carry a request out without the approvals that are missing: BREAK_GLASS, applied to Slack's users.

A person has to be a full member and among those of every live process. Where one of these lets nobody, nobody may; a
group that cannot be read lets nobody either.
"""

from __future__ import annotations

from bot.errors import NotAllowed
from bot.requests.policy import Approvers, Person
from bot.requests.policy_in_force import PolicyInForce
from bot.slack.people import People


async def may_break_glass(people: People, person: Person, in_force: PolicyInForce) -> bool:
    """Return whether this person may. Slack is asked now. Raises SlackUnavailable where it does not say."""
    if not person.is_member or in_force.break_glass is None:
        return False
    for named in in_force.break_glass:
        if not await _is_among(people, person, named):
            return False
    return True


async def objection_to(people: People, user_id: str, in_force: PolicyInForce) -> str | None:
    """Return why what this person carried out without approvals may not be deleted now, or None if it may.

    Raises SlackUnavailable.
    """
    try:
        person = await people.person(user_id)
    except NotAllowed:
        return _NOT_ANY_MORE
    return None if await may_break_glass(people, person, in_force) else _NOT_ANY_MORE


_NOT_ANY_MORE = "it was carried out without approval, by somebody who may not do that any more"


async def _is_among(people: People, person: Person, named: Approvers) -> bool:
    # `everyone` counts for nothing: the settings refuse it.
    if person.user_id in named.users:
        return True
    return bool(named.groups) and await people.is_in_any(person.user_id, named.groups)
