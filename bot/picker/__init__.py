"""The picker: the window in which versions are chosen by eye. Pure.

May use planning and messages.

state.py  what was read, what is chosen so far, and each step
view.py   one page of it as a view
"""
