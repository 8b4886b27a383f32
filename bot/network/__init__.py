"""Proxies and certificates of all connections to Slack and Replicate, and why a connection failed.

Both clients are given these, and read no environment variables themselves.

network_settings.py  the settings for addresses, proxies and certificates
connections.py       `Network`: the proxies and the accepted certificates, as every client gets them
calls.py             counts of the calls to each service
retry_log.py         the log line about a call that is made again
proxies.py           the proxy variables, typed, and the proxy for an address
no_proxy.py          the addresses that NO_PROXY names
certificates.py      the certificates that are accepted: the system's, and those that the settings name
failures.py          what to say about a certificate or a proxy that stands in the way
"""
