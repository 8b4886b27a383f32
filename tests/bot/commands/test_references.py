from collections.abc import Callable

import pytest

from bot.commands.meaning import MAX_REFERENCES
from bot.commands.mistakes import Mistyped
from bot.commands.names import MAX_NAME_CHARS
from bot.commands.own_names import OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.tokens import MAX_TEXT_CHARS
from bot.commands.wanted import DeleteModels, DeleteVersions, Help, PickVersions
from bot.refs import ModelPattern, ModelRef, VersionRef

FULL = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
FLUX = ModelRef("acme", "flux")
SD = ModelRef("acme", "sd")
OWN = OwnNames(("acme",))

MODEL_FORMS = [
    "acme/flux",
    "acme/flux/",
    "https://replicate.com/acme/flux",
    "http://replicate.com/acme/flux",
    "https://www.replicate.com/acme/flux",
    "HTTPS://Replicate.COM/acme/flux",
    "replicate.com/acme/flux",
    "www.replicate.com/acme/flux/",
    "https://replicate.com/acme/flux/versions",
    "https://replicate.com/acme/flux/versions/",
    "https://replicate.com/acme/flux/api",
    "https://replicate.com/acme/flux/examples",
    "https://replicate.com/acme/flux/playground",
    "https://replicate.com/acme/flux/readme#model-description",
    "https://replicate.com/acme/flux/settings",
    "replicate.com/acme/flux/train",
    "https://replicate.com/acme/flux?input=form&output=json",
    "https://replicate.com/acme/flux/?a=%2F..",
    "https://replicate.com/acme/flux#readme",
    "https://api.replicate.com/v1/models/acme/flux",
    "api.replicate.com/v1/models/acme/flux/",
    "https://api.replicate.com/v1/models/acme/flux/versions",
    "r8.im/acme/flux",
    "https://r8.im/acme/flux",
]

VERSION_FORMS = [
    f"acme/flux:{FULL}",
    f"acme/flux:{FULL.upper()}",
    f"acme/flux:sha256:{FULL}",
    f"acme/flux@sha256:{FULL}",
    f"acme/flux {FULL}",
    f"acme/flux sha256:{FULL}",
    f"acme/flux: {FULL}",
    f"acme/flux : {FULL}",
    f"acme/flux :{FULL}",
    f"_acme/flux:{FULL}_",
    f"*acme/flux:{FULL}*",
    f"~acme/flux~ *{FULL}*",
    f"acme/flux:<{FULL}>",
    f"https://replicate.com/acme/flux/versions/{FULL}",
    f"http://www.replicate.com/acme/flux/versions/{FULL}/",
    f"https://replicate.com/acme/flux/versions/{FULL}?x=1#y",
    f"https://replicate.com/acme/flux:{FULL}",
    f"replicate.com/acme/flux:{FULL}",
    f"https://replicate.com/acme/flux/versions {FULL}",
    f"https://api.replicate.com/v1/models/acme/flux/versions/{FULL}",
    f"api.replicate.com/v1/models/acme/flux/versions/{FULL}",
    f"r8.im/acme/flux@sha256:{FULL}",
    f"https://R8.im/acme/flux@SHA256:{FULL}",
    f"<https://replicate.com/acme/flux>:{FULL}",
]

WRAPPINGS = [
    "{}",
    "  {}\n",
    "<{}>",
    "<{}|this one, please>",
    "<{}|a &gt; b>",
    "&lt;{}&gt;",
    "&lt;{}|label&gt;",
    "<{}>.",
    "(<{}>).",
    "`{}`",
    "```{}```",
    '"{}"',
    "'{}'",
    "“{}”",
    "‘{}’",
    "«{}»",
    "« {} »",
    "({})",
    "[{}]",
    "{},",
    "{}.",
    "{};",
    "{}:",
    "{}!",
    '("{}",)',
    "{}, ",
]


