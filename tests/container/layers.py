"""Folders that are one root directory together, as the layers of an image are, with this machine as the base image.

Everything here needs root on Linux, and a mount namespace of its own (`unshare --mount`), whose mounts end with it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PYTHON = Path(sys.base_prefix)
"""Where the Python of this machine is, which takes the place of the base image's."""


def mount(root: Path, layer: Path, *, read_only: bool = False) -> None:
    """Mount a layer above this machine's own files; changes go to the layer, or with `read_only` there can be none."""
    work = layer.with_name(f"{layer.name}.work")
    for folder in (root, layer, work):
        folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={layer},workdir={work}", str(root))
    if read_only:
        _run("mount", "-o", "remount,ro", str(root))
    for name in ("proc", "dev"):
        _run("mount", "--rbind", f"/{name}", str(root / name))


def empty_memory_at(folder: Path) -> None:
    """Mount an empty folder in memory there, which everybody may write in."""
    _run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(folder))


def bind(source: Path, folder: Path) -> None:
    """Mount a folder at another place."""
    _run("mount", "--bind", str(source), str(folder))


def prepare_base(root: Path) -> None:
    """Let everybody run this machine's Python, as everybody may run that of the base image."""
    for folder in (PYTHON, *PYTHON.parents):
        (root / folder.relative_to("/")).chmod(0o755)


def inside(root: Path, command: Sequence[str], folder: str, user: str = "0:0") -> list[str]:
    """Return a command that runs another with this root directory, in `folder`, as `user`; its process stays the same.

    `user` is a number, a colon and the number of a group.
    """
    entering = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', folder]
    return ["chroot", f"--userspec={user}", "--groups=", str(root), *entering, *command]


def run_inside(root: Path, line: str, folder: str, environment: Mapping[str, str]) -> None:
    """Run a line as RUN does. Raises CalledProcessError."""
    command = inside(root, ["/bin/sh", "-c", line], folder)
    subprocess.run(command, env=dict(environment), check=True)  # noqa: S603 - the Dockerfile's own


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - ours
