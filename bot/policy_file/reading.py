"""Reads a policy file from the disk, or says everything that is wrong with it."""

from __future__ import annotations

import stat
from pathlib import Path

from bot.errors import PolicyFileUnusable
from bot.plurals import counted
from bot.policy_file.content import ContentProblems, PolicyFile, policy_file_of
from bot.policy_file.toml_text import NotToml, tables_in

MAX_BYTES = 128 * 1024
"""More than a thousand entries take; a larger file is another one, and is not read."""

_MOST_PROBLEMS = 30


def read_policy_file(path: Path) -> PolicyFile:
    """Return what the file at a path says. Raises PolicyFileUnusable with every problem.

    The path is followed each time: Kubernetes updates a mounted ConfigMap by leading a symbolic link elsewhere
    (https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically).
    """
    try:
        return policy_file_of(tables_in(_content_of(path)))
    except ContentProblems as exc:
        problems = [str(problem) for problem in exc.problems]
        more = len(problems) - _MOST_PROBLEMS
        listed = [*problems[:_MOST_PROBLEMS], *([f"and {counted(more, 'more problem')}"] if more > 0 else [])]
        raise PolicyFileUnusable(str(path), listed) from None
    except NotToml as exc:
        raise PolicyFileUnusable(str(path), [str(exc)]) from None
    except OSError as exc:
        raise PolicyFileUnusable(str(path), [_what_is_wrong(path, exc)]) from None


def _content_of(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise NotToml("it is a folder; name the file in it")
    if not stat.S_ISREG(mode):  # reading a pipe would wait for whoever writes to it
        raise NotToml("it is no ordinary file")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise NotToml(f"it is larger than {MAX_BYTES // 1024} KiB, which no policy is")
    return content


def _what_is_wrong(path: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError() if path.is_symlink():
            return "it is a symbolic link that leads to no file"
        case FileNotFoundError() | NotADirectoryError():
            return "there is no such file"
        case PermissionError():
            return "this user may not read it"
        case _:
            return f"it cannot be read: {error.strerror}"
