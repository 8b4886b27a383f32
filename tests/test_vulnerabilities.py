"""`make audit` ends with 0 only where every package was looked up and none is known to be vulnerable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vulnerabilities import NOT_TOLD, VULNERABLE, main

WELL = {"name": "httpx", "version": "1.0", "vulns": []}
ILL = {"name": "h11", "version": "0.1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["0.2"]}]}
UNKNOWN = {"name": "yarl", "skip_reason": "Dependency not found on PyPI and could not be audited: yarl (1.25.1)"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([WELL], 0, "None of the 1 packages has a known vulnerability"),
        ([WELL, ILL], VULNERABLE, "h11 0.1: PYSEC-2026-1; mended in: 0.2"),
        ([WELL, UNKNOWN], NOT_TOLD, "1 of 2 packages could not be audited, as the service does not know them: yarl"),
        ([ILL, UNKNOWN], VULNERABLE, "1 of 2 packages could not be audited"),
        ([], NOT_TOLD, ""),
        (None, NOT_TOLD, "Nothing was audited: pip-audit could not ask its service. ConnectionError: no such host"),
    ],
)
def test_the_exit_code_says_what_is_known(
    packages: list[dict[str, Any]] | None, code: int, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """0: all were looked up and are well; 1: one is vulnerable; 2: it could not be told, and why not is said."""
    answers = "echo 'ConnectionError: no such host' >&2; exit 1"
    if packages is not None:
        answers = f"echo '{json.dumps({'dependencies': packages})}'"
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\n{answers}\n")
    program.chmod(0o755)
    assert main(str(program)) == code
    printed = capfd.readouterr()
    assert said in printed.out + printed.err
