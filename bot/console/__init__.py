"""The command line beside running the bot: `check` and `audit`.

check.py          would the settings work
audit.py          what was asked for, decided and deleted
audit_formats.py  the same as text, JSON or CSV
"""
