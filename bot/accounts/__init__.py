"""The Replicate accounts that the bot works for, each with a client and a pace of its own.

accounts.py          all of them: which one a model belongs to, and whose requests are carried out
held_token.py        one token: whose it is, and whether Replicate accepts it
new_tokens.py        takes tokens that were rotated, once Replicate has said whose they are
account_services.py  what belongs to one account, and is shared with no other
whose_token.py       asks Replicate whose account a token is of
"""
