"""What people read: values -> blocks and their text. Pure.

May use requests, planning and commands; knows neither Slack's client nor the database.

message.py           a message or view, built from paragraphs, as blocks and as text
wording.py           how models, versions, people and counts read in a sentence
quotes.py            how other people's words are quoted
buttons.py           what buttons do
card.py              a request's card, and the reply that tells how it ended
previews.py          the preview, usage, short answers
progress.py          how far a deletion is
truncation.py        what a card cannot show whole
full_list.py         the full list of a long request, as CSV or as text
full_list_window.py  the same in a window
csv_rows.py          cells that no spreadsheet takes for a formula
modals.py            windows
home.py              the Home tab
refusals.py          why something was not done
outsiders.py         what is said where another company reads along
"""
