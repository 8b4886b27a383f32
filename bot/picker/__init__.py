"""The picker: a modal in which a user selects versions of one model. Pure.

May use planning and messages.

state.py    what was read, what is selected, and the changes to it
view.py     the modal, which shows one page of versions
notices.py  the picker's messages
"""
