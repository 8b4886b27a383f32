"""The console commands but `run`.

arguments.py            the commands with their arguments
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
audit_verify.py         follows the chain over the audit trail, and says what is wrong
chain_sentences.py      what it says
chain_head.py           the head of the chain in a file
receipt.py              prints the receipt of a request
receipt_formats.py      a receipt in its two forms, and the fields of its JSON
receipt_text.py         a receipt as lines of text
receipt_words.py        what it says in sentences
backup.py               copies the database, and ends what was open in a copy
audit_arguments.py      the arguments of that command
audit_words.py          what is typed after it -> what is asked for
audit_follow.py         goes on with what comes into the trail
audit_entry_words.py    what an entry says, in words on one line
audit_entry_formats.py  single entries in a list, as text, JSON or CSV
pager.py                prints pages of lines, to a terminal through a pager
cleanup.py              prints the cleanup rules, and what one of them would propose now
cleanup_formats.py      these as lines of text or JSON
prune.py                exports requests that ended long ago, and removes them
database_as_it_is.py    the database for looking only
audit_formats.py        the audit trail as text, JSON or CSV
audit_review.py         what it says of a request carried out without approvals
audit_snapshots.py      what it has of models and versions from before their deletion
"""
