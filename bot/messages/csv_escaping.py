"""CSV rows that are safe to open in a spreadsheet. Pure.

Some of the text comes from users and from Replicate, so every cell is kept from being read as a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.untrusted_text import on_one_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters that make a spreadsheet read a cell as a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""

_END = "\r\n"


def csv_row(cells: Iterable[str | None]) -> str:
    """Return a CSV row without its line ending; None is an empty cell."""
    line = io.StringIO(newline="")
    # Before Python 3.13 the writer quotes only the line ending it writes itself, so both \r and \n have to be in it.
    csv.writer(line, lineterminator=_END).writerow([_as_text(cell or "") for cell in cells])
    return line.getvalue().removesuffix(_END)


def _as_text(cell: str) -> str:
    """Escape control characters, which a terminal or spreadsheet could act on, and prefix formulas with `'`."""
    shown = "".join(c if c.isprintable() or c == "\n" else on_one_line(c) for c in cell)
    return f"'{shown}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else shown
