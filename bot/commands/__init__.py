"""The text of a slash command -> what the requester wants deleted. Pure.

Offers `parse_delete_model` and `parse_delete_version` (parse.py), and `parse_rules` (rules.py). May use errors,
durations and refs.

tokens.py        text -> one line and its words, without the markup, quotes and punctuation around them
references.py    words -> references to models and versions
linked.py        the references in a message, and the models that a pasted list names
options.py       the options of both commands
parse.py         both commands, as a whole
addresses.py     the addresses of Replicate at which a reference may point
selectors.py     the ids of versions, and their beginnings
names.py         owners, names and patterns of models
own_names.py     names without their owner: which of the bot's accounts they may be of
emphasis.py      bold text over several words, whose marks would be read as patterns
option_words.py  words -> options with their values
grounds.py       the reason and the team's own reference together
own_reference.py the team's own reference
reasons.py       the reason, and the rest of the text
swallowed.py     an option that stands in a reason or a reference
line.py          a line with all its parts, or the mistakes in it
meaning.py       what a line asks for
wanted.py        what a command asks for, and the line that says so
mistakes.py      mistakes, and what would work instead
rules.py         rules without a model
"""
