"""The tables as they came to be, with Alembic; a migration that has landed never changes.

env.py  runs migrations on the program's own connection
"""
