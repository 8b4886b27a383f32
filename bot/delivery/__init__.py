"""Posts what people read in channels: cards, the messages beside them, and full lists.

May use messages, slack and the store. Nothing else posts or edits cards.

deliverers.py  makes both deliverers; start here
deliverer.py   takes deliveries from the outbox, and puts off what Slack does not take
cards.py       draws cards, and posts pointers, reminders and results
full_lists.py  posts full lists, as a file or as text in pages
posting.py     posting and editing within Slack's limits
"""
