"""What a platform is told when it asks whether the bot is alive and ready."""

from __future__ import annotations

import aiohttp
import psycopg
import pytest
from sqlalchemy import make_url

from bot import __version__
from tests.scenarios.probes import becomes, get
from tests.scenarios.stage import Stage, free_port
from tests.scenarios.stage import stage as open_stage


async def test_health_is_served_at_the_port_of_http_mode(stage: Stage) -> None:
    """In HTTP mode health is asked at the same port."""
    async with stage.listening_bot() as address:
        assert await get(f"{address}/healthz") == (200, {"alive": True})
        assert await becomes(f"{address}/readyz", 200) == {
            "slack": True,
            "replicate": True,
            "database": True,
            "worker": True,
            "version": __version__,
        }


async def test_health_is_served_at_port_in_socket_mode(stage: Stage) -> None:
    """In Socket Mode health is asked at PORT; without the connection the bot is alive and not ready."""
    port = free_port()
    async with stage.bot(port=port):
        address = f"http://127.0.0.1:{port}"
        assert (await get(f"{address}/healthz"))[0] == 200
        await becomes(f"{address}/readyz", 200)
        stage.slack.fail("apps.connections.open", status=500, times=1000)
        stage.slack.drop_connections()
        assert (await becomes(f"{address}/readyz", 503))["slack"] is False
        assert (await get(f"{address}/healthz"))[0] == 200


async def test_socket_mode_without_port_listens_nowhere(stage: Stage) -> None:
    """In Socket Mode without PORT nothing listens."""
    async with stage.bot() as bot:
        assert bot._transport._servers == []


@pytest.mark.parametrize("path", ["/slack/events", "/", "/readyz/"])
async def test_the_port_of_socket_mode_serves_health_only(stage: Stage, path: str) -> None:
    """In Socket Mode the port serves health only."""
    port = free_port()
    async with (
        stage.bot(port=port),
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}{path}", data="x") as response,
    ):
        assert response.status == 404


async def test_bot_is_alive_and_not_ready_without_the_database(postgres_server: str, postgres_url: str) -> None:
    """While the database is away the bot is alive and not ready, tells people so, and recovers by itself."""
    name = make_url(postgres_url).database
    async with open_stage(postgres_url) as stage:
        stage.replicate.add_model("acme/empty")
        async with stage.listening_bot() as address:
            await becomes(f"{address}/readyz", 200)
            _rename(postgres_server, f"{name}", f"{name}_away")
            assert (await becomes(f"{address}/readyz", 503))["database"] is False
            assert (await get(f"{address}/healthz"))[0] == 200
            answer = await stage.ask("acme/empty", command="/delete-model")
            assert "database did not answer" in answer.text
            _rename(postgres_server, f"{name}_away", f"{name}")
            await becomes(f"{address}/readyz", 200)
            again = await stage.ask("acme/empty", command="/delete-model")
            assert again.buttons == ["Request approval", "Cancel"]


def _rename(server: str, old: str, new: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
        connection.execute(f"ALTER DATABASE {old} RENAME TO {new}".encode())
        connection.execute(f"ALTER DATABASE {new} ALLOW_CONNECTIONS true".encode())
