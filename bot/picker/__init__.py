"""The picker: a modal in which a user selects versions of one model. Pure.

May use planning and messages.

state.py     what was read, what is listed, and which versions are selected
boxes.py     the checkboxes as they were drawn, and what a person has ticked in them since
listing.py   which versions are listed, and in which order
changes.py   every change to a picker
notices.py   the picker's messages
controls.py  the menus, buttons and fields
summary.py   what is selected, where, and what that means for the model
rows.py      the versions on a page, and why some cannot be deleted
view.py      the modal, which shows one page of versions
"""
