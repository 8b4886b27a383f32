"""Several tokens of Replicate's, each asked whose it is, and what each account has to itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

import pytest

from bot.errors import NotNow, ReplicateNotFound, ReplicateTokenRejected, SettingsError
from bot.refs import ModelRef, VersionRef
from handlers.error_replies import words_for
from tests.bot.accounts.accounts_scene import BAD, NAMES, Scene, told
from tests.sandbox.replicate.faults import html_error, throttled


def refs(*named: str) -> Iterator[ModelRef]:
    """Return models by `owner/name`."""
    for name in named:
        yield ModelRef(*name.split("/"))


async def test_each_account_is_read_with_its_own_token(scene: Scene) -> None:
    """The owner, in any case, chooses the token that sees its private models; no other token sees them."""
    async with scene.accounts(*scene.tokens.values()) as accounts:
        assert await told(accounts) == set(NAMES)
        assert str(accounts.served) == "acme,Globex,initech"
        for name in NAMES:
            await accounts.of(name.upper()).replicate.model(ModelRef(name, "flux"))
            assert scene.replicate.requests[-1].account == name
        with pytest.raises(ReplicateNotFound):
            await accounts.of("acme").replicate.model(ModelRef("Globex", "flux"))


async def test_two_tokens_of_one_account_end_the_start(scene: Scene) -> None:
    """Two tokens of one account end the start with the account's name and where they are set, not with the tokens."""
    other = "r8_sandbox_another"
    scene.replicate.change_account(other, "ACME")
    async with scene.accounts(scene.tokens["acme"], scene.tokens["Globex"], other) as accounts:
        with pytest.raises(SettingsError, match=r"Two tokens belong to the Replicate account (acme|ACME)") as ended:
            await told(accounts)
    assert "the first token of REPLICATE_API_TOKENS and the third token of REPLICATE_API_TOKENS" in str(ended.value)
    assert "r8_sandbox" not in str(ended.value)


async def test_a_bad_token_concerns_its_own_account_alone(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Where Replicate rejects one of several tokens, the others' accounts are worked for; the token's place is told."""
    async with scene.accounts(scene.tokens["acme"], BAD, scene.tokens["initech"]) as accounts:
        assert await told(accounts) == {"acme", "initech"}
        assert accounts.problem is None
        [(place, why)] = accounts.troubles.items()
        assert place == "the second token of REPLICATE_API_TOKENS"
        assert "does not accept" in why
        assert str(accounts.served) == "acme,initech,?"
        assert "whose the second token of REPLICATE_API_TOKENS is, is not known" in accounts.owners
    assert "Replicate does not accept the second token of REPLICATE_API_TOKENS" in caplog.text
    assert BAD not in caplog.text


async def test_only_bad_tokens_end_the_start(scene: Scene) -> None:
    """Where Replicate rejects every token, the start ends and names each by its place."""
    async with scene.accounts(BAD, f"{BAD}2") as accounts:
        with pytest.raises(SettingsError, match=r"No token of Replicate's can be used.*the first.*the second"):
            await told(accounts)


async def test_an_outage_for_one_token_holds_up_no_other(scene: Scene) -> None:
    """While Replicate does not answer for one token, the others' accounts are known; then that one is as well."""
    scene.replicate.fail(html_error(503), path="/account", times=4, account="Globex")
    async with scene.accounts(*scene.tokens.values()) as accounts, aclosing(accounts.told()) as names:
        assert {await anext(names), await anext(names)} == {"acme", "initech"}
        assert [*accounts.troubles] == ["the second token of REPLICATE_API_TOKENS"]
        assert accounts.served.unknown == 1
        assert await anext(names) == "Globex"
        assert accounts.troubles == {}
        assert accounts.names == NAMES


async def test_a_token_that_is_withdrawn_later_is_told_by_its_account(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A token that Replicate rejects later is told by its account's name, logged once, until it is accepted again."""
    ref, token = ModelRef("Globex", "flux"), scene.tokens["Globex"]
    async with scene.accounts(*scene.tokens.values()) as accounts:
        await told(accounts)
        scene.replicate.withdraw(token)
        for _ in range(2):
            with pytest.raises(ReplicateTokenRejected) as rejected:
                await accounts.of("globex").replicate.model(ref)
        assert "token of the account Globex" in words_for(rejected.value)
        await accounts.of("acme").replicate.model(ModelRef("acme", "flux"))
        assert [*accounts.troubles] == ["Globex"]
        assert caplog.text.count("does not accept the token of the account Globex any more") == 1
        scene.replicate.change_account(token, "Globex")
        await accounts.of("globex").replicate.model(ref)
        assert accounts.troubles == {}


async def test_one_throttled_account_slows_no_other_down(scene: Scene) -> None:
    """429s to one account's requests slow down and are told of that one alone."""
    async with scene.accounts(*scene.tokens.values()) as accounts:
        await told(accounts)
        words = "Request was throttled. Your rate limit is reduced to 6 requests per minute."
        scene.replicate.fail(throttled(words, retry_after="1"), account="Globex", path="/models/*", times=1)
        await accounts.of("globex").replicate.model(ModelRef("Globex", "flux"))
        limited = accounts.of("globex").outlook()
        assert (limited.is_limited, limited.account) == (True, "Globex")
        for name in ("acme", "initech"):
            assert not accounts.of(name).outlook().is_limited


async def test_an_only_token_works_as_if_there_were_no_others(scene: Scene) -> None:
    """One token's client is there before Replicate has answered, for every owner, and its rows have their old names."""
    async with scene.accounts(replicate_api_token=scene.tokens["acme"]) as accounts:
        assert accounts.is_only
        services = accounts.of("globex")
        assert services is accounts.of("acme")
        assert services.limit_name("replicate") == "replicate"
        waits_for = accounts.problem
        assert waits_for is not None
        assert await told(accounts) == {"acme"}
        assert str(accounts.served) == "acme"
        assert (accounts.problem, accounts.owners, accounts.troubles) == (None, "", {})
        assert accounts.apart([*refs("globex/a", "acme/b")]) == [(*refs("globex/a", "acme/b"),)]


async def test_nothing_is_read_while_no_account_is_known(scene: Scene) -> None:
    """With several tokens nothing can be read before the first account is known, and people are told to wait."""
    async with scene.accounts(*scene.tokens.values()) as accounts:
        with pytest.raises(NotNow, match="Please try again in a minute"):
            accounts.of("acme")
        assert accounts.problem is not None


async def test_what_is_named_of_several_accounts_is_taken_apart(scene: Scene) -> None:
    """What is named is taken apart by account, in typed order; other owners' models stay with the first account's."""
    async with scene.accounts(*scene.tokens.values()) as accounts:
        await told(accounts)
        named = [*refs("other/x", "GLOBEX/a", "acme/b", "globex/c", "other/y")]
        assert accounts.apart(named) == [(*refs("other/x", "GLOBEX/a", "globex/c", "other/y"),), (*refs("acme/b"),)]
        assert accounts.serving(ref.owner for ref in named) is accounts.of("globex")
        versions = [VersionRef(ref, "5c7d") for ref in refs("acme/a", "acme/b")]
        assert accounts.apart(versions) == [tuple(versions)]
        assert accounts.apart([]) == [()]
