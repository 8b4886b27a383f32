"""A strict stand-in for one Slack workspace; `stand_in.StandInSlack` is the whole of it."""
