"""The console commands but `run`.

check.py                tests the settings
account_client.py       the client of one account, for what is printed
check_accounts.py       checks the tokens of Replicate
check_notifications.py  tests whether processes hear of each other's changes
check_connections.py    tests Socket Mode, and finds connections of other copies of the bot
check_slack.py          tests the people and the channels that settings and policy file name
policy.py               prints what the policy says about a request
policy_answer.py        what the policy says about a request, and which entry or setting says so
finding.py              the result of one test
audit.py                prints the audit trail
cleanup.py              prints the cleanup rules, and what one of them would propose now
cleanup_formats.py      these as lines of text or JSON
prune.py                exports requests that ended long ago, and removes them
database_as_it_is.py    the database for looking only
audit_formats.py        the audit trail as text, JSON or CSV
audit_review.py         what it says of a request carried out without approvals
audit_snapshots.py      what it has of models and versions from before their deletion
"""
