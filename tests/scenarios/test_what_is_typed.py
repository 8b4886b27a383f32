"""Whatever people type after a command, they are told something they can use."""

from __future__ import annotations

import pytest

from tests.scenarios.stage import Stage


@pytest.mark.parametrize("text", ["", "  ", "help"])
@pytest.mark.parametrize("command", ["/delete-version", "/delete-model"])
async def test_an_empty_command_or_help_explains_the_command(stage: Stage, command: str, text: str) -> None:
    """Without references, or asked for help, a command explains itself with examples."""
    async with stage.bot():
        answer = await stage.ask(text, command=command)
    assert f"`{command} acme/flux" in answer.text
    assert "nothing is deleted until it is confirmed and approved" in answer.text


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("what is this", "`what`"),
        ("acme/flux:nothex", "`nothex`"),
        ("https://example.com/acme/flux:1234abcd", "`https://example.com"),
        ("acme/flux:1234abcd --force", "`--force`"),
        ("acme/flux:1234abcd —force", "`—force`"),
        ("acme/fl\x07ux:1234abcd", "U+0007"),
        ("acme/fl\u202eux:1234abcd", "U+202E"),
        ("<!channel> acme/flux", "channel"),
        ("<@UBEN> acme/flux:1234abcd", "UBEN"),
        ("acme/" + "x" * 5000, "`acme/xxx"),
        ("é/flux:1234abcd", "U+00E9"),
    ],
    ids=lambda text: text[:12].encode("ascii", "replace").decode().replace("\x07", "^G"),
)
async def test_unreadable_input_is_quoted_with_an_example(stage: Stage, text: str, quoted: str) -> None:
    """What cannot be read is quoted, harmlessly and briefly, with an example of what can."""
    async with stage.bot():
        answer = await stage.ask(text)
    assert quoted in answer.text
    assert "For example: `/delete-" in answer.text
    assert "<!channel>" not in answer.text
    assert "<@UBEN>" not in answer.text
    assert len(answer.text) < 1000
    assert stage.replicate.count(path="/models/*") == 0


@pytest.mark.parametrize(
    "written",
    [
        "“acme/flux:{}”",
        "`acme/flux:{}`",
        "```acme/flux:{}```",
        "<https://replicate.com/acme/flux/versions/{}>",
        "<https://replicate.com/acme/flux/versions/{}|replicate.com/acme/flux/versions/{}>",
        "https://replicate.com/acme/flux/versions/{}?tab=api#top",
        "r8.im/acme/flux@sha256:{},",
        "  acme/flux\n{}  ",
    ],
)
async def test_a_version_is_read_despite_wrapping_and_spaces(stage: Stage, written: str) -> None:
    """Quotes, backticks, links, labels and spaces around a reference do not matter."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        preview = await stage.ask(written.replace("{}", version))
    assert "1 version of `acme/flux`" in preview.text
    assert stage.rows("SELECT version_id FROM targets") == [(version,)]


async def test_a_long_list_of_references_is_planned_in_full(stage: Stage) -> None:
    """A long list of references is planned in full, and shown shortened."""
    ids = stage.replicate.add_model("acme/flux", versions=75)
    text = "acme/flux " + " ".join(ids)
    assert len(text) > 4800
    async with stage.bot():
        preview = await stage.ask(text)
    assert "75 versions of `acme/flux`" in preview.text
    assert "64 more" in preview.text
    assert stage.rows("SELECT count(*) FROM targets") == [(75,)]
