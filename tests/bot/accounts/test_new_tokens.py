"""Tokens that were rotated take the place of those of the same account, wherever they stand in the settings."""

from __future__ import annotations

import pytest

from bot.errors import ReplicateTokenRejected
from bot.refs import ModelRef
from tests.bot.accounts.accounts_scene import BAD, Scene, told
from tests.sandbox.replicate.faults import html_error

NEW = "r8_sandbox_rotated"


async def test_a_new_token_takes_the_place_of_its_account(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """The account decides which token is replaced, also where the order of the list has changed."""
    caplog.set_level("INFO")
    acme, globex, initech = scene.tokens.values()
    async with scene.accounts(acme, globex, initech) as accounts:
        await told(accounts)
        scene.replicate.change_account(NEW, "Globex")
        await accounts.take(scene.settings(NEW, initech, acme).replicate_tokens)
        scene.replicate.withdraw(globex)
        for name in ("acme", "Globex", "initech"):
            await accounts.of(name).replicate.model(ModelRef(name, "flux"))
            assert scene.replicate.requests[-1].account == name
    assert (
        "the first token of REPLICATE_API_TOKENS: a new token of the Replicate account Globex is in use" in caplog.text
    )
    assert NEW not in caplog.text


async def test_what_was_refused_works_again_with_a_new_token(scene: Scene) -> None:
    """An account whose token was withdrawn is in trouble until a new one is taken."""
    acme, globex, _ = scene.tokens.values()
    async with scene.accounts(acme, globex) as accounts:
        await told(accounts)
        scene.replicate.withdraw(globex)
        with pytest.raises(ReplicateTokenRejected):
            await accounts.of("Globex").replicate.model(ModelRef("Globex", "flux"))
        assert "Globex" in accounts.troubles
        scene.replicate.change_account(NEW, "Globex")
        await accounts.take(scene.settings(acme, NEW).replicate_tokens)
        assert accounts.troubles == {}
        await accounts.of("Globex").replicate.model(ModelRef("Globex", "flux"))


async def test_tokens_that_cannot_be_used_change_nothing(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A refused token, another account's, a second one of an account and an unanswered question are told, not taken."""
    acme, globex, initech = scene.tokens.values()
    scene.replicate.change_account(NEW, "acme")
    async with scene.accounts(acme, globex) as accounts:
        await told(accounts)
        for tokens, said in (
            ((acme, BAD), "Replicate does not accept the second token of REPLICATE_API_TOKENS."),
            ((acme, initech), "the new token belongs to the account initech, not to acme and Globex."),
            ((acme, globex, NEW), "and the third token of REPLICATE_API_TOKENS are both set to tokens of acme."),
        ):
            await accounts.take(scene.settings(*tokens).replicate_tokens)
            assert said in caplog.text
        scene.replicate.fail(html_error(503), path="/account", times=3)
        await accounts.take(scene.settings(NEW, globex).replicate_tokens)
        assert "Replicate does not say whose the new token is" in caplog.text
        for name in ("acme", "Globex"):
            await accounts.of(name).replicate.model(ModelRef(name, "flux"))
    assert caplog.text.count("It was not taken, and the tokens from before stay in use") == 4
    assert "r8_" not in caplog.text.replace("it starts with r8_.", "")


async def test_an_account_that_is_taken_away_stays_until_a_restart(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A token that is missing from the settings goes on, and the log says until when."""
    acme, globex, _ = scene.tokens.values()
    async with scene.accounts(acme, globex) as accounts:
        await told(accounts)
        await accounts.take(scene.settings(acme).replicate_tokens)
        await accounts.of("Globex").replicate.model(ModelRef("Globex", "flux"))
    assert "the second token of REPLICATE_API_TOKENS is not set any more; its token stays in use until a" in caplog.text


async def test_the_only_token_may_be_replaced_before_its_account_is_known(scene: Scene) -> None:
    """While Replicate has not said whose the only token is, a new one takes its place, and is asked about instead."""
    async with scene.accounts(scene.tokens["acme"]) as accounts:
        await accounts.take(scene.settings(scene.tokens["Globex"]).replicate_tokens)
        assert await told(accounts) == {"Globex"}