@pytest.mark.parametrize("written", MODEL_FORMS)
def test_reads_a_model_in_every_form(written: str) -> None:
    """Every way to write a model names the same model."""
    assert parse_delete_model(written) == DeleteModels((FLUX,))


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("written", ["acme/flux", "https://replicate.com/acme/flux", "r8.im/acme/flux?a=b"])
def test_reads_a_model_in_every_wrapping(written: str, wrapping: str) -> None:
    """A model is read whatever people put around it."""
    assert parse_delete_model(wrapping.format(written)) == DeleteModels((FLUX,))


@pytest.mark.parametrize("written", [one for one in MODEL_FORMS if not one.startswith("acme/")])
def test_a_question_mark_after_an_address_is_no_wildcard(written: str) -> None:
    """An address may have a query, also an empty one."""
    assert parse_delete_model(f"{written}?") == DeleteModels((FLUX,))


@pytest.mark.parametrize("text", ["`acme/flux`?", "(acme/flux)?", "*acme/flux*?", "acme/flux?a=b", "acme/flux/?"])
def test_a_question_mark_that_is_apart_from_a_name_is_no_wildcard(text: str) -> None:
    """After what is around a name, and before a query, a question mark says nothing about the name."""
    assert parse_delete_model(text) == DeleteModels((FLUX,))


@pytest.mark.parametrize("text", ["acme/flux:5c7d?", "acme/flux 5c7d?", "(acme/flux:5c7d?)"])
def test_a_question_mark_after_an_id_is_no_wildcard(text: str) -> None:
    """An id has no wildcards, so a question mark after it ends a sentence."""
    assert parse_delete_version(text) == DeleteVersions((VersionRef(FLUX, "5c7d"),))


@pytest.mark.parametrize(
    ("text", "glob"),
    [
        ("acme/exp-?1", "exp-?1"),
        ("exp-?1", "exp-?1"),
        ("acme/exp-?-*", "exp-?-*"),
        ("acme/?lux", "?lux"),
        ("“acme/exp-??-old”", "exp-??-old"),
        ("*acme/exp-?1*", "exp-?1"),
    ],
)
def test_a_question_mark_within_a_name_is_a_wildcard(text: str, glob: str) -> None:
    """In a pattern `?` stands for one character, as in PROTECTED_MODELS."""
    assert parse_delete_model(text, OWN) == DeleteModels((ModelPattern("acme", glob),))


ANY = "[a-z0-9._-]"


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("acme/exp-1?", ["acme/exp-1", f"acme/exp-1{ANY}"]),
        ("(acme/exp-1?)", ["acme/exp-1", f"acme/exp-1{ANY}"]),
        ("*acme/exp-1?*", ["acme/exp-1", f"acme/exp-1{ANY}"]),
        ("exp-1?", ["exp-1", f"acme/exp-1{ANY}"]),
        ("acme/exp-??", [f"acme/exp-{ANY}{ANY}"]),
        ("acme/exp-[0-9]?", ["acme/exp-[0-9]", f"acme/exp-[0-9]{ANY}"]),
        ("acme/exp-*?", ["acme/exp-*", f"acme/exp-*{ANY}"]),
        ("acme/flux and the model?", ["acme/flux"]),
        ("acme/exp?:5c7d", []),
    ],
)
def test_a_question_mark_at_the_end_of_a_name_is_asked_about(text: str, instead: list[str]) -> None:
    """After a name a question mark may end a sentence or be a wildcard; both lines are proposed."""
    assert list(refusal(parse_delete_model, text).suggestions) == [f"/delete-model {line}" for line in instead]


@pytest.mark.parametrize("cut", ["…", "..."])
def test_an_id_may_be_cut_off_where_it_is_shown(cut: str) -> None:
    """The beginning of an id is enough, so it may be followed by the dots with which it is shown."""
    for text in (
        f"acme/flux:5c7d5dc6{cut}",
        f"acme/flux 5c7d5dc6{cut}",
        f"(acme/flux:5c7d5dc6{cut})",
        f"acme/flux@sha256:5c7d5dc6{cut}",
        f"https://replicate.com/acme/flux/versions/5c7d5dc6{cut}",
    ):
        assert parse_delete_version(text) == DeleteVersions((VersionRef(FLUX, "5c7d5dc6"),))


