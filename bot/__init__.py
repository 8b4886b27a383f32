"""Delete a team's private Replicate models and versions from Slack, with its approval.

app.py                  the composition root; start here
assembly.py             what works once Slack has said who the bot is; loaded while it connects
foundation.py           what the loops and the handlers of one process are made of
loops.py                the loops of a process: what each does again and again, and what wakes it
run.py                  runs the bot until it is asked to stop
__main__.py             the command line: run, check, audit, policy, cleanup, prune, backup, restored
settings.py             the only reader of the environment and .env
policy_settings.py      the settings that decide what may be deleted
event_settings.py       the settings for the events that are sent out
event_destination.py    where events go and what signs them, which can be replaced while some are under way
database_url.py         `DATABASE_URL` as a typed value, whose password is never shown
postgres_parameters.py  the parameters of a PostgreSQL URL, as many programs write them -> libpq's own
services.py             what app.py hands to the handlers
startup_wait.py         waits at the start for a service without which the bot cannot work
secret_files.py         secret settings whose value is in a file
settings_problems.py    what is wrong with a setting, as one line
secret_in_use.py        a secret that can be replaced while requests with it are under way
renewal.py              looks for a replacement of what was refused, at most every 30 seconds
rotation.py             takes secrets that have changed into use, each once it was checked
replicate_tokens.py     the tokens of Replicate in the settings, each checked by its form
served_accounts.py      the Replicate accounts of a process, as its heartbeat says them
processes.py            the processes on one database, and the strictest of their policies
policy_source.py        ways to ask for the policy in force
own_policy.py           the policy of this process: its settings and its policy file, which can be read again
shared_rate_limit.py    the rate limit that all processes keep to together
poll_loop.py            one step, run again and again
shared_run.py           one run of something that several callers wait for at once
active_handlers.py      the running handlers, which a stop waits for
command_limit.py        how many commands one person may have running
backoff.py              how long to wait after failures
slowdown.py             how far refusals slow requests down, and how they become faster again
errors.py               the error tree; what may be shown to a person
refs.py                 references to models and versions
clock.py                the only source of time
durations.py            90s, 15m, 24h, 7d
plurals.py              counts and enumerations in sentences
moments.py              seconds since 1970 as text
permalinks.py           the addresses of messages in Slack
untrusted_text.py       other people's text, made harmless
webhook_signatures.py   the secrets and signatures of the events that are sent out
misspelt.py             variables whose names are almost those of settings
imports.py              imports many modules at once, in less time
locks.py                a lock for each of many things
side_by_side.py         awaits several things at once, and leaves none running
logs.py                 logging, without secrets
change_log.py           a log line for every change of a request, once it is stored
watching.py             what can be watched of a process from outside, besides its log
"""

__version__ = "2026.11.28"
"""The date of this version, under which the changelog says what is new; the only place that has it."""
