"""The stand-ins themselves, held against what Slack and Replicate document."""
