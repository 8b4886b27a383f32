"""The policy file: TOML that makes the settings stricter, and says what is proposed for deletion.

reading.py    reads a policy file from the disk, or says everything that is wrong with it
toml_text.py  bytes -> TOML's tables, or where they stop being TOML and why
content.py    TOML's tables -> the rules of a policy and the cleanup rules, or every problem
tables.py     what each table of the file may hold
values.py     what single values may be: people, models, lengths of time, time zones
problems.py   what is wrong with a value, in words, with an example
"""
