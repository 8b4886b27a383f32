"""The token goes to Replicate and nowhere else."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace

import pytest

from bot.errors import ReplicateError, SettingsError
from bot.replicate.client import PUBLIC_BASE_URL, Replicate
from bot.replicate.rate_limit import Urgency
from tests.bot.replicate_clients import FLUX, QUICK, OpenPace, client_of
from tests.sandbox.replicate.faults import Dropped, Fault, Instead, Truncated, html_error, throttled
from tests.sandbox.replicate.stand_in import StandInReplicate

TOKEN = "r8_sandbox_that_nobody_may_read"


@pytest.mark.parametrize(
    "fault",
    [
        None,
        html_error(500),
        Dropped(),
        Truncated(),
        throttled("Slow down."),
        Instead(401, f'{{"detail": "{TOKEN} is not known."}}'),
        Instead(200, f'{{"username": "{TOKEN}"}}'),
    ],
)
async def test_token_is_never_shown(
    fault: Fault | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the log at its most talkative, nor an error with its whole chain, nor a repr has the token."""
    caplog.set_level(logging.DEBUG)
    told = ""
    impatient = replace(QUICK, throttled=0.0)
    async with StandInReplicate(token=TOKEN) as stand_in, client_of(stand_in, retry_policy=impatient) as client:
        if fault is not None:
            stand_in.fail(fault, times=None)
        try:
            await client.delete_version(FLUX, "v1")
        except ReplicateError as exc:
            told = "".join(traceback.format_exception(exc)) + repr(exc)
        try:
            await client.account()
        except ReplicateError as exc:
            told += "".join(traceback.format_exception(exc)) + repr(exc.__dict__)
        told += repr(client) + repr(vars(client))
    printed = capsys.readouterr()
    assert stand_in.requests
    assert all(request.with_token for request in stand_in.requests)
    assert TOKEN not in told + caplog.text + printed.out + printed.err


async def test_the_repr_has_the_address_and_the_urgency(caplog: pytest.LogCaptureFixture) -> None:
    """A client says which address it talks to and with which urgency."""
    caplog.set_level(logging.DEBUG)
    async with Replicate(TOKEN) as client:
        assert repr(client) == f"<Replicate {PUBLIC_BASE_URL} interactive>"


@pytest.mark.parametrize("token", ["", "r8_made up", "r8_madeup\n", "r8_mädeup"])
def test_a_token_that_fits_no_header_is_refused_unquoted(token: str) -> None:
    """A token that fits in no header is refused at the start, without repeating it."""
    with pytest.raises(SettingsError) as refused:
        Replicate(token)
    assert "r8_" not in str(refused.value)


async def test_nothing_is_sent_after_the_client_is_closed() -> None:
    """Once a client is closed nothing is sent any more, also by its views."""
    async with StandInReplicate() as stand_in:
        async with client_of(stand_in) as client:
            await client.account()
        for view in (client, client.at(Urgency.BULK), client.limited_by(OpenPace())):
            with pytest.raises(RuntimeError, match="closed"):
                await view.account()
        assert len(stand_in.requests) == 1
