"""The pages of the documentation: their links, and that their commands, settings and sentences are the program's."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.console.arguments import make_parser
from bot.settings import Settings

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))

OF_OTHERS = {"PATH", "PAGER", "PGPASSWORD"}
"""Variables that belong to other programs, and that pages name."""

ALL = [*PAGES, "../README.md", "../CONTRIBUTING.md"]


@functools.cache
def text_of(page: str) -> str:
    return (DOCS / page).read_text()


def without_blocks(page: str) -> str:
    """Return a page without its blocks of code, in which a `#` begins a comment."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: str) -> set[str]:
    """Return the anchors that MkDocs makes of a page's headings (Python-Markdown, extension toc, function slugify)."""
    titles = re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", title).strip().lower() for title in titles]
    return {re.sub(r"[-\s]+", "-", title) for title in plain}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every link to a page or a heading of the documentation finds it, and none leads out of the folder of the site."""
    wrong = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", without_blocks(page)):
        name, _, anchor = target.partition("#")
        to = name or page
        if not (DOCS / to).is_file() or ".." in name or (anchor and anchor not in anchors_of(to)):
            wrong.append(target)
    assert wrong == []


def test_every_page_is_in_the_menu() -> None:
    """The site's menu has each page once, and the README links to each."""
    menu = (CHECKOUT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    assert sorted(re.findall(r"([\w-]+\.md)$", menu, re.MULTILINE)) == PAGES
    linked = re.findall(r"\(docs/([\w-]+\.md)[#)]", text_of("../README.md"))
    assert sorted(set(PAGES) - set(linked)) == ["index.md"]


@pytest.mark.parametrize("page", ALL)
def test_commands_exist(page: str) -> None:
    """Every command of the bot that a page names is one, with the options that it names."""
    for line in re.findall(r"python -m bot((?: +[^`\n#;&|)]+)?)", text_of(page)):
        words = line.replace("=", " ").split()
        command = words[0].strip(".,:") if words and re.fullmatch(r"[a-z]+[.,:]?", words[0]) else None
        if command is None:
            continue
        command = next((longer for longer in COMMANDS if words[:2] == longer.split()), command)
        command = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else command
        assert command in COMMANDS, f"{page}: python -m bot{line}"
        options = {word.strip(".,:") for word in words if word.startswith("--")}
        assert options <= COMMANDS[command], f"{page}: python -m bot{line}"


def commands() -> dict[str, set[str]]:
    """Return every command of the bot with its options."""
    (commands,) = [action for action in make_parser()._actions if action.choices and action.dest == "command"]
    assert isinstance(commands.choices, dict)
    return {
        name: {option for action in parser._actions for option in action.option_strings}
        for name, parser in commands.choices.items()
    }


COMMANDS = commands()


@pytest.mark.parametrize("page", ALL)
def test_make_targets_exist(page: str) -> None:
    """Every target of the Makefile that a page names is one."""
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text_of(page), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", ALL)
def test_settings_exist(page: str) -> None:
    """Every setting that a page names is one, or a variable that the network or another program is set up by."""
    known = {name.upper() for name in Settings.model_fields} | OF_OTHERS
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", text_of(page)))
    assert {name for name in named - known if name.removesuffix("_FILE") not in known} == set()


# Troubleshooting


def sentences() -> Iterator[str]:
    """Yield every text in the program, with … for what is put in."""
    for path in sorted(path for root in ("bot", "handlers") for path in (CHECKOUT / root).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"%[sd]|\{\w*\}", "…", node.value)


HEADINGS = re.findall(r"^### “(.+)”$", text_of("troubleshooting.md"), re.MULTILINE)


@pytest.mark.parametrize("heading", HEADINGS)
def test_what_is_looked_up_is_what_people_see(heading: str) -> None:
    """Each sentence by which the page about trouble is read is one of the program's, word by word."""
    parts = [part.strip() for part in heading.split("…") if part.strip(" .:,")]
    assert parts
    assert any(_has_in_order(text, parts) for text in ALL_SENTENCES), heading


ALL_SENTENCES = tuple(sentences())


def _has_in_order(text: str, parts: list[str]) -> bool:
    position = 0
    for part in parts:
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True
