"""A request for deletion as a value: its states, its policy, its history. Pure.

May use refs, errors, counts and durations; everything that handles requests may use this.

request.py          the request, its targets, decisions and outcomes
left_out.py         what a request does not delete of what was asked for, and why
channel_kind.py     the kinds of channels
transitions.py      every change from one state to the next
policy.py           who may request and approve, and what is protected
policy_in_force.py  the strictest policy of all live processes
deliveries.py       what is posted in Slack, and in which state
history.py          the entries of the audit trail
overview.py         the requests that concern one person
snapshots.py        what is stored about models and versions before they are deleted
digest.py           a fingerprint of the targets that were shown
"""
