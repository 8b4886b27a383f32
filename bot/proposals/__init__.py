"""What cleanup rules propose: evaluated when it is time, and stored as requests that await approval.

Nothing here deletes or approves anything, and nothing posts: it changes rows, as a command does.

proposals.py    takes the turns of rules, and makes their proposals; start here
evaluator.py    what a rule would propose now, or what is in its way
rule_reader.py  reads the models of a rule, as commands over several models read theirs
permission.py   whether what a rule selects may be proposed: size, channel, approvers
turns.py        what a turn brings about, from its evaluation and the earlier proposals
place.py        where proposals have their cards
setup.py        puts the parts together
"""
