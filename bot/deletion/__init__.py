"""Carries approved requests out.

May use everything but handlers, delivery and messages. `worker.py` is the start.

worker.py           claim, re-check, send, verify, finish
recheck.py          everything is read and judged again, just before
since_plan.py       what has happened to targets since they were planned
snapshot.py         stores what is about to go
sender.py           sends DELETEs within the rate limit
send_control.py     what a DELETE waits for, and Stop
outcome_writer.py   writes outcomes in batches
verify.py           waits until what Replicate accepted is gone
verify_schedule.py  when to look
"""
