"""What a message does with more than Slack takes."""

from __future__ import annotations

import pytest

from bot.messages.message import SECTION_LIMIT, TEXT_LIMIT, CutOrder, Paragraph, bullets, compose, cut


def test_a_cut_list_says_how_many_are_missing() -> None:
    """Of a list that is cut whole lines stay, and the last says how many more there were."""
    shown = cut(bullets(f"line {n}" for n in range(10)), 50).splitlines()
    assert shown == ["• line 0", "• line 1", "• line 2", "… and 7 more"]


@pytest.mark.parametrize("limit", range(25, 120))
def test_shown_and_counted_lines_make_up_the_whole_list(limit: int) -> None:
    """Wherever a list is cut, what it shows and what it counts are all of it."""
    whole = bullets(f"line {n}" for n in range(12))
    shown = cut(whole, limit)
    assert len(shown) <= limit
    *lines, last = shown.splitlines()
    assert len(lines) + (1 if limit >= len(whole) else int(last.split()[2])) == 12


def test_a_long_line_is_cut_with_a_mark() -> None:
    """Of one long line as much stays as fits, with a mark; what fits is not touched."""
    assert cut("a" * 100, 20) == "a" * 18 + " …"
    assert cut("a" * 20, 20) == "a" * 20


def test_a_long_paragraph_takes_several_sections() -> None:
    """A paragraph longer than a section is parted between lines, else between words, and no word is lost."""
    for paragraph in ("\n".join(["word " * 20] * 36), "word " * 720, "w" * 3_600):
        message = compose([paragraph])
        sections = [block["text"]["text"] for block in message.blocks]
        assert len(sections) == 2
        assert max(map(len, sections)) <= SECTION_LIMIT
        assert "".join(" ".join(sections).split()) == "".join(paragraph.split())


def test_the_paragraph_that_gives_way_first_is_shortened() -> None:
    """Where two paragraphs are too long together, the one that gives way first is told in fewer words."""
    first = Paragraph(("f" * 3_000, "first in short"), CutOrder.FIRST)
    last = Paragraph(("l" * 3_000, "last in short"), CutOrder.LAST)
    assert compose([first, last]).text == f"first in short\n\n{'l' * 3_000}"
    assert compose([first, "short"]).text == f"{'f' * 3_000}\n\nshort"


@pytest.mark.parametrize("longest", [5_000, 100_000])
def test_a_paragraph_without_a_shorter_form_is_cut(longest: int) -> None:
    """Words that nobody foresaw to be so long are cut to Slack's limit, and the others beside them stay whole."""
    message = compose(["What happened.", "x" * longest, "What to do next."], footnote="small")
    assert len(message.text) <= TEXT_LIMIT
    assert message.text.startswith("What happened.\n\nxxx")
    assert message.text.endswith("x …\n\nWhat to do next.\n\nsmall")
