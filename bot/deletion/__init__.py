"""Carries out approved requests.

May use everything but handlers, delivery and messages. `worker.py` is the entry point.

worker.py              claim, re-check, send, verify, finish
recheck.py             applies the plan's checks again just before the deletion
changes_since_plan.py  checks for changes since the targets were planned
snapshot_reader.py     stores models and schemas before their deletion
sender.py              sends DELETEs within the rate limit
send_control.py        what a DELETE waits for, and Stop
outcome_writer.py      writes outcomes in batches
verify.py              waits until accepted targets are gone
verify_schedule.py     how long to wait between checks
"""
