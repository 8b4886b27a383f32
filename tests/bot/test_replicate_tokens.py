"""The tokens of several accounts, as they are set."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.replicate_tokens import checked_token, split_tokens, tokens_of

ONE, TWO, OLD = "r8_made_up_one", "r8_made_up_two", "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("text", [f"{ONE},{TWO}", f"  {ONE} ,\n\t{TWO},\n", f"{ONE}\r\n{TWO}", f",{ONE},,{TWO},"])
def test_a_list_of_tokens_may_have_spaces_and_line_breaks(text: str) -> None:
    """Commas, spaces and line breaks separate tokens, in any number."""
    assert [token.get_secret_value() for token in split_tokens(text)] == [ONE, TWO]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ONE},xoxb-made-up", "the second token should start with r8_"),
        ("hf_" + 34 * "x", "the first token should start with r8_"),
        (",".join([ONE] * 10 + ["made_up"]), "the 11th token should start with r8_"),
        (" , \n", "holds no token"),
    ],
)
def test_a_token_in_a_list_is_refused_by_its_place_alone(text: str, said: str) -> None:
    """What is no token of Replicate's is named by its place in the list, and never quoted."""
    with pytest.raises(ValueError, match=said) as refused:
        split_tokens(text)
    assert not any(part in str(refused.value) for part in (ONE, "made-up", "xxx", "made_up"))


def test_several_tokens_in_the_setting_for_one_are_refused() -> None:
    """A list in the setting for one token is refused, with the setting that takes it."""
    with pytest.raises(ValueError, match="REPLICATE_API_TOKENS takes those of several accounts") as refused:
        checked_token(SecretStr(f"{ONE},{TWO}"))
    assert ONE not in str(refused.value)


def test_both_settings_together_are_their_union() -> None:
    """A token that is set twice counts once, where it is first; each knows where it is set, and is never shown."""
    tokens = tokens_of(SecretStr(ONE), split_tokens(f"{TWO},{ONE},{OLD},{TWO}"))
    assert [(token.secret.get_secret_value(), token.place, token.has_prefix) for token in tokens] == [
        (ONE, "REPLICATE_API_TOKEN", True),
        (TWO, "the first token of REPLICATE_API_TOKENS", True),
        (OLD, "the third token of REPLICATE_API_TOKENS", False),
    ]
    assert not any(secret in repr(tokens) for secret in (ONE, TWO, OLD))
