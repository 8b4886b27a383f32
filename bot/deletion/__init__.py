"""Carries out approved requests.

May use everything but handlers, delivery and messages. `worker.py` is the entry point.

worker.py              claim, re-check, send, verify, finish
account_deletion.py    what carries out the requests of one Replicate account
setup.py               puts together what deletes
recheck.py             applies the plan's checks again just before the deletion
changes_since_plan.py  checks for changes since the targets were planned
policy_recheck.py      who asked, and how much, checked again by the policy
objections.py          why an approved request may not be carried out now
snapshot_reader.py     stores models and schemas before their deletion
sender.py              sends DELETEs within the rate limit
send_control.py        what a DELETE waits for, and Stop
outcome_writer.py      writes outcomes in batches
confirmer.py           asks, after the end, whether what was deleted is gone from everywhere
verify.py              waits until accepted targets are gone
absence_judge.py       judges whether accepted targets of one model are gone
verify_schedule.py     how long to wait between checks
"""
