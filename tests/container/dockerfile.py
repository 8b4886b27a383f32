"""The stages of the Dockerfile, and which files .dockerignore lets the builder have."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, such as RUN, and what stands behind it, on one line."""

    instruction: str
    value: str

    @property
    def words(self) -> list[str]:
        """The value as a shell would split it."""
        return shlex.split(self.value)

    @property
    def command(self) -> list[str]:
        """The arguments of a command in exec form, also of the one in a HEALTHCHECK. Raises ValueError for any other.

        In shell form a shell would get the signals that are meant for the command.
        """
        found: list[str] = json.loads(self.value[self.value.index("[") :])
        return found


@dataclass
class Stage:
    """One stage: the image that it begins with, its name, and its steps in order."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, instruction: str) -> list[Step]:
        """Return the steps with this instruction."""
        return [step for step in self.steps if step.instruction == instruction]

    def last(self, instruction: str) -> Step:
        """Return the last step with this instruction, which is the one that counts. Raises IndexError without any."""
        return self.all(instruction)[-1]


def stages(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile; its arguments have their defaults where a base image names them."""
    arguments: dict[str, str] = {}
    found: list[Stage] = []
    for line in DockerfileParser(fileobj=io.BytesIO(text.encode())).structure:
        step = Step(line["instruction"], re.sub(r"\s{2,}", " ", line["value"]))
        match step.instruction:
            case "COMMENT":
                continue
            case "FROM":
                base, *named = step.value.split()
                found.append(Stage(_filled(base, arguments), named[-1] if named else ""))
            case "ARG" if not found:
                name, _, default = step.value.partition("=")
                arguments[name] = default
            case _:
                found[-1].steps.append(step)
    return found


def _filled(text: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda one: arguments[one[1]], text)


def sent_to_builder(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    """Yield the files below a folder that .dockerignore does not keep from the builder, relative to the folder.

    The last pattern that matches a file, or a folder around it, decides; one with `!` lets it in again
    (https://docs.docker.com/build/concepts/context/#dockerignore-files).
    """
    rules = [(line.removeprefix("!"), line.startswith("!")) for line in patterns if line and not line.startswith("#")]
    compiled = [(_as_regex(pattern), lets_in) for pattern, lets_in in rules]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] in (".git", ".venv") or not path.is_file():
            continue
        around = [str(name), *(str(parent) for parent in name.parents)]
        decided = [lets_in for regex, lets_in in compiled if any(regex.fullmatch(one) for one in around)]
        if not decided or decided[-1]:
            yield name


def _as_regex(pattern: str) -> re.Pattern[str]:
    """Return a pattern of Go's filepath.Match with `**`, as far as it is used here, as a regular expression."""
    pieces = {"**/": "(?:.*/)?", "*": "[^/]*"}
    split = re.split(r"(\*\*/|\*)", pattern)
    return re.compile("".join(pieces.get(piece, re.escape(piece)) for piece in split))
