"""Slack's Web API: who somebody is, what a channel is, who may decide.

May use requests (for policy and people), clock and errors. Posting messages is delivery's.

client.py          one client, and one place where Slack's failures become ours
retries.py         how long a limited call waits
bolt.py            the Bolt app
identity.py        the bot's own workspace, user and scopes
people.py          users and user groups
user_objects.py    Slack's user object, typed
channels.py        where a card may go, and who reads along
cached_lookups.py  questions asked once for everybody who asks at the same time
quorum.py          who may decide about a request, and whether enough did
"""
