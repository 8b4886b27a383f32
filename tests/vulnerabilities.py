"""Asks which known vulnerabilities the packages of requirements.lock have: `make audit`.

The first argument is the program pip-audit. The exit code is 0 where every package was looked up and none is known to
be vulnerable, 1 where one is, and 2 where that could not be told: pip-audit alone ends with 0 also where the service
does not know a single package, and with 1 where it cannot be reached.
"""

from __future__ import annotations

import json
import subprocess
import sys

VULNERABLE, NOT_TOLD = 1, 2


def main(program: str, lock: str = "requirements.lock") -> int:
    """Run pip-audit, say what it found, and return the exit code."""
    asked = subprocess.run(  # noqa: S603 - the program that the Makefile names
        [
            program,
            "--requirement",
            lock,
            "--require-hashes",
            "--disable-pip",
            "-f",
            "json",
            "--progress-spinner",
            "off",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (asked.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"Nothing was audited: pip-audit could not ask its service. {last}", file=sys.stderr)
        return NOT_TOLD
    found = [(package, known) for package in packages for known in package.get("vulns", ())]
    for package, known in found:
        mended = ", ".join(known["fix_versions"]) or "none yet"
        print(f"{package['name']} {package['version']}: {known['id']}; mended in: {mended}")
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        counts = f"{len(unknown)} of {len(packages)} packages could not be audited, as the service does not know them"
        print(f"{counts}: {', '.join(unknown)}", file=sys.stderr)
    if found:
        return VULNERABLE
    if unknown or not packages:
        return NOT_TOLD
    print(f"None of the {len(packages)} packages has a known vulnerability.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
