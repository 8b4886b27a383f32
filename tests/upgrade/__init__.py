"""The last release's database under this code, and the last release's code on this code's tables.

last_release.sql        a database that the last release made, as SQL, with what its Replicate had in the first line
make_last_release.py    how it was made: by the last release's own code
last_release.py         which commit that is, its code, and its database
"""
