"""Delete a team's private Replicate models and versions from Slack, with its approval.

app.py                the composition root; start here
__main__.py           the command line: run, check, audit
settings.py           the only reader of the environment and .env
services.py           what app.py hands to the handlers
processes.py          the processes on one database, and the strictest of their policies
policy_source.py      ways to ask for the policy in force
shared_rate_limit.py  the rate limit that all processes keep to together
poll_loop.py          one step, run again and again
active_handlers.py    the running handlers, which a stop waits for
command_limit.py      how many commands one person may have running
backoff.py            how long to wait after failures
errors.py             the error tree; what may be shown to a person
refs.py               references to models and versions
clock.py              the only source of time
durations.py          90s, 15m, 24h, 7d
plurals.py            counts in sentences
untrusted_text.py     other people's text, made harmless
locks.py              a lock for each of many things
logs.py               logging, without secrets
"""
