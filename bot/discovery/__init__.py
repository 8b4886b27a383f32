"""Reads in the background which models the account has, and when it ran them, into the list of known models.

setup.py         puts the parts together
discovery.py     reads whatever is due, one page or one model at a time
source_pages.py  one page of deployments, trainings, predictions or the bot's own requests -> rows
model_reader.py  one known model, as Replicate shows it -> its row
run_facts.py     when the targets of a request were last run
target_facts.py  what is stored of runs, and what was read since -> these facts
late_facts.py    completes what open requests lack about runs
pace.py          how many requests a day all this may take
"""
