"""Delete a team's private Replicate models and versions from Slack, with its approval."""
