"""`python -m bot receipt R-7KQ2M`: prints what was asked, who approved it, and what is shown of each target."""

from __future__ import annotations

from bot import __version__
from bot.clock import Clock
from bot.console.database_as_it_is import database_as_it_is
from bot.console.receipt_formats import ReceiptFormat, receipt_lines
from bot.errors import NotUnderstood
from bot.requests.ids import is_request_id, read_request_id
from bot.requests.receipt import Receipt
from bot.settings import load_settings
from bot.store.receipts import ReceiptReader
from bot.untrusted_text import on_one_line


async def print_receipt(request: str, form: ReceiptFormat) -> None:
    """Print the receipt of a request. Raises BotError if there is none. Neither Slack nor Replicate is called."""
    async with database_as_it_is(load_settings(), Clock()) as database:
        for line in receipt_lines(await receipt_of(ReceiptReader(database), request), form):
            print(line)  # noqa: T201 - this is the command line


async def receipt_of(reader: ReceiptReader, typed: str) -> Receipt:
    """Return the receipt of the request that somebody typed. Raises NotUnderstood if there is none."""
    request_id = read_request_id(typed)
    if not is_request_id(request_id):
        raise NotUnderstood(
            f"{on_one_line(typed)!r} is not the id of a request. Ids look like R-7KQ2M; a card ends in its id, and "
            "`python -m bot audit` lists all there are."
        )
    receipt = await reader.read(request_id, __version__)
    if receipt is None:
        raise NotUnderstood(
            f"There is no request {request_id} in the bot's database. `python -m bot audit` lists all there are."
        )
    return receipt
