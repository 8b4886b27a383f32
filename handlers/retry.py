"""`Retry failed`: a new preview of just the targets that failed, for approval again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slack_bolt.app.async_app import AsyncApp

from bot.cards import Action
from bot.errors import NotNow
from bot.facts import Facts
from bot.message import Message
from bot.options import Command
from bot.plan import Plan
from bot.policy import Protected
from bot.references import ModelRef
from bot.requests import Target, TargetState
from bot.services import Services
from bot.verdicts import on_model, on_version
from bot.whole_models import plan_models_with_versions
from handlers.listening import noting_refusals, on_click
from handlers.payloads import Asking, Click
from handlers.requesting import admit, facts_about, offer, together


def register(app: AsyncApp, services: Services) -> None:
    """Listen to `Retry failed`."""

    async def run(click: Click) -> Message | None:
        request = await services.requests.get(click.request_id)
        failed = [t for t in await services.requests.targets(request.id) if t.state is TargetState.FAILED]
        if not failed:
            raise NotNow(f"Nothing in {request.id} failed, so there is nothing to try again.")
        asking = Asking(click.user_id, click.team_id, request.origin_channel, click.trigger_id)
        person, plan = await together(
            admit(services, Command.DELETE_VERSION, asking), _plan(services, failed, request.rules)
        )
        return await offer(services, asking, person, plan, request.reason)

    on_click(app, services, Action.RETRY, noting_refusals(services, run))


async def _plan(services: Services, failed: Sequence[Target], rules: str) -> Plan:
    """Plan again; what rules had selected has to be what they would select when it is deleted."""
    facts = await facts_about(services, (t.ref for t in failed))
    return replace(plan_again(failed, facts, services.settings.protected_models), selected_by=rules)


def plan_again(failed: Sequence[Target], facts: Facts, protected: Protected) -> Plan:
    """Pass the verdicts anew: what made them fail may forbid them now.

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
    return Plan(facts.account, (*along, *verdicts))


def _whole_models(failed: Sequence[Target], facts: Facts) -> tuple[ModelRef, ...]:
    """The failed models of which no version is listed that has not failed too."""
    again = {t.version_id for t in failed}
    models = (t.ref for t in failed if t.version_id is None)
    return tuple(ref for ref in models if (found := facts.models.get(ref)) and found.by_id.keys() <= again)
