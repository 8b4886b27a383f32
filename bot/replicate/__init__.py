"""The delete client, the only part of the program that sends requests to Replicate.

client.py            the client: reads and deletions
exchange.py          sends requests: rate limit, retries, pages
pool.py              the connections over which they are sent
addresses.py         references -> URLs under the base URL
bodies.py            reads the body of an answer, with a size limit
transport_errors.py  why no answer came, from what the HTTP client raised
answers.py           answers -> typed values or errors
json_values.py       the JSON of answers -> values, also where it is odd
shapes.py            these values -> typed values
fields.py            names, ids and moments in these values
types.py             the typed values
account_lists.py     what an account has: deployments, trainings and predictions, whole or page by page
last_use.py          when the account last ran versions, from its predictions
throttling.py        what an answer says about the rate limit
rate_limit.py        when the next request may be sent
retries.py           how often and how long a request is retried
not_found.py         whether the 404 of a DELETE means that its target is gone
absence.py           the rule for when a target is gone
"""
