"""A bot with tokens of five Replicate accounts that all have a model of the same name: none touches another's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Bot
from bot.console.check import check
from bot.errors import SettingsError
from tests.sandbox.replicate.limit import LOW_CREDIT, Limiter, Naming
from tests.sandbox.slack.messages import Message
from tests.scenarios.aftermath import look_back
from tests.scenarios.home_steps import opened
from tests.scenarios.probes import becomes
from tests.scenarios.stage import A_DAY, ANA, BEN, OPS, Stage, free_port
from tests.scenarios.stage import stage as open_stage

ACCOUNTS = ("acme", "globex", "initech", "hooli")
WITHDRAWN = "r8_sandbox_withdrawn"


@pytest.fixture
async def shared(sqlite_url: str) -> AsyncIterator[Stage]:
    """A stage with four accounts, each with a private model `flux` of two versions, and a fifth token that is bad."""
    async with open_stage(sqlite_url) as stage:
        del stage.environment["REPLICATE_API_TOKEN"]
        tokens = [stage.replicate.add_account(name) for name in ACCOUNTS]
        stage.environment["REPLICATE_API_TOKENS"] = ",\n ".join([*tokens, WITHDRAWN])
        for name in ACCOUNTS:
            stage.replicate.add_model(f"{name}/flux", versions=2)
        yield stage
        look_back(stage)


async def previews(stage: Stage, text: str, *accounts: str) -> dict[str, Message]:
    """Type a command as Ana; return the preview for each account once they are all there."""
    seen = len(stage.private(ANA))
    await stage.slack.type_command(ANA, OPS, "/delete-version", text)

    def found() -> dict[str, Message] | None:
        offers = [message for message in stage.private(ANA)[seen:] if "Request approval" in message.buttons]
        by_account = {name: offer for offer in offers for name in accounts if f"{name}/" in offer.text}
        return by_account if by_account.keys() == set(accounts) else None

    return await stage.slack.until(found)


async def started(bot: Bot) -> None:
    """Start a bot, wait until its accounts are known, and stop it."""
    try:
        await bot.start()
        await bot.confirmed()
    finally:
        await bot.stop()


async def test_no_account_touches_another(shared: Stage) -> None:
    """One command about three accounts makes three requests; a throttled and a bad account hold up no other."""
    chosen = {name: shared.ids(f"{name}/flux")[1] for name in ACCOUNTS[:3]}
    port = free_port()
    shared.lease = A_DAY
    async with shared.bot(port=port) as bot:
        await bot.confirmed()
        ready = await becomes(f"http://127.0.0.1:{port}/readyz", 200)
        assert [*ready["accounts"]] == ["the fifth token of REPLICATE_API_TOKENS"]
        line = " ".join(f"{name}/flux:{version}" for name, version in chosen.items())
        shown = await previews(shared, line, *chosen)
        limiter = shared.replicate.limiters["globex"] = Limiter(
            3000, 1, windows=LOW_CREDIT, naming=Naming.BODY, tells_rate=True
        )
        for preview in shown.values():
            cards = len(shared.cards())
            await shared.slack.click(ANA, preview, "Request approval")
            async with shared.cards_wait_for_nothing():
                await shared.slack.until(lambda cards=cards: len(shared.cards()) > cards)  # type: ignore[misc]
        for card in shared.cards():
            await shared.slack.click(BEN, card, "Approve")
        quick = "SELECT id FROM requests WHERE state = 'finished' AND account IN ('acme', 'initech')"
        async with shared.cards_wait_for_nothing():
            await shared.slack.until(lambda: len(shared.rows(quick)) == 2)
        async with shared.hurried():
            await shared.slack.until(lambda: len(shared.rows("SELECT 1 FROM requests WHERE state = 'finished'")) == 3)
    assert limiter.throttled
    rows = shared.rows('SELECT account, "trigger", state FROM requests ORDER BY account')
    assert [(row.account, row.state) for row in rows] == [(name, "finished") for name in sorted(chosen)]
    assert len({row.trigger for row in rows}) == 3
    for name in ACCOUNTS:
        assert len(shared.ids(f"{name}/flux")) == (1 if name in chosen else 2)
        paths = [asked.path for asked in shared.replicate.requests if asked.account == name]
        assert {path.split("/")[2] for path in paths if path.startswith("/models/")} <= {name}
    slowed = shared.rows("SELECT name FROM slots WHERE per_minute IS NOT NULL AND name LIKE 'replicate%'")
    assert [row.name for row in slowed] == ["replicate globex"]
    known = shared.rows("SELECT account, owner FROM known_models ORDER BY account")
    assert [(row.account, row.owner) for row in known] == [(name, name) for name in sorted(chosen)]


async def test_a_command_delivered_twice_makes_one_preview_for_each_account(shared: Stage) -> None:
    """A command about two accounts that Slack delivers twice makes one draft for each of them."""
    async with shared.bot() as bot:
        await bot.confirmed()
        await previews(shared, "acme/flux hooli/flux --keep 1", "acme", "hooli")
        assert (await shared.slack.deliver_again()).acked
    assert len(shared.private(ANA)) == 2
    assert [row.account for row in shared.rows("SELECT account FROM requests ORDER BY account")] == ["acme", "hooli"]


async def linked(stage: Stage, *accounts: str) -> None:
    """Use the shortcut on a message that links a version of each account, and a model besides."""
    words = " ".join(f"{name}/flux:{stage.ids(f'{name}/flux')[1]}" for name in accounts)
    said = stage.slack.say(BEN, OPS, f"{words} and https://replicate.com/acme/old")
    assert (await stage.slack.message_shortcut(ANA, said, "delete_linked")).acked


async def test_notes_leave_room_for_what_a_message_links_to(shared: Stage) -> None:
    """Beside the previews of four accounts and the note about one more model nobody is told that they wait."""
    for name in ACCOUNTS:
        shared.replicate.limiters[name] = Limiter(3000, 100, windows=LOW_CREDIT, naming=Naming.BODY, tells_rate=True)
    async with shared.hurried(), shared.bot() as bot:
        await bot.confirmed()
        await linked(shared, *ACCOUNTS)
        await shared.slack.until(lambda: shared.private(ANA)[4])
        note, *offers = shared.private(ANA)
    assert "not part of the preview:\n• `acme/old`" in note.text
    assert all("Request approval" in offer.buttons for offer in offers)


async def test_more_links_than_can_be_answered_are_refused(shared: Stage) -> None:
    """Where a message links versions of five accounts and one more model, there is no room to tell all of it."""
    shared.environment["REPLICATE_API_TOKENS"] += f",{shared.replicate.add_account('umbrella')}"
    shared.replicate.add_model("umbrella/flux", versions=2)
    async with shared.bot() as bot:
        await bot.confirmed()
        await linked(shared, *ACCOUNTS, "umbrella")
        refusal = await shared.private_says("models of 5 Replicate accounts")
        assert "at most 4 at once" in refusal.text
    assert shared.private(ANA) == [refusal]
    assert shared.rows("SELECT id FROM requests") == []


async def test_names_of_several_accounts(shared: Stage) -> None:
    """A name that several accounts have is asked about; a pattern is matched in all; Home names all."""
    shared.replicate.add_model("globex/only", versions=2)
    async with shared.bot() as bot:
        await bot.confirmed()
        await previews(shared, "acme/flux globex/flux globex/only --keep 1", "acme", "globex")
        both = await shared.ask("flux --keep 1")
        assert "`flux` is a model of `acme` and `globex`" in both.text
        alone = await shared.ask("only --keep 1")
        assert "globex/only" in alone.text
        matched = await previews(shared, "fl* --keep 1", "acme", "globex")
        assert "matches 1 known model: `globex/flux`" in matched["globex"].text
        foreign = await shared.ask("umbrella/flux --keep 1")
        assert "the bot's tokens belong to acme, globex, initech and hooli" in foreign.text
        home = await opened(shared, ANA, "of the accounts")
        for words in ("`acme`, `globex`, `initech` and `hooli`", "globex/only", "acme/flux"):
            assert words in home.plain


async def test_a_name_means_no_other_account_after_a_token_expired(shared: Stage) -> None:
    """After the token of one of two accounts has expired, a name without its owner is not taken for the other's."""
    acme, globex, *_ = shared.environment["REPLICATE_API_TOKENS"].split(",\n ")
    shared.replicate.add_model("globex/only", versions=2)
    shared.replicate.add_model("acme/never-named", versions=2)
    tokens = f"{acme},{globex}"
    async with shared.bot(replicate_api_tokens=tokens) as bot:
        await bot.confirmed()
        await previews(shared, "acme/flux globex/flux globex/only --keep 1", "acme", "globex")
    shared.replicate.withdraw(globex)
    async with shared.bot(replicate_api_tokens=tokens) as bot:
        await bot.confirmed()
        both = await shared.ask("flux --keep 1")
        assert "`flux` is a model of `acme` and `globex`" in both.text
        gone = await shared.ask("only --keep 1")
        assert "globex/only" in gone.text
        assert "acme/only" not in gone.text
        unknown = await shared.ask("never-named --keep 1")
        assert "Replicate hasn't told me all of my accounts. Write its owner as well." in unknown.text
        assert "acme/never-named --keep 1" in unknown.text


