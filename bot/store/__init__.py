"""The rows, and the only part of the program that speaks SQL. SQLite and PostgreSQL, the same code on both.

May use requests, planning, picker and the top-level modules; knows nothing of what people read.

tables.py                 the tables
all_tables.py             every table at once
async_core.py             SQLAlchemy's connections for asyncio, without its ORM
process_tables.py         the tables of live processes, and of the rate limits that they keep to together
known_tables.py           the tables of known models, their runs, and how far these were read
chain_tables.py           the tables of the chain over the audit trail
picker_tables.py          the table of pickers
fact_tables.py            the tables of what is told about targets beside what they are
database.py               engine, transactions, the database's clock
advisory_locks.py         the locks of PostgreSQL's that order transactions of several processes
unavailable.py            errors of a database that is away -> DatabaseUnavailable
engines.py                how to open a SQLite file, and how connections of both databases are cancelled
driver_errors.py          errors of PostgreSQL's driver, where it may not be loaded
postgres_engine.py        how to connect to a PostgreSQL server
open_rows.py              which rows something is still to be done about, as the partial indexes say it
partial_indexes.py        the indexes of rows that something is still to be done about
connection_deadlines.py   cuts connections on which no answer comes
connection_problems.py    drivers' errors at the start -> one sentence with what to mend
migration.py              brings the tables up to date at the start, or says why it cannot
schema.py                 the tables as they are in the database
schema_check.py           compares them with what this code needs
early_tables.py           what early forms of the first migration lack
append_only.py            the triggers that keep the audit trail as it is
removal.py                removes old previews, and requests that ended long ago
postgres_requirements.py  what a PostgreSQL server and role have to allow
sqlite_requirements.py    what a SQLite file's place has to allow
sqlite_inspection.py      inspects a SQLite file without changing anything
sqlite_backup.py          copies a SQLite file while it is in use
postgres_backup.py        the line that backs a PostgreSQL database up
backup_mark.py            the mark of a backup that no bot was started on yet
restored_copy.py          ends what is open in a database that was restored from a backup
sqlite_permissions.py     a SQLite file that only its owner can read
notify.py                 wakes the loops of this process at changes
change_listener.py        listens for what other processes change
draft.py                  what is stored of a plan that was not confirmed yet
requests.py               drafts, requests, decisions
known_words.py            words in rows -> states, decisions and events, which a newer version may have more of
rows.py                   rows -> requests and targets, and back
glass_rows.py             what a row says of a request carried out without approvals
overview.py               what the Home tab shows
prior_requests.py         what earlier requests say about the targets of a new one
pickers.py                pickers
known_models.py           the models that an account is known to have: noted, searched and listed
known_model_rows.py       writes their names, and reads them, in the transaction of a caller
model_readings.py         which known model is to be read, and what was read of it
known_runs.py             what the account's predictions tell about its versions
known_run_rows.py         counts of runs, and how far they were read, as rows have them
news.py                   what is new in a proposal, by the targets of the one before
run_facts.py              these facts of a request, and which open requests lack them
known_use_rows.py         deployments and trainings with the versions they need, as rows have them
source_readings.py        how far each source of known models was read
picker_rows.py            rows -> pickers, and back
confirmations.py          when each place said that something is gone
worker_claims.py          the worker's claims, and the outcomes of targets
served.py                 which requests a process may carry out, by its Replicate accounts
claim_first.py            the statement by which a process claims a row that nobody else holds
claimable.py              which approved requests a worker may claim, and from when on
claims.py                 a worker's claim, what it may send, and the errors that end it
approved_as_shown.py      whether rows are what was shown and approved
snapshots.py              what is stored before a deletion
schedule.py               writes to the outbox, in the transaction of each change
delivery.py               one delivery as its holder sees it, and where its request's card is
outbox.py                 claims deliveries, puts them off and records that they were posted
due_deliveries.py         which deliveries come next
rate_limits.py            rate limits shared by all processes
slowdowns.py              the rows of the limits of each account, and how far its requests are slowed down
processes.py              the processes that work on the database
rule_turns.py             which cleanup rule is due, and which process evaluates it
proposal_tables.py        the tables of cleanup rules, and of what they have proposed
draft_rows.py             stores a draft with its pinned targets, in the transaction of a caller
proposals.py              what cleanup rules have proposed, and when each of them is due
cleanup_notices.py        the outbox of what is told of cleanup rules
audit_writer.py           writes the audit trail
journal.py                tells which entries of the audit trail were stored, once they are
open_work.py              what is open at the moment, counted for whoever watches
audit_reader.py           reads the audit trail, with the snapshots
chain_writer.py           links what is written there into the chain, last in its transaction
chain_upkeep.py           begins the chain, and seals what the trail had before
chain_reader.py           reads the chain beside the entries, page by page
removed_entries.py        what stays in the chain of entries that are removed
receipts.py               reads what a receipt tells
event_tables.py           the tables of the events that are sent out
event_trigger.py          the trigger that notes each entry of the audit trail as an event
event_feed.py             says in the database that events are sent
event_outbox.py           hands out the events of one request after the other, and records that they were sent
event_rows.py             rows that are still to be sent -> events
audit_requests.py         lists requests, newest first
audit_entries.py          lists single entries of the trail, newest first
audit_tail.py             reads what is new in the trail, each entry once
audit_indexes.py          the orders of these lists, each with its index
audit_pages.py            pages of these lists
audit_conditions.py       what is asked for of the trail -> conditions
audit_narrowing.py        finds by an index the few requests that are asked for
keeps.py                  keeps, placed against the worker that may be about to send
keeps_in_force.py         which keeps are in force
keep_lifts.py             what is asked and decided about ending a keep
"""
