"""The limits and troubles that the stand-in Replicate can make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.replicate.faults import (
    CutOff,
    Delayed,
    Dropped,
    Emptied,
    Hanging,
    LostAnswer,
    Truncated,
    html_error,
)
from tests.sandbox.replicate.stand_in import Recorded, StandInReplicate


@pytest.fixture
async def replicate() -> AsyncIterator[StandInReplicate]:
    async with StandInReplicate() as stand_in:
        yield stand_in


@pytest.fixture
async def http(replicate: StandInReplicate) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {replicate.token}"}
    async with httpx.AsyncClient(base_url=replicate.base_url, headers=headers) as client:
        yield client


@pytest.mark.parametrize("with_header", [True, False])
async def test_requests_beyond_the_burst_are_throttled(with_header: bool) -> None:  # noqa: FBT001  # a parameter
    """Beyond the burst an account is throttled in the documented words, with Retry-After if so set."""
    async with StandInReplicate(per_minute=1, burst=2) as replicate:
        replicate.sends_retry_after = with_header
        async with httpx.AsyncClient(headers={"Authorization": "Bearer r8_sandbox"}) as client:
            answers = [await client.get(f"{replicate.base_url}/account") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["detail"] == "Request was throttled. Expected available in 60 seconds."
    assert answers[2].headers.get("Retry-After") == ("60" if with_header else None)
    assert replicate.limiter.throttled == 1


async def test_dropped_requests_and_lost_answers_are_told_apart(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """A dropped request changes nothing, a lost answer hides a change, and the record tells them apart."""
    replicate.add_model("acme/flux")
    replicate.fail(Dropped(), method="DELETE")
    replicate.fail(LostAnswer(), method="DELETE")
    with pytest.raises(httpx.RemoteProtocolError):
        await http.delete("/models/acme/flux")
    assert "acme/flux" in replicate.models
    with pytest.raises(httpx.RemoteProtocolError):
        await http.delete("/models/acme/flux")
    assert "acme/flux" not in replicate.models
    assert [(r.status, r.lost) for r in replicate.requests] == [(None, True), (204, True)]


async def test_each_planned_spoilt_body_arrives_once(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """Bodies arrive empty, cut in half, as a proxy's HTML or not to the end, once each as planned."""
    for fault in (Emptied(), Truncated(), html_error(502), Delayed(0.001)):
        replicate.fail(fault)
    emptied, cut, html, late = [await http.get("/account") for _ in range(4)]
    assert (emptied.status_code, emptied.content) == (200, b"")
    assert cut.status_code == 200
    assert late.text.startswith(cut.text)
    assert len(cut.text) < len(late.text)
    assert (html.status_code, html.headers["Content-Type"].partition(";")[0]) == (502, "text/html")
    replicate.fail(CutOff())
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/account")


async def test_a_hanging_request_is_answered_when_released(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """A hanging request is answered when it is released."""
    hanging = Hanging()
    replicate.fail(hanging, path="/account")
    asking = asyncio.create_task(http.get("/account"))
    await hanging.arrived.wait()
    assert not asking.done()
    hanging.released.set()
    assert (await asking).status_code == 200


async def test_random_faults_repeat_for_the_same_seed(http: httpx.AsyncClient, replicate: StandInReplicate) -> None:
    """A fault with a chance strikes some requests, the same ones for the same seed, until healed."""
    runs = []
    for _ in range(2):
        replicate.heal()
        replicate.fail(html_error(500), times=None, chance=0.5, seed=7)
        runs.append([(await http.get("/account")).status_code for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}
    replicate.heal()
    assert (await http.get("/account")).status_code == 200


async def test_hooks_run_before_and_after_a_request_is_handled(
    http: httpx.AsyncClient, replicate: StandInReplicate
) -> None:
    """One hook runs before a request is handled and one after, before its answer is sent."""
    replicate.add_model("acme/flux")
    seen = []

    async def look(record: Recorded) -> None:
        seen.append((record.status, "acme/flux" in replicate.models))

    replicate.before = replicate.after = look
    await http.delete("/models/acme/flux")
    assert seen == [(None, True), (204, False)]


async def test_a_restarted_stand_in_keeps_its_address_and_data() -> None:
    """A stand-in that was stopped answers again at the address it had, with what it held."""
    replicate = await StandInReplicate.start()
    address = replicate.base_url
    await replicate.stop()
    async with replicate, httpx.AsyncClient(headers={"Authorization": "Bearer r8_sandbox"}) as client:
        assert replicate.base_url == address
        assert (await client.get(f"{address}/account")).status_code == 200
