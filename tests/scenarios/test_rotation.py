"""Secrets are rotated while the bot runs: it goes on with the new ones, without a restart, and loses nothing."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.renewal import LOOK_EVERY
from tests.event_receiver import SECRET, EventReceiver
from tests.sandbox.replicate.stand_in import Recorded
from tests.sandbox.slack.people import APP_ID
from tests.scenarios.stage import BEN, Stage

SIGNS_NEXT = "whsec_" + base64.b64encode(b"another thirty-two bytes, made up").decode()
NEW, OTHERS, UNKNOWN = "r8_rotated_new", "r8_rotated_globex", "r8_rotated_unknown"
VERSIONS = 40


@pytest.fixture(autouse=True)
def _talkative(caplog: pytest.LogCaptureFixture) -> None:
    """Capture what operators are told when all is well, too."""
    caplog.set_level(logging.INFO)


async def logged(read: Callable[[], str], words: str) -> str:
    """Return what a process has logged, once these words are in it."""
    async with asyncio.timeout(60):
        while words not in read():  # noqa: ASYNC110 - a file tells nobody that it grew
            await asyncio.sleep(0.05)
    return read()


def no_secret(said: str) -> bool:
    """Whether none of the secrets of these scenarios was said, nor anything that looks like one."""
    return re.search(r"(xoxb|xapp)-\w|r8_\w|whsec_\w|made-up-signing", said) is None


async def test_a_token_rotated_during_a_deletion_loses_nothing(stage: Stage, tmp_path: Path) -> None:
    """A deletion whose token is refused after some calls goes on with the one that its file holds by then."""
    stage.replicate.add_model("acme/flux", versions=VERSIONS + 1)
    newest, file, log = stage.replicate.newest("acme/flux"), tmp_path / "token", tmp_path / "log"
    file.write_text("r8_sandbox\n")

    async def rotate(asked: Recorded) -> None:
        if asked.method == "DELETE" and len(stage.deletions()) == VERSIONS // 3 and "r8_sandbox" in file.read_text():
            stage.replicate.change_account(NEW, "acme")
            file.write_text(f"{NEW}\n")
            stage.replicate.withdraw("r8_sandbox")

    stage.replicate.before = rotate
    stage.replicate.latency = 0.02
    await stage.launch({"REPLICATE_API_TOKEN": "", "REPLICATE_API_TOKEN_FILE": str(file)}, log=log)
    card = await stage.request("acme/flux --keep 1")
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("It took ", timeout=120)
    await stage.replies()
    assert stage.ids("acme/flux") == [newest]
    assert stage.rows("SELECT state, count(*) FROM targets GROUP BY state") == [("deleted", VERSIONS)]
    deletions = [asked for asked in stage.replicate.requests if asked.method == "DELETE"]
    answers = Counter(asked.status for asked in deletions)
    assert (answers[202], set(answers)) == (VERSIONS, {202, 401})
    assert len({asked.path for asked in deletions if asked.status != 401}) == VERSIONS
    said = log.read_text()
    assert "REPLICATE_API_TOKEN: a new token of the Replicate account acme is in use" in said
    assert no_secret(said)


async def test_a_token_that_cannot_be_used_is_not_taken(stage: Stage, tmp_path: Path) -> None:
    """At SIGHUP a token that is refused, or another account's, is logged by its setting, and the old one goes on."""
    [*_, oldest] = stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.change_account(OTHERS, "globex")
    file, log = tmp_path / "token", tmp_path / "log"
    file.write_text("r8_sandbox")
    process = await stage.launch({"REPLICATE_API_TOKEN": "", "REPLICATE_API_TOKEN_FILE": str(file)}, log=log)
    await logged(log.read_text, "account=acme")  # until whose the first one is was told, any may replace it
    for content, words in (
        (UNKNOWN, "Replicate does not accept REPLICATE_API_TOKEN. Create a new one"),
        (OTHERS, "REPLICATE_API_TOKEN: the new token belongs to the account globex, not to acme. It was not taken"),
        ("", f"REPLICATE_API_TOKEN_FILE: the file {file} is empty"),
    ):
        file.write_text(content)
        process.send_signal(signal.SIGHUP)
        await logged(log.read_text, words)
    assert "stay in use" in log.read_text()
    card = await stage.request(f"acme/flux:{oldest}")
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("Deleted 1 of 1")
    stage.replicate.change_account(NEW, "acme")
    file.write_text(NEW)
    process.send_signal(signal.SIGHUP)
    said = await logged(log.read_text, "REPLICATE_API_TOKEN: a new token of the Replicate account acme is in use")
    stage.replicate.withdraw("r8_sandbox")
    assert "acme/flux" in (await stage.ask("acme/flux", command="/delete-model")).text
    assert no_secret(said)


