"""What people read who ask for what only others may ask for."""

from __future__ import annotations

from bot.errors import NotAllowed, SlackUnavailable
from bot.messages.requesters import not_yours_to_ask_for
from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.requesters import Denied, Restriction

PROD, VOICE = ModelRef("acme", "prod"), ModelRef("acme", "voice")
UNREAD = SlackUnavailable("Slack does not tell the bot who is in the group SML. Please try again later.")


def only(text: str, *refs: ModelRef) -> Restriction:
    return Restriction(Approvers.parse(text), refs)


def test_one_restriction_is_a_sentence() -> None:
    """It names who may ask, for which models, that nothing was requested, and what to do."""
    refusal = not_yours_to_ask_for([Denied(only("SML,UANA", PROD, VOICE))])
    assert isinstance(refusal, NotAllowed)
    assert str(refusal) == (
        "Only <!subteam^SML> or <@UANA> may ask for the deletion of `acme/prod` and `acme/voice`. "
        "Nothing was requested. Ask one of them to request it."
    )


def test_several_restrictions_are_a_list_with_a_line_for_the_rest() -> None:
    """All restrictions are told at once, and a line that can be pasted asks for the rest."""
    refusal = not_yours_to_ask_for(
        [Denied(only("SML", PROD)), Denied(only("UBEN", VOICE))], ["/delete-version acme/exp --keep 5 --reason a`b<c"]
    )
    assert str(refusal) == (
        "Only others may ask for this:\n"
        "• Only <!subteam^SML> may ask for the deletion of `acme/prod`.\n"
        "• Only <@UBEN> may ask for the deletion of `acme/voice`.\n"
        "Nothing was requested. Ask somebody who may to request it, or leave those models out:\n"
        "`/delete-version acme/exp --keep 5 --reason a'b&lt;c`"
    )


def test_a_group_without_anybody_is_named() -> None:
    """Where a group is disabled or does not exist, that is said, and who can put it right."""
    said = str(not_yours_to_ask_for([Denied(only("SML", PROD), empty=("SML",))]))
    assert "Slack lists nobody in `SML`, so nobody there can ask: it may be disabled, or not exist." in said
    assert "Whoever runs the bot can put that right." in said


def test_what_slack_does_not_tell_can_be_tried_again() -> None:
    """Where only Slack's answer is missing the error is that, with who may ask and what to do."""
    refusal = not_yours_to_ask_for([Denied(only("SML", PROD), unread=UNREAD)], ["/delete-model acme/exp"])
    assert isinstance(refusal, SlackUnavailable)
    assert str(refusal) == (
        "Whether you may ask for this could not be checked, so nothing was requested (only SML may ask for "
        "`acme/prod`). Slack does not tell the bot who is in the group SML. Please try again later."
    )


def test_a_clear_refusal_comes_before_what_slack_does_not_tell() -> None:
    """Beside a restriction that clearly does not name them, one that could not be checked is told as such."""
    refusal = not_yours_to_ask_for([Denied(only("UBEN", VOICE)), Denied(only("SML", PROD), unread=UNREAD)])
    assert isinstance(refusal, NotAllowed)
    assert "Whether you are among them could not be checked, as Slack does not tell who is." in str(refusal)


def test_of_many_models_the_rest_are_counted() -> None:
    """A message has room for some names only; how many others there are is said."""
    refs = tuple(ModelRef("acme", f"m{n}") for n in range(100))
    assert "and 60 more models." in str(not_yours_to_ask_for([Denied(only("SML", *refs))]))
