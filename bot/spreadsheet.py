"""Rows of CSV that a spreadsheet may open. Pure.

What is in them was partly written by people and by Replicate, so no cell can be a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

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
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
