"""Sends every entry of the audit trail to a receiver outside, as a signed event: docs/events.md.

cloud_event.py  an entry -> the JSON that is sent
receiver.py     posts an event, and says whether it was accepted or why not
sender.py       sends what is noted, the events of each request in their order
setup.py        puts the parts together
"""
