"""Who may ask, and for how much: refused whole at every way in, at the confirmation, and before anything is deleted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Bot
from tests.sandbox.replicate.faults import refusal
from tests.scenarios.home_steps import opened as home_opened
from tests.scenarios.known_steps import know
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage
from tests.scenarios.window_steps import window_says

ONLY_ML = '[[models]]\nmatch = ["acme/prod-*"]\nrequesters = ["SML"]\n'
HALF = "[limits]\nshare_of_a_model = 0.5\n"


class Company:
    """A stage whose policy file can be written again; Ana is in the group `SML`, Dan is not."""

    def __init__(self, stage: Stage, path: Path) -> None:
        self.stage = stage
        self._path = path
        stage.slack.add_group("SML", handle="ml", members=[ANA])

    @contextlib.asynccontextmanager
    async def bot(self, text: str) -> AsyncIterator[Bot]:
        """Run a bot with this policy file."""
        self._path.write_text(text)
        async with self.stage.bot(policy_file=self._path) as bot:
            yield bot

    async def rewrite(self, bot: Bot, text: str) -> None:
        """Change the policy file, and have it read again."""
        self._path.write_text(text)
        await bot.reload()


@pytest.fixture
def company(stage: Stage, tmp_path: Path) -> Company:
    return Company(stage, tmp_path / "policy.toml")


def nothing_requested(stage: Stage) -> bool:
    return stage.rows("SELECT id FROM requests") == []


async def test_a_command_over_others_models_is_refused_whole(company: Company) -> None:
    """It says which models only others may ask for, whom to ask, and a line for the rest; that line then works."""
    stage = company.stage
    for ref in ("acme/exp-1", "acme/prod-tts", "acme/prod-voice"):
        stage.replicate.add_model(ref, versions=3)
    async with company.bot(ONLY_ML):
        for ref in ("acme/exp-1", "acme/prod-tts", "acme/prod-voice"):
            await know(stage, ref)
        answer = await stage.ask("acme/* --keep 2 --reason tidying up", user=DAN)
        assert answer.text == (
            "Only <!subteam^SML> may ask for the deletion of `acme/prod-tts` and `acme/prod-voice`. Nothing was "
            "requested. Ask one of them to request it, or leave those models out:\n"
            "`/delete-version acme/exp-1 --keep 2 --reason tidying up`"
        )
        assert nothing_requested(stage)
        rest = await stage.ask("acme/exp-1 --keep 2 --reason tidying up", user=DAN)
        assert rest.buttons == ["Request approval", "Cancel"]
        whole = await stage.ask("acme/* --keep 2", user=ANA)
        assert "3 versions" in whole.text


async def test_every_other_way_in_is_closed_too(company: Company) -> None:
    """The picker, the message shortcut and the start window let nobody ask for what only others may ask for."""
    stage = company.stage
    one, two = stage.replicate.add_model("acme/prod-voice", versions=2)
    async with company.bot(ONLY_ML):
        await stage.slack.type_command(DAN, OPS, "/delete-version", "acme/prod-voice")
        await window_says(stage, "may ask for the deletion of", DAN)
        said = stage.slack.say(BEN, OPS, f"https://replicate.com/acme/prod-voice/versions/{one} is stale")
        told = await stage.told(DAN, lambda: stage.slack.message_shortcut(DAN, said, "delete_linked"))
        assert "Only <!subteam^SML> may ask" in told
        said = stage.slack.say(BEN, OPS, "https://replicate.com/acme/prod-voice")
        await stage.slack.message_shortcut(DAN, said, "delete_linked")
        await window_says(stage, "*Model:* `acme/prod-voice`", DAN)
        await stage.slack.submit(DAN, {"what": "model"})
        await window_says(stage, "Only <!subteam^SML> may ask", DAN)
    assert nothing_requested(stage)
    assert stage.ids("acme/prod-voice") == [one, two]


async def test_what_failed_is_asked_for_again_only_by_those_who_may_ask(company: Company) -> None:
    """Retry failed makes no preview for somebody who may not ask, and the refused click is in the audit trail."""
    stage = company.stage
    stage.replicate.add_model("acme/prod-voice", versions=1)
    async with company.bot(ONLY_ML):
        card = await stage.request("acme/prod-voice --all")
        stage.replicate.fail(refusal(403), path="/models/acme/prod-voice")
        await stage.slack.click(BEN, card, "Approve")
        failed = await stage.card_says("1 failed")
        await stage.replies()
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, failed, "Retry failed"))
    assert told.startswith("Only <!subteam^SML> may ask for the deletion of `acme/prod-voice`.")
    assert stage.rows("SELECT user_id FROM audit WHERE event = 'click refused'") == [(DAN,)]
    assert len(stage.rows("SELECT id FROM requests")) == 1


async def test_who_left_the_group_cannot_confirm(company: Company) -> None:
    """A preview made before somebody left the group cannot be confirmed after it; nothing is requested."""
    stage = company.stage
    stage.replicate.add_model("acme/prod-voice", versions=2)
    async with company.bot(ONLY_ML):
        preview = await stage.ask("acme/prod-voice --keep 1")
        stage.slack.workspace.groups["SML"].members.remove(ANA)
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
        assert told.startswith("Only <!subteam^SML> may ask for the deletion of `acme/prod-voice`.")
        assert stage.cards() == []
        stage.slack.workspace.groups["SML"].members.append(ANA)
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.slack.until(stage.cards)


async def test_an_unreadable_group_lets_nobody_in(company: Company) -> None:
    """Where Slack does not tell who is in the group, nobody may ask, and they are told why and what to do."""
    stage = company.stage
    stage.replicate.add_model("acme/prod-voice", versions=2)
    async with company.bot(ONLY_ML):
        stage.slack.fail("usergroups.users.list", error="team_access_not_granted", times=1)
        answer = await stage.ask("acme/prod-voice --keep 1")
        assert "Whether you may ask for this could not be checked, so nothing was requested" in answer.text
        assert "python -m bot check" in answer.text
        assert nothing_requested(stage)
        again = await stage.ask("acme/prod-voice --keep 1")
        assert again.buttons == ["Request approval", "Cancel"]


async def test_a_policy_made_stricter_before_the_work_deletes_nothing(company: Company) -> None:
    """A request that was approved is skipped whole where its requester may not ask any more by then."""
    stage = company.stage
    ids = stage.replicate.add_model("acme/prod-voice", versions=3)
    async with company.bot(HALF) as bot:
        card = await stage.request("acme/prod-voice --keep 2")
        await company.rewrite(bot, HALF + ONLY_ML.replace("SML", DAN))
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert f"only {DAN} may ask for the deletion of acme/prod-voice" in result.text
    assert not stage.deletions()
    assert stage.ids("acme/prod-voice") == ids


async def test_a_request_beyond_limits_is_refused_whole(company: Company) -> None:
    """It says every limit that is exceeded, what the request has and what to do; Home names the limits."""
    stage = company.stage
    ids = stage.replicate.add_model("acme/flux", versions=4)
    stage.replicate.predict("acme/flux", ids[3], deployment="live")
    policy = '[limits]\nversions = 2\nshare_of_a_model = 0.5\nused_within = "7d"\n'
    async with company.bot(policy):
        await home_opened(stage, ANA, "one request may have at most 2 versions, at most 50% of a model's versions")
        answer = await stage.ask("acme/flux --keep 1")
        assert "*This is beyond 3 limits of what one request may have*, so nothing was requested." in answer.text
        assert "*At most 2 versions*: this one has 3." in answer.text
        assert "it has 3 of the 4 versions of `acme/flux`, where 2 may go" in answer.text
        assert f"`acme/flux:{ids[3][:12]}` was run" in answer.text
        assert nothing_requested(stage)
        within = await stage.ask(f"acme/flux:{ids[1]} acme/flux:{ids[2]}")
    assert within.buttons == ["Request approval", "Cancel"]
