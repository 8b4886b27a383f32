"""How requests from outside reach the program: Slack's over a socket or HTTP, and health probes.

transport.py    Socket Mode or HTTP, whichever is configured
http_server.py  the HTTP server and its limits
health.py       `/healthz` and `/readyz`
"""
