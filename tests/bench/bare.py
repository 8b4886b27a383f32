"""`python -m tests.bench.bare`: the least a Bolt app can be, which acknowledges the commands and does nothing else."""

from __future__ import annotations

import asyncio
import os

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    """Listen over Socket Mode until the process is ended."""
    api, app_token = os.environ["SLACK_API_URL"], os.environ["SLACK_APP_TOKEN"]
    # Taken out of the environment, where Bolt would find it as well and complain about having two.
    app = AsyncApp(client=AsyncWebClient(token=os.environ.pop("SLACK_BOT_TOKEN"), base_url=api))

    @app.command("/delete-version")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    client = AsyncWebClient(token=app_token, base_url=api)
    await AsyncSocketModeHandler(app, app_token, web_client=client).start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