@pytest.mark.parametrize("cut", ["…", "..."])
@pytest.mark.parametrize(
    "name",
    [
        "acme/flux-2024",
        "acme/2024",
        "acme/deadbeef",
        "flux-2024",
        "flux",
        "acme/exp-",
        "acme/exp-*",
        "https://replicate.com/acme/flux-2024",
        "acme/flux:v12",
        "acme/flux:5c7",
    ],
)
def test_a_name_that_is_cut_off_names_nothing(name: str, cut: str) -> None:
    """What goes on is another model or version than what is there, so it is refused and nothing is proposed."""
    for read in (parse_delete_model, parse_delete_version):
        refused = refusal(read, f"{name}{cut}")
        assert f"`{name}{cut}` is cut off. Write all of it." in str(refused)
        assert refused.suggestions == ()
        assert refusal(read, f"“{name}{cut}”").said == (f"`{name}{cut}` is cut off. Write all of it.",)


def test_the_beginning_of_an_id_is_proposed_as_no_name() -> None:
    """An id by itself may be the name of a model, but not one that is cut off."""
    assert refusal(parse_delete_model, "deadbeef").suggestions == ("/delete-model acme/deadbeef",)
    assert refusal(parse_delete_model, "deadbeef…").suggestions == ()


@pytest.mark.parametrize("written", VERSION_FORMS)
def test_reads_a_version_in_every_form(written: str) -> None:
    """Every way to write a version names the same one, with its id in lower case."""
    assert parse_delete_version(written) == DeleteVersions((VersionRef(FLUX, FULL),))


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_reads_a_version_in_every_wrapping(wrapping: str) -> None:
    """A version is read whatever people put around it."""
    assert parse_delete_version(wrapping.format(f"acme/flux:{FULL}")) == DeleteVersions((VersionRef(FLUX, FULL),))


@pytest.mark.parametrize("typed", ["5c7d", "81ab33f0", "v1", "v1.2", "v2_beta", FULL[:63], "0000"])
def test_accepts_prefixes_and_other_ids(typed: str) -> None:
    """A prefix of four characters or more and an id such as v1 select a version."""
    assert parse_delete_version(f"acme/flux:{typed}") == DeleteVersions((VersionRef(FLUX, typed),))
    assert parse_delete_version(f"acme/flux {typed}") == DeleteVersions((VersionRef(FLUX, typed),))


@pytest.mark.parametrize("name", ["f", "Flux_2.1-dev", "0", "a--b", "flux_", "n" * MAX_NAME_CHARS])
def test_keeps_a_name_as_typed(name: str) -> None:
    """Names keep their letters' case, dots, hyphens and underscores."""
    assert parse_delete_model(f"Acme-Inc/{name}") == DeleteModels((ModelRef("Acme-Inc", name),))


@pytest.mark.parametrize("between", [" ", ", ", ",", ";", "\n", "\r\n", "\t", "\u00a0", " , ; \n"])
def test_several_models_are_read_in_order(between: str) -> None:
    """Spaces, commas, semicolons and line breaks part several models, which keep their order."""
    text = between.join(["acme/sd", "https://replicate.com/acme/flux"])
    assert parse_delete_model(text) == DeleteModels((SD, FLUX))


def test_names_each_model_once() -> None:
    """A model named twice, even in two forms, is there once, where it came first."""
    text = "acme/sd r8.im/acme/flux acme/sd acme/flux"
    assert parse_delete_model(text) == DeleteModels((SD, FLUX))


