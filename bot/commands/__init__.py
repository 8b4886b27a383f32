"""The text of a slash command -> what the requester wants deleted. Pure.

Offers `parse_delete_model`, `parse_delete_version` and `parse_rules` (parse.py). May use errors, durations and refs.

tokens.py      text -> words, without the markup, quotes and punctuation around them
references.py  words -> references to models and versions
options.py     the options of both commands
parse.py       both commands, as a whole
"""