async def test_a_bot_token_that_was_revoked_is_read_again(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """When Slack has revoked the bot token, the next call looks for another, and is made with that one."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        stage.slack.rotate(bot_token="xoxb-rotated")
        stage.environment["SLACK_BOT_TOKEN"] = "xoxb-rotated"
        card = await stage.request("acme/flux --keep 1")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
    assert caplog.text.count("SLACK_BOT_TOKEN: a new token is in use") == 1
    assert no_secret(caplog.text)


async def test_a_bot_token_of_another_workspace_is_not_taken(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A bot token has to be of the same user in the same workspace, and Slack has to accept it."""
    stage.replicate.add_model("acme/flux", versions=2)
    stage.slack.install_elsewhere("xoxb-globex")
    async with stage.bot() as bot:
        stage.environment["SLACK_BOT_TOKEN"] = "xoxb-globex"
        await bot.reload()
        assert "SLACK_BOT_TOKEN: the new token is of the user UGLOBEXBOT in the workspace TGLOBEX" in caplog.text
        stage.environment["SLACK_BOT_TOKEN"] = "xoxb-unknown"
        await bot.reload()
        assert "SLACK_BOT_TOKEN: the new token could not be taken. Slack does not accept the bot token" in caplog.text
        assert "acme/flux" in (await stage.ask("acme/flux --keep 1")).text
    assert no_secret(caplog.text)


async def test_connections_are_reopened_with_a_new_token(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """With a new app-level token the next connection is open before the one of the old token ends."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot() as bot:
        stage.environment["SLACK_APP_TOKEN"] = "xapp-unknown"
        await bot.reload()
        assert "the new token could not be taken. Slack does not accept" in caplog.text
        assert stage.slack.connections == 1
        stage.slack.rotate(app_token="xapp-rotated")
        stage.environment["SLACK_APP_TOKEN"] = "xapp-rotated"
        stage.slack.delivery.sockets.faults.app_id = "AOTHER"
        await bot.reload()
        assert "The new SLACK_APP_TOKEN is of the Slack app AOTHER, not of" in caplog.text
        await stage.slack.until(lambda: stage.slack.connections == 1)
        stage.slack.delivery.sockets.faults.app_id = APP_ID
        await bot.reload()
        assert "SLACK_APP_TOKEN: a new token is in use" in caplog.text
        assert stage.slack.connections == 2
        for _ in range(2):  # the connections take turns
            assert "acme/flux" in (await stage.ask("acme/flux --keep 1")).text
    assert no_secret(caplog.text)


async def test_an_app_token_that_was_revoked_is_read_again(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """When a connection ends and Slack has revoked the token, the next is opened with the token that is set by then."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        stage.slack.rotate(app_token="xapp-rotated")
        stage.environment["SLACK_APP_TOKEN"] = "xapp-rotated"
        stage.slack.drop_connections()
        await stage.slack.until(lambda: stage.slack.connections == 1 and stage.slack.delivery.sockets.handshakes[1:])
        assert "acme/flux" in (await stage.ask("acme/flux --keep 1")).text
    assert no_secret(caplog.text)


async def test_both_signing_secrets_are_accepted_for_a_while(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """What is signed with the new secret is accepted as soon as it is set, and with the old one for some minutes."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.listening_bot():
        stage.environment["SLACK_SIGNING_SECRET"] = "made-up-signing-secret-2"
        for secret in ("made-up-signing-secret-2", "made-up-signing-secret"):
            stage.slack.rotate(signing_secret=secret)
            assert "acme/flux" in (await stage.ask("acme/flux --keep 1")).text
        stage.slack.rotate(signing_secret="another")
        assert not (await stage.slack.type_command("UANA", "COPS", "/delete-version", "acme/flux --keep 1")).acked
    assert "SLACK_SIGNING_SECRET: a new secret is in use" in caplog.text
    assert no_secret(caplog.text)


async def test_a_rotated_secret_of_events_signs_the_next_ones(stage: Stage, tmp_path: Path) -> None:
    """A receiver that accepts only the new secret gets every event in order after SIGHUP, those it refused included."""
    [*_, oldest] = stage.replicate.add_model("acme/flux", versions=2)
    file, log = tmp_path / "secret", tmp_path / "log"
    file.write_text(f"{SECRET}\n")
    async with EventReceiver() as receiver:
        values = {"EVENTS_URL": receiver.url, "EVENTS_SECRET_FILE": str(file)}
        process = await stage.launch(values, log=log)
        card = await stage.request(f"acme/flux:{oldest}")
        await receiver.until(lambda: receiver.types() == ["asked"])
        receiver.secret = SIGNS_NEXT
        await stage.slack.click(BEN, card, "Approve")
        await logged(log.read_text, "does not accept events; they wait")
        file.write_text(SIGNS_NEXT)
        process.send_signal(signal.SIGHUP)
        await receiver.until(lambda: receiver.types()[-1:] == ["finished"])
        said = await logged(log.read_text, "accepts events again; what waits is sent")
    assert receiver.types() == ["asked", "approved", "started", "kept", "target_ended", "finished"]
    assert [one.sequence for one in receiver.accepted] == [1, 2, 3, 4, 5, 6]
    assert receiver.complaints == []
    assert "EVENTS_SECRET: the new value is in use; each event has 1 signature" in said
    assert "not-for-logs" not in said
    assert no_secret(said)


async def test_a_refused_secret_of_events_is_looked_for_again(stage: Stage, tmp_path: Path) -> None:
    """When the receiver refuses a signature, the secret is read again without SIGHUP, and the event sent again."""
    stage.replicate.add_model("acme/flux", versions=2)
    file, log = tmp_path / "secret", tmp_path / "log"
    file.write_text(SECRET)
    async with EventReceiver() as receiver:
        await stage.launch({"EVENTS_URL": receiver.url, "EVENTS_SECRET_FILE": str(file)}, log=log)
        card = await stage.request("acme/flux --keep 1")
        await receiver.until(lambda: receiver.types() == ["asked"])
        receiver.secret = SIGNS_NEXT
        file.write_text(SIGNS_NEXT)
        await stage.reject(BEN, card)
        await receiver.until(lambda: receiver.types() == ["asked", "rejected"])
    said = log.read_text()
    assert "EVENTS_SECRET: the new value is in use; each event has 1 signature" in said
    assert receiver.complaints == []
    assert no_secret(said)


async def test_events_have_a_signature_of_each_secret(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """While the new secret stands beside the old one, a receiver that knows either of them accepts every event."""
    stage.replicate.add_model("acme/flux", versions=3)
    stage.environment["EVENTS_SECRET"] = SECRET
    async with EventReceiver(now=stage.clock.now) as receiver, stage.bot(events_url=receiver.url) as bot:
        for held, known in ((f"{SIGNS_NEXT},{SECRET}", SECRET), (f"{SECRET} {SIGNS_NEXT}", SIGNS_NEXT)):
            stage.environment["EVENTS_SECRET"], receiver.secret = held, known
            await bot.reload()
            card = await stage.request("acme/flux --keep 1")
            await receiver.until(lambda: receiver.types()[-1:] == ["asked"])
            await stage.reject(BEN, card)
            await receiver.until(lambda: receiver.types()[-1:] == ["rejected"])
    assert receiver.types() == ["asked", "rejected"] * 2
    assert all(len(one.headers["webhook-signature"].split()) == 2 for one in receiver.tries)
    assert receiver.complaints == []
    assert caplog.text.count("EVENTS_SECRET: the new value is in use; each event has 2 signatures") == 2


async def test_a_secret_of_events_that_cannot_be_used_is_not_taken(stage: Stage, tmp_path: Path) -> None:
    """At SIGHUP a secret that is too short, or missing, is logged by its setting, and the old one goes on signing."""
    stage.replicate.add_model("acme/flux", versions=2)
    file, log = tmp_path / "secret", tmp_path / "log"
    file.write_text(SECRET)
    async with EventReceiver() as receiver:
        process = await stage.launch({"EVENTS_URL": receiver.url, "EVENTS_SECRET_FILE": str(file)}, log=log)
        for content, words in (
            (f"{SIGNS_NEXT},too-short", f"EVENTS_SECRET_FILE: in the file {file}: should be whsec_"),
            (",", f"EVENTS_SECRET_FILE: in the file {file}: holds no secret"),
            ("", f"EVENTS_SECRET_FILE: the file {file} is empty"),
        ):
            file.write_text(content)
            process.send_signal(signal.SIGHUP)
            await logged(log.read_text, words)
        await stage.request("acme/flux --keep 1")
        await receiver.until(lambda: receiver.types() == ["asked"])
    said = log.read_text()
    assert receiver.complaints == []
    assert said.count("No secret was taken, for the reasons above. The ones from before stay in use") == 3
    assert no_secret(said)
    assert "too-short" not in said


async def test_a_changed_address_of_events_is_taken_with_its_secret(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """With another address the next events go there alone, signed with the secret that was set together with it."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with EventReceiver(now=stage.clock.now) as old, EventReceiver(SIGNS_NEXT, now=stage.clock.now) as new:
        stage.environment |= {"EVENTS_URL": old.url, "EVENTS_SECRET": SECRET}
        async with stage.bot() as bot:
            await stage.reject(BEN, await stage.request("acme/flux --keep 1"))
            await old.until(lambda: old.types() == ["asked", "rejected"])
            stage.environment |= {"EVENTS_URL": new.url, "EVENTS_SECRET": SIGNS_NEXT}
            await bot.reload()
            await stage.reject(BEN, await stage.request("acme/flux --keep 1"))
            await new.until(lambda: new.types() == ["asked", "rejected"])
            assert "EVENTS_URL: a new address is in use" in caplog.text
            assert "EVENTS_URL: whether it is set" not in caplog.text
            del stage.environment["EVENTS_URL"]
            await bot.reload()
            assert "EVENTS_URL: whether it is set counts at a start; until then events are sent as" in caplog.text
            await stage.request("acme/flux --keep 1")
            await new.until(lambda: new.types() == ["asked", "rejected", "asked"])
    assert old.types() == ["asked", "rejected"]
    assert old.complaints == new.complaints == []
    assert no_secret(caplog.text)


async def test_what_holds_the_same_changes_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """When nothing was rotated, reading the secrets again asks nobody, and says nothing."""
    async with stage.bot() as bot:
        await bot.confirmed()
        await stage.slack.until(lambda: stage.slack.connections == 1)
        asked, called = len(stage.replicate.requests), len(stage.slack.calls)
        caplog.clear()
        await bot.reload()
        assert (len(stage.replicate.requests), len(stage.slack.calls)) == (asked, called)
    assert "SLACK" not in caplog.text
    assert "REPLICATE" not in caplog.text


async def test_a_refused_token_is_looked_for_at_most_every_half_minute(stage: Stage) -> None:
    """A token that stays refused is not looked for at every call, and found as soon as it is looked for again."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot() as bot:
        await bot.confirmed()
        stage.replicate.withdraw("r8_sandbox")
        assert "does not accept" in (await stage.ask("acme/flux --keep 1")).text
        stage.replicate.change_account(NEW, "acme")
        stage.environment["REPLICATE_API_TOKEN"] = NEW
        assert "does not accept" in (await stage.ask("acme/flux --keep 1")).text
        stage.clock.shift += LOOK_EVERY
        assert "Request approval" in (await stage.ask("acme/flux --keep 1")).buttons
