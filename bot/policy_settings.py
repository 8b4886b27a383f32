"""The settings that decide what may be deleted; a policy file makes them stricter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import NoDecode

from bot.durations import parse_duration
from bot.requests.policy import Approvers, Protected
from bot.requests.policy_in_force import MAX_TTL, Policy
from bot.requests.policy_rules import MAX_UNDO, PolicyRules, UndoTime
from bot.requests.terms import Terms

Channel = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{1,20}$")]

GLASS_SHUT = (
    "BREAK_GLASS: nobody may use it. Whoever did would choose the channel in which the approvers are told, by asking "
    "there. Set APPROVAL_CHANNEL, or REQUEST_CHANNELS"
)
"""What is wrong where no channel is named in which the approvers can be told."""


class PolicySettings(BaseModel):
    """A base of `Settings`, which can also be read alone where nothing but the policy matters."""

    model_config = ConfigDict(defer_build=True)  # by itself it is not built in most processes

    approvals_required: Annotated[int, Field(ge=0, le=5, examples=["1"])] = 1
    approvers: Annotated[Approvers, NoDecode, Field(examples=["U012AB3CD,S0614TZR7"])]
    allow_self_approval: Annotated[bool, Field(examples=["false"])] = False
    request_ttl: Annotated[int, Field(ge=1, le=MAX_TTL, examples=["24h"])] = 86_400
    undo_for: Annotated[int, Field(ge=0, le=MAX_UNDO, examples=["10m"])] = 0
    approval_channel: Annotated[Channel | None, Field(examples=["C012AB3CD"])] = None
    request_channels: Annotated[tuple[Channel, ...], NoDecode, Field(examples=["C012AB3CD,C045EF6GH"])] = ()
    reason_required: Annotated[bool, Field(examples=["false"])] = False
    protected_models: Annotated[Protected, NoDecode, Field(examples=["acme/prod-*,acme/billing"])] = Protected()
    break_glass: Annotated[Approvers | None, NoDecode, Field(examples=["U012AB3CD,S0614TZR7"])] = None
    policy_file: Annotated[Path | None, Field(examples=["/etc/replicate-delete-bot/policy.toml"])] = None

    @field_validator("approvers", mode="before")
    @classmethod
    def _read_approvers(cls, value: object) -> object:
        return Approvers.parse(value) if isinstance(value, str) else value

    @field_validator("break_glass", mode="before")
    @classmethod
    def _read_break_glass(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        people = Approvers.parse(value)
        if people.everyone:
            raise ValueError("should name users (U...) or user groups (S...), and not everyone")
        return people

    @field_validator("protected_models", mode="before")
    @classmethod
    def _read_globs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        globs = _split_list(value)
        if wrong := [glob for glob in globs if glob.count("/") != 1]:
            raise ValueError(f"{wrong[0]!r} should have the form owner/name, where * stands for anything")
        return Protected(globs)

    @field_validator("request_channels", mode="before")
    @classmethod
    def _read_channels(cls, value: object) -> object:
        return _split_list(value) if isinstance(value, str) else value

    @field_validator("request_ttl", "undo_for", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> object:
        return parse_duration(value) if isinstance(value, str) else value

    @property
    def terms(self) -> Terms:
        """Who may approve, and how many approvals are required."""
        return Terms(self.approvals_required, self.approvers, self.allow_self_approval)

    @property
    def is_glass_shut(self) -> bool:
        """Whether those whom BREAK_GLASS names may not use it, for the reason in GLASS_SHUT."""
        return self.break_glass is not None and self.approval_channel is None and not self.request_channels

    @property
    def policy(self) -> Policy:
        """The policy that these settings define, without the policy file: what may be deleted, and who decides.

        Where approvers might not be told of it, nobody may carry a request out without them.
        """
        return Policy(
            self.terms,
            self.protected_models,
            self.reason_required,
            self.request_channels,
            self.request_ttl,
            rules=PolicyRules(undo=(UndoTime(self.undo_for),) if self.undo_for else ()),
            break_glass=None if self.is_glass_shut else self.break_glass,
        )


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(",", " ").split() if part)
