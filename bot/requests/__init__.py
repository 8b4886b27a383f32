"""A request for deletion as a value: its states, its policy, its history. Pure.

May use refs, errors, counts and durations; everything that handles requests may use this.

request.py          the request, its targets, decisions and outcomes
left_out.py         what a request leaves out, and why
channel_kind.py     what a channel is
transitions.py      every change from one state to the next
policy.py           who may ask and decide, and what is protected
policy_in_force.py  the strictest policy of all live processes
history.py          what the audit trail says
overview.py         what one person has to know at a glance
snapshots.py        what is stored of models and versions before they are deleted
digest.py           a fingerprint of what was shown
"""
