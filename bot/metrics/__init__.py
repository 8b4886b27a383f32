"""What can be watched of one process, in Prometheus' format. Imported only where METRICS is set.

May use requests, network, the store and prometheus-client. No metric names a person, a model or a channel.

changes.py     counters and times of what this process stored
gauges.py      what is read at each scrape: what is open, calls, paces, connections
exposition.py  all of it as text
"""
