"""Carries out the steps of the Dockerfile without a container runtime, and starts what the image starts.

unshare --mount python -m tests.container.steps build FOLDER
unshare --mount python -m tests.container.steps run FOLDER NAME=VALUE ...

`build` leaves the image's own files in FOLDER/image and what it is to be started with in FOLDER/image.json. `run`
starts it with a root directory that cannot be written, FOLDER/data at /data, and as the image's user; the process
becomes what the image starts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.container.dockerfile import CHECKOUT, Stage, Step, sent_to_builder, stages
from tests.container.layers import PYTHON, bind, empty_memory_at, inside, mount, prepare_base, run_inside

_OF_THE_BUILDER = re.compile(r"PIP_|SSL_|(https?|all|no)_proxy$", re.IGNORECASE)
"""Variables that tell pip where packages come from, as a builder is told, too."""


@dataclass(frozen=True, slots=True)
class Started:
    """How a container is started: its command, the command that asks for its health, and as whom it runs."""

    command: list[str]
    health: list[str]
    user: str
    folder: str
    environment: dict[str, str]


class Build:
    """One build in a folder: each stage is a layer above this machine's own files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roots: dict[str, Path] = {}

    def carry_out(self, stage: Stage) -> Started | None:
        """Carry out a stage's steps; return how the image is started if the stage says so."""
        name = stage.name or "image"
        root = self._roots[name] = self._folder / "roots" / name
        mount(root, self._folder / name)
        prepare_base(root)
        environment, folder = (
            {"PATH": f"{PYTHON}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            "/",
        )
        for step in stage.steps:
            match step.instruction:
                case "ENV":
                    environment |= _variables(step, environment)
                case "WORKDIR":
                    folder = step.value
                    _in(root, folder).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(step, root, folder)
                case "RUN":
                    run_inside(root, step.value, folder, environment | _of_the_builder())
                case "USER" | "VOLUME" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                    pass
                case _:
                    raise ValueError(f"this does not know how to carry out {step.instruction}")
        if not stage.all("ENTRYPOINT"):
            return None
        command = [*stage.last("ENTRYPOINT").command, *stage.last("CMD").command]
        health = stage.last("HEALTHCHECK").command
        return Started(command, health, stage.last("USER").value, folder, environment)

    def _copy(self, step: Step, root: Path, folder: str) -> None:
        words = step.words
        source = self._roots[words.pop(0).removeprefix("--from=")] if words[0].startswith("--from=") else None
        *names, to = words
        into = _in(root, os.path.join(folder, to))  # noqa: PTH118 - the second may be absolute
        for name in names:
            if source is not None:
                shutil.copytree(_in(source, name), into, symlinks=True)
                continue
            for path in sent_to_builder(CHECKOUT, (CHECKOUT / ".dockerignore").read_text().splitlines()):
                if path.is_relative_to(name):
                    copy = into / (path.name if str(path) == name else path.relative_to(name))
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(CHECKOUT / path, copy)


def build(folder: Path) -> None:
    """Build the image of this checkout in a folder."""
    building = Build(folder)
    for stage in stages((CHECKOUT / "Dockerfile").read_text()):
        started = building.carry_out(stage)
    if started is None:
        raise ValueError("the last stage says nothing of how it is started")
    (folder / "image.json").write_text(json.dumps(asdict(started)))


def run(folder: Path, given: dict[str, str]) -> None:
    """Become what the image starts, with these variables besides its own. Does not return."""
    started = Started(**json.loads((folder / "image.json").read_text()))
    root = folder / "roots/running"
    mount(root, folder / "image", read_only=True)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    shutil.copystat(folder / "image/data", data)
    owner = (folder / "image/data").stat()
    os.chown(data, owner.st_uid, owner.st_gid)
    bind(data, root / "data")
    empty_memory_at(root / "tmp")
    command = inside(root, started.command, started.folder, started.user)
    os.execvpe(command[0], command, started.environment | given)  # noqa: S606 - no shell is wanted


def _in(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _variables(step: Step, known: dict[str, str]) -> dict[str, str]:
    named = dict(word.split("=", 1) for word in step.words)
    return {name: re.sub(r"\$(\w+)", lambda one: known[one[1]], value) for name, value in named.items()}


def _of_the_builder() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _OF_THE_BUILDER.match(name)}


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(Path(sys.argv[2]))
    else:
        run(Path(sys.argv[2]), dict(one.split("=", 1) for one in sys.argv[3:]))
