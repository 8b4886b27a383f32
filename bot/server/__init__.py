"""Receives requests from outside: Slack's over Socket Mode or HTTP, and health probes.

transport.py    Socket Mode or HTTP, as configured
http_server.py  the HTTP server and its limits
health.py       `/healthz` and `/readyz`
"""
