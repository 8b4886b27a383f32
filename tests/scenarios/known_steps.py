"""Models that the bot knows of, as its background reading would have noted them."""

from __future__ import annotations

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.inventory.known_model import Source
from bot.refs import ModelRef
from bot.store.database import Database
from bot.store.known_models import KnownModelStore
from tests.scenarios.stage import Stage

ACCOUNT = "acme"


async def know(stage: Stage, *names: str) -> None:
    """Have the bots on this stage know models of these names, as they do once Replicate has shown them."""
    database = Database(parse_database_url(stage.database_url), Clock())
    await database.open()
    refs = [ModelRef(*name.split("/")) for name in names]
    await KnownModelStore(database).note(ACCOUNT, refs, Source.DEPLOYMENT)
    await database.close()
