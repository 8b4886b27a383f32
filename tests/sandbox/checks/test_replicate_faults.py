"""The limits and troubles that the stand-in Replicate can make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

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
from tests.sandbox.replicate.limit import LOW_CREDIT, Limiter, Naming
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


LOW = "reduced to 6 requests per minute with a burst of 1 requests while you have less than $5.0 in credit."
NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


async def test_requests_beyond_the_burst_are_throttled() -> None:
    """Beyond the burst an account is throttled in the documented words, with Retry-After."""
    async with StandInReplicate(per_minute=1, burst=2, clock=lambda: NOW) as replicate:
        answers = await accounts_read(replicate, 3)
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["detail"] == "Request was throttled. Expected available in 61 seconds."
    assert answers[2].headers.get("Retry-After") == "61"
    assert replicate.limiter.throttled == 1


@pytest.mark.parametrize(
    ("naming", "tells_rate", "headers", "fields"),
    [
        (Naming.DATE, False, {"Retry-After": "Wed, 01 Apr 2026 12:00:02 GMT"}, {}),
        (Naming.BODY, True, {}, {"retry_after": 2}),
        (Naming.WORDS, True, {}, {"detail": f"{LOW} Your rate limit resets in ~2s."}),
        (Naming.RESET, False, {"ratelimit-reset": "2"}, {}),
        (Naming.RESET_EPOCH, False, {"x-ratelimit-reset": "1775044802"}, {}),
        (Naming.NOWHERE, False, {}, {"detail": "Request was throttled."}),
    ],
)
async def test_each_way_to_name_the_wait(
    naming: Naming,
    tells_rate: bool,  # noqa: FBT001  # a parameter
    headers: Mapping[str, str],
    fields: Mapping[str, object],
) -> None:
    """With little credit the second request within a second is throttled, and the wait stands where it is told to."""
    async with StandInReplicate(clock=lambda: NOW) as replicate:
        replicate.limiter = Limiter(3000, 100, windows=LOW_CREDIT, naming=naming, tells_rate=tells_rate)
        _, refused = await accounts_read(replicate, 2)
    assert refused.status_code == 429
    assert {name: refused.headers.get(name) for name in headers} == headers
    assert all(str(value) in str(refused.json()[name]) for name, value in fields.items())
    assert ("Retry-After" in refused.headers) == ("Retry-After" in headers)


def test_little_credit_lets_six_requests_a_minute_through() -> None:
    """With little credit one request a second and six in any minute are let through, and refusals do not count."""
    limiter = Limiter(3000, 100, windows=LOW_CREDIT)
    let_through = [at / 2 for at in range(200) if limiter.refused_for("acme", at / 2) is None]
    assert let_through == [0, 1, 2, 3, 4, 5, 60, 61, 62, 63, 64, 65]
    assert limiter.throttled == 200 - len(let_through)


def test_what_is_left_is_announced_on_every_answer() -> None:
    """Every answer has what is left of the window that is the next to be full, and when that is free again."""
    limiter = Limiter(3000, 100, windows=LOW_CREDIT, announces=True)
    assert limiter.refused_for("acme", 100.0) is None
    told = {"ratelimit-limit": "1", "ratelimit-remaining": "0", "ratelimit-reset": "1"}
    assert limiter.announcement("acme", 100.0) == told
    for at in range(101, 106):
        assert limiter.refused_for("acme", float(at)) is None
    told = {"ratelimit-limit": "6", "ratelimit-remaining": "0", "ratelimit-reset": "55"}
    assert limiter.announcement("acme", 105.0) == told


async def accounts_read(replicate: StandInReplicate, times: int) -> list[httpx.Response]:
    """Ask for the account so many times, one after the other."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {replicate.token}"}) as client:
        return [await client.get(f"{replicate.base_url}/account") for _ in range(times)]


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