def test_names_each_version_once() -> None:
    """A version named twice is there once, where it came first."""
    assert parse_delete_version("acme/flux 81ab 5C7D 81ab acme/flux:5c7d") == DeleteVersions(
        (VersionRef(FLUX, "81ab"), VersionRef(FLUX, "5c7d"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "acme/flux 5c7d 81ab acme/sd v1",
        "acme/flux:5c7d 81ab acme/sd:v1",
        "acme/flux:5c7d, acme/flux:81ab, acme/sd:v1",
        "https://replicate.com/acme/flux/versions/5c7d; 81ab\n<https://replicate.com/acme/sd|sd> v1",
        "<acme/flux:5c7d,81ab> acme/sd@sha256:v1",
        "acme/flux acme/flux:5c7d 81ab acme/sd v1",
    ],
)
def test_a_version_belongs_to_the_model_named_last(text: str) -> None:
    """A version without a model belongs to the model named last before it."""
    assert parse_delete_version(text) == DeleteVersions(
        (VersionRef(FLUX, "5c7d"), VersionRef(FLUX, "81ab"), VersionRef(SD, "v1"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "help",
        "Help",
        "help?",
        "-h",
        "--help",
        "—help",
        "–help",
        "?",
        "`help`",
        "acme/flux --help",
    ],
)
def test_recognises_a_call_for_help(text: str) -> None:
    """An empty text and every usual way to ask for help lead to help, in both commands."""
    assert parse_delete_model(text) == Help()
    assert parse_delete_version(text) == Help()


REFUSED_BY_BOTH = [
    ("acme / flux", "`acme / flux`", "a space beside the slash"),
    ("acme/ flux", "`acme/ flux`", "a space beside the slash"),
    ("acme /flux", "`acme /flux`", "a space beside the slash"),
    ("/flux", "`/flux`", "Use `owner/name`"),
    ("acme//flux", "`acme//flux`", "owner/name"),
    ("acme/flux:/", "`acme/flux:/`", "owner/name"),
    ("5c7d5dc6", "`5c7d5dc6`", "`owner/name:5c7d5dc6`"),
    ("5c7d acme/flux", "`5c7d`", "no model is named before it"),
    (f"sha256:{FULL}", f"`sha256:{FULL[:52]}…`", f"`owner/name:{FULL[:12]}`"),
    ("v1", "`v1`", "`owner/name:v1`"),
    ("acme/flux 5c7", "`5c7`", "at least 4"),
    ("acme/flux:abc", "`abc`", "at least 4"),
    ("acme/flux:latest", "`latest`", "isn't a version's id"),
    ("acme/flux::5c7d", "`acme/flux::5c7d`", "two colons"),
    ("acme/flux please", "`please`", "I don't recognize"),
    (f"acme/flux:{FULL}0", f"`{FULL[:59]}…`", "at most 64"),
    (f"acme/flux:v{'1' * 64}", "`v1111", "at most 64"),
    ("acme/flux --force", "`--force`", "Unknown option"),
    ("acme/flux —force", "`—force`", "Unknown option"),
    ("–force", "`–force`", "Unknown option"),
    ('acme/flux "--force=5"', "`--force=5`", "Unknown option"),
    ("https://replicate.com", "`https://replicate.com`", "names no model"),
    ("https://replicate.com/acme", "`https://replicate.com/acme`", "names no model"),
    ("https://replicate.com/docs", "`https://replicate.com/docs`", "own pages"),
    ("https://replicate.com/collections/flux", "`https://replicate.com/collections/flux`", "own pages"),
    ("replicate.com/p/gm3qorzdhgbfurvjtvhg6dckhu", "`replicate.com/p/gm3q", "own pages"),
    ("Docs/topics", "`Docs/topics`", "own pages"),
    ("https://api.replicate.com/v1/predictions/abc", "`https://api.replicate.com/v1/predictions/abc`", "API"),
    ("api.replicate.com/acme/flux", "`api.replicate.com/acme/flux`", "API"),
    ("https://evil.test/acme/flux", "`https://evil.test/acme/flux`", "isn't an address"),
    ("https://acme/flux", "`https://acme/flux`", "isn't an address"),
    ("evil.test/flux", "`evil.test/flux`", "isn't an address"),
    ("replicate.com.evil.test/acme/flux", "`replicate.com.evil.test/acme/flux`", "isn't an address"),
    (
        "https://replicate.com@evil.test/acme/flux",
        "`https://replicate.com@evil.test/acme/flux`",
        "isn't an address",
    ),
    ("https://me@replicate.com/acme/flux", "`https://me@replicate.com/acme/flux`", "isn't an address"),
    ("replicate.com:443/acme/flux", "`replicate.com:443/acme/flux`", "isn't an address"),
    ("localhost:8000/acme/flux", "`localhost:8000/acme/flux`", "isn't an address"),
    ("ftp://replicate.com/acme/flux", "`ftp://replicate.com/acme/flux`", "isn't an address"),
    ("<http://evil.test|replicate.com/acme/flux>", "`http://evil.test`", "isn't an address"),
    ("<@U024BE7LH|jo>", "`@U024BE7LH`", "owner/name"),
    ("acme/flux/versions/5c7d", "`acme/flux/versions/5c7d`", "`/versions/5c7d`"),
    ("acme/flux/api", "`acme/flux/api`", "`/api`"),
    ("acme/flux//", "`acme/flux//`", "`/`"),
    ("https://replicate.com/acme/flux/junk", "`https://replicate.com/acme/flux/junk`", "`/junk`"),
    ("https://replicate.com/acme/flux:5c7d/api", "`https://replicate.com/acme/flux:5c7d/api`", "`/api`"),
    ("replicate.com/acme/flux/api/x", "`replicate.com/acme/flux/api/x`", "`/api/x`"),
    ("replicate.com/acme/flux/versions/5c7d/x", "`replicate.com/acme/flux/versions/5c7d/x`", "goes on"),
    ("api.replicate.com/v1/models/acme/flux/api", "`api.replicate.com/v1/models/acme/flux/api`", "`/api`"),
    ("r8.im/acme/flux/versions", "`r8.im/acme/flux/versions`", "`/versions`"),
    ("acme/../flux", "`acme/../flux`", "dots"),
    ("acme/flux/..", "`acme/flux/..`", "dots"),
    ('"acme/flux/.."', "`acme/flux/..", "dots"),
    ("./acme/flux", "`./acme/flux`", "dots"),
    ("acme/.", "`acme/.`", "dots"),
    ("acme/flux ..", "`..`", "dots"),
    ("acme/flux .", "`.`", "dots"),
    ("acme/.flux", "`acme/.flux`", "dots"),
    ("acme/flux%2F..", "`acme/flux%2F..`", "dots"),
    ("acme/flux%2Fversions", "`acme/flux%2Fversions`", "`%`"),
    ("acme\\flux", "`acme\\flux`", "`\\`"),
    ("acme/flux\x00", "`acme/flux[U+0000]`", "invisible character, U+0000"),
    ("acme/\x1b[31mflux", "`acme/[U+001B][31mflux`", "invisible character, U+001B"),
    ("acme/fl\u200bux", "`acme/fl[U+200B]ux`", "invisible character, U+200B"),
    ("acme/\u202exulf", "`acme/[U+202E]xulf`", "invisible character, U+202E"),
    ("acme/flux\ud800", "`acme/flux[U+D800]`", "invisible character, U+D800"),
    ("\u0430cme/flux", "`\u0430cme/flux`", "U+0430"),
    ("acme/flux—2", "`acme/flux—2`", "U+2014"),
    ("acme/flux-", "`acme/flux-`", "owner/name"),
    ("-acme/flux", "`-acme/flux`", "owner/name"),
    ("other/*", "`other/*`", "a pattern finds only models of `acme`"),
    ("other/flux*", "`other/flux*`", "can't be matched"),
    ("ac*/flux", "`ac*/flux`", "can't be matched"),
    ("acme/f[lux", "`acme/f[lux`", "is no pattern"),
    ("acme/exp-*:5c7d", "`acme/exp-*:5c7d`", "names models, not versions"),
    ("acme/exp-* 5c7d", "`5c7d`", "names no single model"),
    ("acme/b@d 5c7d", "`5c7d` follows `acme/b@d`", "whose version"),
    ("acme/flux 5c7d5dcO", "`5c7d5dcO`", "isn't a version's id"),
    ("acme/a`b", "`acme/a'b`", "owner/name"),
    ("acme/flux&amp;sd", "`acme/flux&sd`", "owner/name"),
    ("acme/flux&amp;lt;", "`acme/flux&lt`", "owner/name"),
    ("acme/flux@5c7d", "`acme/flux@5c7d`", "owner/name"),
    ("acme/flux|acme/sd", "`acme/flux|acme/sd`", "owner/name"),
    ("acme/flux#x #y", "`#y`", "names nothing"),
    ("a" * (MAX_NAME_CHARS + 1) + "/flux", f"`{'a' * 59}…`", "owner/name"),
    ("acme/" + "a" * (MAX_NAME_CHARS + 1), f"`acme/{'a' * 54}…`", "owner/name"),
    ("acme/flux\n" * MAX_TEXT_CHARS, "400,000", "at most 40,000"),
]


def refusal(read: Callable[[str, OwnNames], object], text: str) -> Mistyped:
    """Return the error about a text in which something cannot be read."""
    with pytest.raises(Mistyped) as caught:
        read(text, OWN)
    return caught.value


@pytest.mark.parametrize(("text", "part", "why"), REFUSED_BY_BOTH)
def test_refuses_with_the_part_and_the_reason(text: str, part: str, why: str) -> None:
    """What cannot be read is quoted with its reason, and with what was not done."""
    for read in (parse_delete_model, parse_delete_version):
        message = str(refusal(read, text))
        assert part in message
        assert why in message
        assert " Nothing was requested. " in message


@pytest.mark.parametrize("text", [text for text, _, _ in REFUSED_BY_BOTH])
def test_a_refusal_is_short_and_printable(text: str) -> None:
    """However odd the text, its refusal fits a short message and shows nothing invisible."""
    message = str(refusal(parse_delete_version, text))
    assert message.isprintable()
    assert len(message) < 600


@pytest.mark.parametrize(
    "text",
    [
        "acme/flux:5c7d",
        "acme/flux 5c7d",
        "flux:5c7d",
        "https://replicate.com/acme/flux/versions/5c7d",
    ],
)
def test_delete_model_sends_versions_to_the_other_command(text: str) -> None:
    """A version given to /delete-model is refused with the command that deletes exactly it."""
    refused = refusal(parse_delete_model, text)
    assert "`acme/flux:5c7d` is a version" in str(refused)
    [line] = refused.suggestions
    assert parse_delete_version(line.removeprefix("/delete-version"), OWN) == DeleteVersions(
        (VersionRef(FLUX, "5c7d"),)
    )


def test_delete_model_does_not_guess_what_a_model_beside_a_version_means() -> None:
    """With a model and a version in one line it is not clear which command is meant, so none is proposed."""
    assert refusal(parse_delete_model, "acme/sd acme/flux:5c7d").suggestions == ()


@pytest.mark.parametrize(
    "text",
    ["acme/sd acme/flux", "acme/sd acme/flux 5c7d", "acme/flux 5c7d acme/sd"],
)
def test_delete_version_asks_for_the_version(text: str) -> None:
    """A model without a version is named in /delete-version's refusal, with how to select some."""
    message = str(refusal(parse_delete_version, text))
    assert "Which versions of `acme/sd`" in message
    assert "`/delete-version acme/sd --keep 5`" in message


@pytest.mark.parametrize("text", ["acme/sd", "sd", "https://replicate.com/acme/sd/versions", "acme/sd acme/sd"])
def test_a_model_without_versions_or_rules_means_picking(text: str) -> None:
    """One model without versions and rules, however often, means that somebody wants to pick; the reason stays."""
    assert parse_delete_version(text, OWN) == PickVersions(SD)
    assert parse_delete_version(f"{text} --reason old", OWN) == PickVersions(SD, "old")


def test_a_command_takes_a_thousand_references() -> None:
    """A thousand different references are read, repetitions aside; one more is refused with the count."""
    ids = [f"{number:04x}" for number in range(MAX_REFERENCES)]
    read = parse_delete_version(" ".join(["acme/flux", *ids, *ids]))
    assert isinstance(read, DeleteVersions)
    assert len(read.versions) == MAX_REFERENCES == 1_000
    message = str(refusal(parse_delete_version, " ".join(["acme/flux", *ids, "ffff"])))
    assert "1,001" in message
    assert "`acme/flux:ffff`" in message


def test_a_command_takes_as_many_characters_as_slack_sends() -> None:
    """A text of exactly the longest length is read, one character more is refused."""
    text = "acme/flux".ljust(MAX_TEXT_CHARS)
    assert parse_delete_model(text) == DeleteModels((FLUX,))
    assert "40,001" in str(refusal(parse_delete_model, text + " "))
