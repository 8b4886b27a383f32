"""The people, channels and talk of the demo's workspace."""

from __future__ import annotations

from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

ANA, BEN, CHLOE, GUS, EVE = "UANA", "UBEN", "UCHLOE", "UGUS", "UEVE1"
OPS, RANDOM, SHARED, PRIVATE, DIRECT = "COPS", "CRANDOM", "CSHARED", "CPRIVATE", "DANA"
LEADS = "SLEADS"


def furnish(slack: StandInSlack) -> None:
    """Put people, channels and a few words into an empty workspace."""
    slack.add_person(ANA, name="Ana", title="ML engineer, requester")
    slack.add_person(BEN, name="Ben", title="ML lead, approver")
    slack.add_person(CHLOE, name="Chloe", title="ML lead, approver")
    slack.add_person(GUS, name="Gus", kind=PersonKind.GUEST, title="Guest")
    slack.add_person(EVE, name="Eve", kind=PersonKind.EXTERNAL, title="Of another company")
    slack.add_group(LEADS, handle="ml-leads", members=[BEN, CHLOE])
    team = [ANA, BEN, CHLOE, GUS]
    slack.add_channel(OPS, name="ml-ops", members=team)
    slack.add_channel(RANDOM, name="random", members=team, bot_is_member=False)
    slack.add_channel(SHARED, name="shared-with-globex", members=[*team, EVE], shared_with_other_company=True)
    slack.add_channel(PRIVATE, name="model-reviews", kind=ChannelKind.PRIVATE, members=[ANA, BEN, CHLOE])
    slack.add_channel(DIRECT, kind=ChannelKind.DM, members=[ANA])
    _talk(slack)


def _talk(slack: StandInSlack) -> None:
    slack.say(CHLOE, OPS, "Finance asks why we keep 200 nightly builds of sdxl-nightly. Do we still need them all?")
    slack.say(BEN, OPS, "Only the last few weeks. And of flux-portraits nobody has run the oldest version in months.")
    slack.say(BEN, OPS, "https://replicate.com/acme/exp-lora-hands and https://replicate.com/acme/exp-tiny-vae can go.")
    slack.say(ANA, OPS, "I'll ask the bot. One of you has to approve it, there is no undo at Replicate.")
    slack.say(BEN, PRIVATE, "Chloe and I approve deletions, see @ml-leads.")
    slack.say(CHLOE, RANDOM, "The bot is not in this channel. Its commands work here all the same.")
