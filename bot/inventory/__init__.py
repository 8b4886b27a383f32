"""What the bot knows about the account's models without asking Replicate. Pure.

Replicate lists no private models, so the bot keeps a list of its own.

known_model.py  a known model, and from where it is known
known_runs.py   what the account's predictions tell about its versions
uses.py         what needs versions of a known model
run_reading.py  how far predictions were read, and what a page of them adds
new_runs.py     predictions newer than those that are stored, read for one request
search.py       known models by typed letters, near misses included, and by globs
"""
