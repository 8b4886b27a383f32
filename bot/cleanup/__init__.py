"""Cleanup rules: which versions are to be proposed for deletion, and when. Pure.

rule.py      a cleanup rule of the policy file
selecting.py what of it the processes on one database tell each other
turn.py      one evaluation of a rule by one process, and what it brings about
today.py     what today's policy file says about versions that a rule proposed earlier
notices.py   what is told of a rule to its owner and to its channel
schedule.py  when a rule is due: weekdays or days of the month, at a local time
"""
