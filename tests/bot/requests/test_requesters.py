"""Who may ask for which models."""

from __future__ import annotations

from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.policy_rules import ModelEntry, PolicyRules
from bot.requests.requesters import Restriction, restrictions
from bot.requests.terms import Terms

BASE = Terms(1, Approvers(everyone=True))
ML, OPS, ANA = (Approvers.parse(text) for text in ("SML", "SOPS", "UANA"))
EXP, PROD, VOICE = (ModelRef("acme", name) for name in ("exp-1", "Prod-tts", "prod-voice"))
RULES = PolicyRules(models=(ModelEntry(("acme/prod-*",), requesters=ML), ModelEntry(("*/*voice",), requesters=OPS)))


def in_force(*rules: PolicyRules) -> PolicyInForce:
    return PolicyInForce(tuple(Policy(BASE, rules=one) for one in rules))


def test_each_restriction_names_its_models() -> None:
    """Of several models each restriction has those that it is about, in any case of letters; others have none."""
    found = restrictions([EXP, PROD, VOICE], in_force(RULES))
    assert found == (Restriction(ML, (PROD, VOICE)), Restriction(OPS, (VOICE,)))
    assert restrictions([EXP], in_force(RULES)) == ()


def test_every_process_restricts() -> None:
    """Beside a process without a policy file, one with it still restricts; two restrict by what both say."""
    assert restrictions([PROD], in_force(PolicyRules(), RULES)) == (Restriction(ML, (PROD,)),)
    other = PolicyRules(models=(ModelEntry(("acme/*",), requesters=ANA),))
    assert restrictions([PROD], in_force(RULES, other)) == (Restriction(ML, (PROD,)), Restriction(ANA, (PROD,)))


def test_a_request_keeps_its_restrictions() -> None:
    """What a request was made under holds for all of its models where the policy does not have it any more."""
    assert restrictions([EXP, PROD], in_force(PolicyRules()), (ML,)) == (Restriction(ML, (EXP, PROD)),)
    assert restrictions([EXP, PROD], in_force(RULES), (ML,)) == (Restriction(ML, (PROD,)),)
