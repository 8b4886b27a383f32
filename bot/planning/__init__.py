"""A command -> a plan: what would be deleted, what would not, and why.

May use commands, requests and the Replicate client. Everything but the readers in facts.py is pure.

facts.py           what Replicate returns about models and what uses them
verdicts.py        Replicate's rules and the team's -> one verdict for each reference
selection.py       `--keep`, `--older-than`, `--unused-for`, `--all` -> the selected versions of a model
model_plans.py     models together with their versions
plan.py            the plan: all verdicts together
prior_requests.py  open requests and earlier refusals for the same targets
drafts.py          a plan -> the targets and snapshots that a draft stores
"""
