"""Builds the text and blocks that users see in Slack. Pure.

May use requests, planning and commands; does not use Slack's client or the database.

message.py             composes paragraphs into blocks and fallback text
table.py               rows as a table and as lines of text
state_words.py         the states of requests and targets in words, and how many there are in each
wording.py             phrases for models, versions, people and counts
missing_approvals.py   which approvals a request misses, and whose, in words
quotes.py              quotations of users and of Replicate
asker.py               who asked for a request, in words
news.py                what is new in a proposal since its rule's last one, in words
proposals.py           what is told of a cleanup rule, to its owner and its channel
buttons.py             action ids, buttons and their confirm dialogs
target_rows.py         the targets of a request as rows, and what became of them
run_facts.py           when targets were last run, and what models are for, in words
headline.py            where a request stands, in the headline of its card
card.py                a request's card, and the replies in its thread
card_place.py          what a card says where it is not the first one in its channel
previews.py            the preview, short answers
progress.py            the progress bar and the estimated time left
waiting.py             what people are told while Replicate's rate limit makes them wait
truncation.py          what a card or preview leaves to the full list
full_list.py           the full list of a long request, as CSV or as text
full_list_window.py    the full list in a modal
csv_escaping.py        CSV rows that are safe to open in a spreadsheet
last_approval.py       what an approval does, which may be the last one
modals.py              the modals for a decision with words, and what modals remember
home.py                the Home tab
home_requests.py       the lists of requests on the Home tab
home_models.py         the list of known models on the Home tab
view_blocks.py         paragraphs, small print and lists of the Home tab and of windows
starting.py            the ways to begin without a command: action ids, shortcuts, the menu of models
start_window.py        the window in which a request begins, and what it shows afterwards
add_models_window.py   the window in which people add models to the list
linked_message.py      answers to the message shortcut
rule_problems.py       why a cleanup rule proposes nothing, in sentences for its owner
undo_time.py           the time to undo an approved request, and when deleting begins, in words
undo.py                Undo, and what those are told who press it when deleting has begun
refusals.py            why something was not done
requesters.py          answers to people who ask for what only others may ask for
limits.py              what limits are, and how a request exceeds them
outsiders.py           messages for channels shared with another company
typed_lines.py         a typed line with its mistakes, and buttons that run better ones
patterns.py            the models that a pattern matched, and near misses
usage.py               how the commands are used
keeps.py               what is kept: on cards, in answers and in the Home tab
keep_window.py         the modal in which people choose what to keep
break_glass.py         what is told of a request carried out without approvals
break_glass_window.py  the modal in which somebody does that
sign_off.py            why a click on Sign off changes nothing
lifts.py               what is asked about ending a keep, and what came of it
"""
