"""Posts what people read in channels: cards, the replies that tell a result, and full lists.

May use messages, slack and the store. Nothing else posts or edits cards.

cards.py       draws a request's card whenever it differs from its row
full_lists.py  posts the full list of a long request in its card's thread
"""
