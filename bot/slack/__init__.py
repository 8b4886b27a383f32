"""Lookups in Slack's Web API: users, channels, and who may decide.

May use requests (for policy and people), clock and errors. The delivery package posts messages.

client.py          the client, and the mapping of Slack's failures to the bot's errors
session.py         the HTTP session by which everything reaches Slack, through a proxy or not
error_codes.py     what each of Slack's error codes is about
retries.py         how long a rate-limited call waits
bolt.py            the Bolt app
identity.py        the bot's own workspace, user and scopes
people.py          users and user groups
user_objects.py    Slack's user object -> a person and their standing
channels.py        whether a card may go to a channel, and whether outsiders read it
cached_lookups.py  lookups that concurrent callers share, and a cache for display
quorum.py          who may decide about a request, and whether enough approved
entitlement.py     whether somebody is among those who may ask
break_glass.py     who may carry out a request without approvals
"""
