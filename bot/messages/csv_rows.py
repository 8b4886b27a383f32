"""Rows of CSV that a spreadsheet may open. Pure.

What is in them was partly written by people and by Replicate, so no cell can be a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.untrusted_text import on_one_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell must not begin with (https://owasp.org/www-community/attacks/CSV_Injection)."""

_END = "\r\n"


def csv_row(cells: Iterable[str | None]) -> str:
    """Return a row of CSV, without its end of line; None is an empty cell."""
    line = io.StringIO(newline="")
    # Before Python 3.13 the writer quotes only those ends of line that it writes itself.
    csv.writer(line, lineterminator=_END).writerow([_as_text(cell or "") for cell in cells])
    return line.getvalue().removesuffix(_END)


def _as_text(cell: str) -> str:
    """A cell without control characters, which a terminal or a spreadsheet could act on, and that is no formula."""
    shown = "".join(c if c.isprintable() or c == "\n" else on_one_line(c) for c in cell)
    return f"'{shown}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else shown
