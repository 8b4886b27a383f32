"""`Retry failed` and `Ask for the rest`: a new preview of just what failed, or was left, for approval again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.commands.grounds import Grounds
from bot.errors import NotNow
from bot.messages.buttons import Action
from bot.messages.message import Message
from bot.messages.state_words import NOT_DELETED
from bot.planning.facts import Facts
from bot.planning.model_plans import plan_models_with_versions
from bot.planning.plan import Plan
from bot.planning.verdicts import on_model, on_version
from bot.planning.version_reading import Named
from bot.refs import Command, ModelRef
from bot.requests.policy import Protected
from bot.requests.request import Target, TargetState
from bot.store.requests import RequestStore
from handlers.admission import Admission
from handlers.card_copies import CardCopies
from handlers.listener import Listener
from handlers.model_reader import ModelReader
from handlers.payloads import Click, Requester
from handlers.previews import Previews
from handlers.refused_clicks import recording_refusals
from handlers.waiting_by_account import WaitingByAccount

_AGAIN = {
    Action.RETRY: (TargetState.FAILED, "Nothing in {} failed, so there is nothing to try again."),
    Action.REQUEST_REST: (TargetState.NOT_REACHED, "Nothing in {} was left, so there is nothing more to request."),
}
"""Which targets each button requests again, and the answer if there are none."""


class AskAgainButtons:
    """Makes a new preview of the targets that failed, or that were not reached."""

    def __init__(
        self,
        requests: RequestStore,
        admission: Admission,
        reader: ModelReader,
        previews: Previews,
        waiting: WaitingByAccount,
    ) -> None:
        self._requests = requests
        self._admission = admission
        self._reader = reader
        self._previews = previews
        self._waiting = waiting

    def listen(self, listener: Listener, copies: CardCopies) -> None:
        """Listen to `Retry failed` and to `Ask for the rest`."""
        for action in _AGAIN:
            run = recording_refusals(self._requests, self._asking_again(action))
            listener.click(action, copies.removed_after(run))

    def _asking_again(self, action: Action) -> Callable[[Click], Awaitable[Message | None]]:
        state, nothing = _AGAIN[action]

        async def run(click: Click) -> Message | None:
            request = await self._requests.get(click.request_id)
            again = asked_again(await self._requests.targets(request.id), state)
            if not again:
                raise NotNow(nothing.format(request.id))
            requester = Requester(click.user_id, click.team_id, request.origin_channel, click.trigger_id)
            admitted = self._admission.admit(Command.DELETE_VERSION, requester)
            grounds = Grounds(request.reason, request.reference)
            planning = self._previews.planned(admitted, self._plan(again, request.rules), grounds)
            person, plan = await self._waiting.about(t.ref for t in again).with_notes_at(click.response_url, planning)
            return await self._previews.offer(requester, person, plan, grounds)

        return run

    async def _plan(self, failed: Sequence[Target], rules: str) -> Plan:
        """Plan again; what rules had selected has to be what they would select when it is deleted."""
        facts = await self._reader.facts(_named(failed))
        return replace(plan_again(failed, facts, await self._reader.protected()), selected_by=rules)


def asked_again(targets: Sequence[Target], state: TargetState) -> list[Target]:
    """Return the targets that ended so, and the models that stayed because their versions did.

    With a model come all of its versions that stayed, for whatever reason: it can only be deleted with them.
    """
    ended = [target for target in targets if target.state is state]
    refs = {target.ref for target in ended}
    models = [t for t in targets if t.version_id is None and t.ref in refs and t.state in NOT_DELETED]
    whole = {target.ref for target in models}
    versions = (t for t in targets if t.version_id and t.ref in whole and t.state in NOT_DELETED)
    return list(dict.fromkeys([*ended, *versions, *models]))


def plan_again(failed: Sequence[Target], facts: Facts, protected: Protected) -> Plan:
    """Pass the verdicts again: what made them fail may forbid them now.

    A model that failed together with every version it still has is judged with those, as `--with-versions` does.
    """
    whole = _whole_models(failed, facts)
    along = plan_models_with_versions(whole, facts, protected).verdicts
    judged = {v.id for ref in whole if (found := facts.models[ref]) for v in found.versions}
    alone = (t for t in failed if t.version_id not in judged and not (t.version_id is None and t.ref in whole))
    verdicts = (
        on_version(t.ref, t.version_id, facts, protected) if t.version_id else on_model(t.ref, facts, protected)
        for t in alone
    )
    return Plan.from_facts(facts, (*along, *verdicts))


def _named(failed: Sequence[Target]) -> dict[ModelRef, Named]:
    """Return what has to be read of each model: all versions where the model itself is to be deleted."""
    return {
        ref: None if None in ids else frozenset(version_id for version_id in ids if version_id)
        for ref, ids in _ids_by_model(failed).items()
    }


def _ids_by_model(targets: Sequence[Target]) -> dict[ModelRef, set[str | None]]:
    ids: dict[ModelRef, set[str | None]] = {}
    for target in targets:
        ids.setdefault(target.ref, set()).add(target.version_id)
    return ids


def _whole_models(failed: Sequence[Target], facts: Facts) -> tuple[ModelRef, ...]:
    """Return the failed models whose listed versions have all failed too."""
    again = {t.version_id for t in failed}
    models = (t.ref for t in failed if t.version_id is None)
    return tuple(
        ref for ref in models if (found := facts.models.get(ref)) and not found.unread and found.by_id.keys() <= again
    )
