"""What would be deleted, what not, and why.

May use commands, requests and the Replicate client. Everything but the readers in facts.py is pure.

facts.py           what Replicate says about models and what uses them
verdicts.py        Replicate's rules and the team's, one verdict for each reference
selection.py       `--keep`, `--older-than`, `--unused-for`: which versions of a model
model_plans.py     models with the versions that stand in their way
plan.py            the plan: all verdicts together
prior_requests.py  what earlier requests say about the same targets
drafts.py          a plan -> what is stored before it is shown
"""
