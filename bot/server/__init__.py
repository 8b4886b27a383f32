"""Receives requests from outside: Slack's over Socket Mode or HTTP, and health probes.

transport.py          Socket Mode or HTTP, as configured
socket_mode.py        keeps a connection to Slack
socket_connection.py  one connection: address, greeting, silence, end
socket_messages.py    the messages of a connection, typed
dispatch.py           hands payloads to Bolt, and acknowledges them
outage_log.py         log lines about the connection, one for each change
other_copies.py       whether other copies of the bot get some of what Slack sends
http_server.py        the HTTP server and its limits
metrics_route.py      `/metrics`
health.py             `/healthz` and `/readyz`
"""
