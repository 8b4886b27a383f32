"""Posts what people read in channels: cards, the messages beside them, and full lists.

May use messages, slack and the store. Nothing else posts or edits cards.

setup.py                makes both consumers; start here
outbox_consumer.py      takes deliveries from the outbox, and puts off what Slack does not take
cards_and_notices.py    draws cards, and posts pointers, reminders and results
full_lists.py           posts full lists, as a file or as text in pages
cleanup_notices.py      posts what is told of cleanup rules
records.py              where what is posted is read in the database
posting.py              posting and editing within Slack's limits
new_cards.py            records where a new card is
lift_messages.py        the message that asks approvers to lift a keep
break_glass_notices.py  tells approvers of what was carried out without them, before it is
closed_places.py        why a channel cannot be posted to
"""
