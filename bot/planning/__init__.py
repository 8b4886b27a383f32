"""A command -> a plan: what would be deleted, what would not, and why.

May use commands, requests and the Replicate client. Everything but the readers of facts and
versions is pure.

selecting.py        rules over models, from reading to plan
evaluation.py       what a cleanup rule would propose at one moment, and what is in its way
facts.py            what Replicate returns about models and what uses them
version_reading.py  reads all versions of a model, or those named by full ids with few calls
uses.py             the deployment or training that needs a version -> the verdict on it
keeps.py            the keep of a model or version -> the verdict on it
limits.py           what one request may have at most -> the limits that it exceeds
limit_numbers.py    reads what limits are compared with
verdicts.py         Replicate's rules and the team's -> one verdict for each reference
selection.py        `--keep`, `--older-than`, `--unused-for`, `--all` -> the selected versions of a model
unselected.py       why rules leave versions out, in words
model_plans.py      models together with their versions
plan.py             the plan: all verdicts together
prior_requests.py   open requests and earlier refusals for the same targets
drafts.py           a plan -> the targets and snapshots that a draft stores
leaving_out.py      the lines that ask for a plan without some of its models
several_models.py   rules over several models
"""
