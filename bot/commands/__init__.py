"""What somebody typed -> what they want deleted. Pure.

Offers `parse_delete_model`, `parse_delete_version` and `parse_rules` (parse.py). May use errors, durations and refs.

tokens.py      text -> words, freed of what Slack, people and web addresses put around them
references.py  words -> references to models and versions
options.py     the options of both commands, in one table
parse.py       both commands, whole
"""
