"""A request for deletion as a value: its states, its policy, its history. Pure.

May use refs, errors, counts and durations; everything that handles requests may use this.

request.py             the request, its targets, decisions and outcomes
outcomes.py            what became of single targets
gone_from.py           the two places that say whether something is gone
ids.py                 the ids of requests, made at random, and read as people type them
asker.py               who asked for a request: a person, or a cleanup rule
decisions.py           what people decide about a request
left_out.py            what a request does not delete of what was asked for, and why
keep_note.py           who keeps a model or version, why, and until when
keeps.py               keeps, and what a new one takes out of a request
lifts.py               ending a keep before its time: what is asked, and who approves it
channel_kind.py        the kinds of channels
transitions.py         every change from one state to the next
stopping.py            Undo and Stop: what ends a request that was approved
restoring.py           what becomes of open requests when the database is restored from a backup
break_glass.py         a request carried out without approvals, and its review
typed_name.py          the name that people type to confirm a deletion
policy.py              who may request and approve, and what is protected
terms.py               whose approvals a request needs, and what else holds for it
policy_rules.py        what a policy file says about requests
requesters.py          who may ask for which models, and why somebody may not
scope.py               which models a request is about, and how many targets it has
policy_in_force.py     the strictest policy of all live processes
deliveries.py          what is posted in Slack, and in which state
history.py             the entries of the audit trail
target_entries.py      the text of an entry about one target, and what is read from it again
audit_chain.py         the digests of these entries, and the links from one to the next
chain_walk.py          follows the links to the first thing that is not as it was written
recorded.py            an entry once it is stored, as the log and the metrics tell it
audit_filter.py        which requests or entries of it are asked for
approval_entries.py    what the audit trail says about the approvals that a request needs and has
approvals_by_trail.py  whether the approvals of a request are those that it needs, by its rows and its trail
overview.py            the requests that concern one person
receipt.py             what is shown of each target of a request
snapshots.py           what is stored about models and versions before they are deleted
proposal.py            what is known of a request because a cleanup rule proposed it
digest.py              a fingerprint of the targets that were shown
news.py                what is new in a proposal since its rule's last one
run_facts.py           what is told about targets beside what they are: last runs, what models are for
"""
