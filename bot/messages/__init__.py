"""Builds the text and blocks that users see in Slack. Pure.

May use requests, planning and commands; does not use Slack's client or the database.

message.py           composes paragraphs into blocks and fallback text
wording.py           phrases for models, versions, people and counts
quotes.py            quotations of users and of Replicate
buttons.py           action ids, buttons and their confirm dialogs
card.py              a request's card, and the thread reply with its result
previews.py          the preview, usage, short answers
progress.py          the progress bar and the estimated time left
truncation.py        what a card or preview leaves to the full list
full_list.py         the full list of a long request, as CSV or as text
full_list_window.py  the full list in a modal
csv_escaping.py      CSV rows that are safe to open in a spreadsheet
modals.py            the rejection modal, and what modals remember
home.py              the Home tab
refusals.py          why something was not done
outsiders.py         messages for channels shared with another company
"""