async def test_each_process_carries_out_what_it_has_tokens_for(shared: Stage) -> None:
    """Requests are carried out by a process that has their account; one without any common account is refused."""
    acme, globex, initech, *_ = shared.environment["REPLICATE_API_TOKENS"].split(",\n ")
    version = shared.ids("globex/flux")[1]
    async with shared.bot(replicate_api_tokens=f"{acme},{globex}") as both:
        await both.confirmed()
        async with shared.bot(replicate_api_tokens=acme) as one:
            await one.confirmed()
            card = await shared.request(f"globex/flux:{version}")
            await shared.slack.click(BEN, card, "Approve")
            await shared.card_says("Deleted 1 of 1")
        with pytest.raises(SettingsError, match="accounts acme, globex, and this one for initech"):
            await started(Bot(shared.settings(replicate_api_tokens=initech), shared.clock))
    [deletion] = [asked for asked in shared.replicate.requests if asked.method == "DELETE"]
    assert deletion.account == "globex"


async def test_check_tells_of_each_account(
    shared: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`check` has a line for each token: its account, or that Replicate rejects it, by its place."""
    monkeypatch.chdir(tmp_path)
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    assert not await check()
    said = capsys.readouterr().out
    for number, name in zip(("first", "second", "third", "fourth"), ACCOUNTS, strict=True):
        assert f"ok    the {number} token of REPLICATE_API_TOKENS: account {name} (organization)" in said
    assert "FAIL  Replicate (the fifth token of REPLICATE_API_TOKENS): Replicate does not accept the fifth" in said
    usable, _, _ = shared.environment["REPLICATE_API_TOKENS"].rpartition(",")
    monkeypatch.setenv("REPLICATE_API_TOKENS", usable)
    assert await check()
    assert "r8_sandbox" not in said
