"""The console commands `check` and `audit`.

check.py          tests the settings
audit.py          prints the audit trail
audit_formats.py  the audit trail as text, JSON or CSV
"""
