"""Which databases the start works on, and the sentence that it ends with on any other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, event, text

import bot.migrations
from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.errors import DatabaseUnusable
from bot.store import migration
from bot.store.database import Database
from tests.bot.store.early_forms import Early, Form
from tests.bot.stored import stored

LANDED = {
    "0001_requests.py": "8df841332b0da4749066609a6ae0af736713d7977ec5673a7f94059a9ec47f98",
    "0002_rules.py": "6639c22da9e47a4a76537f8d395e5dde8c40924af00ee2cc7b027de3380df1f8",
    "0003_stopped_by.py": "0feb33f35342c5cd9c0ae3eeeebae32e22f8f5271ef8b943ed1c1d23dd3ab3e0",
    "0004_posting_leases.py": "d4c37ed2c3686798baf013de4f11006004b8ca4efb41333d9d88f68a10580269",
    "0005_processes.py": "e442a648e1adec468bda412742017f314b0c4ac1ba5ebeac999a789d6d9f3363",
    "0006_outbox.py": "8f239225319c5e08062c0ad3ef4fd352bc7678790a772c97ecd12b043d0278c2",
    "0007_slowdown.py": "e00c280f52f14f568e0c4c3ac3334527503e3232ad32f8e0956120428d6257e5",
    "0008_known_models.py": "b63cfa19e39d61e0d99076861406ce1daca609ba4b25d28b64b7064d27987d55",
    "0009_keeps.py": "67af777c3737a0974b33e91b5390a49fedde89b4ea15dbab91e176c085645709",
    "0010_picker.py": "ee47d45a2339df859cc603927fc93f2a06fefb42cd8d570dd55c58aa11a0b713",
    "0011_direct_pickers.py": "2d4405be088cf765bdafaded879b1d91063ae302a506fada14e9f2da6e48c284",
    "0012_reminders.py": "20d247f1dfe1679581a7b78d1a5e17da4cbc9a27c1b10978c5b61872d0251d53",
    "0013_run_facts.py": "91c171dbfd62d2abd7ff2b2ea8b740856c53afd50c832be82febc0239fd4873e",
    "0014_policy_file.py": "14bc3e94894983be06cb0c92aff3ea94b07c8494094a440bde2ae1e9c2c14350",
    "0015_proposals.py": "f898225c721305570c0a1998ea619932a8433672829531c06e82951d50710a32",
    "0016_break_glass_problem.py": "bf974bf4c7dc5bd99cda6f6c4d018ee2936f1d25e2e2c8efdba30f44085a575b",
    "0017_chain.py": "b04c72fb3b8419c565de4ff115bb3db4b6df193159a2b357aedfafb861d2ad0f",
    "0018_reference.py": "d4b47838ad8ea1dbb53419ea9cbcb9fd9852bff779188836fc626138e1decc1f",
    "0019_events.py": "737db9c6b7e5e649c6ae3a3909278d1c9a5eceb37866f5ddd8c884cb05720930",
    "0020_open_indexes.py": "ee26affd28b61024cda4eb471a22bf0e26553e701d5fbcf67b1d29280015bbf7",
    "0021_audit_indexes.py": "3e38c0de67cd64c93abb20ec86a74a944e46c17a6aaf89462c04106150140742",
    "0022_removal.py": "2d0b4f48d7baeeed5228f50b86ce66766d9f61450a711faf8bd393478eb1f2b0",
    "0023_restored_to.py": "d2e008a61c6fe3ffd1c648241655c1a35f1f0bda24c759fb825e3bb6aa0af790",
}
"""The SHA-256 of each migration as it landed. A new one is added here; an entry never changes."""


def test_migrations_that_have_landed_never_change() -> None:
    """Every migration is the one that databases were made with: it is in the list, with the digest of its text."""
    folder = Path(bot.migrations.__file__).parent / "versions"
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("[0-9]*.py")}
    assert found == LANDED


def console(url: str) -> Any:  # noqa: ANN401 - a generator-based context manager
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool).begin()


def execute(url: str, *statements: str) -> None:
    with console(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


def contents(url: str) -> list[object]:
    """Return what a database has: its columns, triggers and revision."""
    with console(url) as connection:
        if connection.dialect.name == "sqlite":
            return list(connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2")))
        columns = "SELECT table_name, column_name, data_type FROM information_schema.columns"
        found = connection.execute(text(f"{columns} WHERE table_schema = 'public' ORDER BY 1, 2"))
        return [*found, *connection.execute(text("SELECT tgname::text FROM pg_trigger ORDER BY 1"))]


async def start_refusal(url: str) -> str:
    """Return why the start ends."""
    with pytest.raises(DatabaseUnusable) as at_start:
        async with stored(url):
            pass
    return at_start.value.reason


async def refusal(url: str) -> str:
    """Return why the start ends, once `look` says the same and neither has changed anything."""
    before = contents(url)
    at_start = await start_refusal(url)
    database = Database(parse_database_url(url), Clock())
    with pytest.raises(DatabaseUnusable) as looked:
        await database.inspect()
    await database.close()
    assert contents(url) == before
    assert looked.value.reason == at_start
    assert "\n" not in looked.value.reason
    return looked.value.reason


OTHERS = {
    "another program's table": (["CREATE TABLE targets (id INTEGER)"], "a table targets that the bot has not made"),
    "another program's migrations": (
        [
            "CREATE TABLE alembic_version (version_num VARCHAR(32))",
            "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
        ],
        "another program's migrations are in it (at ae1027a6acf)",
    ),
    "two heads of another program": (
        ["CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('a'), ('b')"],
        "another program's migrations are in it (at a, b)",
    ),
    "another program that counts alike": (
        ["CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('0003')"],
        "said to be at 0003, and there is no table requests",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
async def test_a_database_of_another_program_is_left_alone(empty_url: str, name: str) -> None:
    """Where another program has tables or migrations of these names, the start ends and has changed nothing."""
    statements, told = OTHERS[name]
    execute(empty_url, *statements)
    assert told in await refusal(empty_url)


NOT_OURS = {
    "newer": (["UPDATE alembic_version SET version_num = '9999'"], "made by newer code than this"),
    "a table is lost": (["DROP TABLE processes"], "the table processes is missing; restore it from a copy"),
    "a column is lost": (["ALTER TABLE pickings DROP COLUMN notice"], "pickings has no column notice"),
    "a view": (
        ["ALTER TABLE processes RENAME TO other", "CREATE VIEW processes AS SELECT * FROM other"],
        "processes is no table",
    ),
    "another type": (
        ["DROP TABLE slots", "CREATE TABLE slots (name INTEGER PRIMARY KEY, next_free DOUBLE PRECISION NOT NULL)"],
        "slots.name is of the type",
    ),
    "a column that has to be filled": (
        [
            "DROP TABLE slots",
            "CREATE TABLE slots (name TEXT PRIMARY KEY, next_free DOUBLE PRECISION, at TEXT NOT NULL)",
        ],
        "slots.at is not the bot's, and has to be filled",
    ),
    "no key": (
        ["DROP TABLE slots", "CREATE TABLE slots (name TEXT NOT NULL, next_free DOUBLE PRECISION NOT NULL)"],
        "slots has no key on name",
    ),
    "a column that may not be empty": (
        [
            "ALTER TABLE decisions DROP COLUMN reason",
            "ALTER TABLE targets DROP COLUMN ended_at",
            "ALTER TABLE targets ADD COLUMN ended_at DOUBLE PRECISION NOT NULL DEFAULT 0",
        ],
        "targets.ended_at may not be empty",
    ),
}


@pytest.mark.parametrize("name", NOT_OURS)
async def test_tables_that_are_not_as_the_code_needs_them_end_the_start(sqlite_url: str, name: str) -> None:
    """Tables with lost or foreign columns or keys, and those of newer code, end the start with what is wrong."""
    statements, told = NOT_OURS[name]
    execute(sqlite_url, *statements)
    assert told in await refusal(sqlite_url)


async def test_postgresql_tables_are_compared_alike(postgres_url: str) -> None:
    """Everything that is foreign on PostgreSQL is told at once: types, views, and columns that may not be empty."""
    names = ("a view", "another type", "a column that may not be empty")
    execute(postgres_url, *(statement for name in names for statement in NOT_OURS[name][0]))
    told = await refusal(postgres_url)
    assert [NOT_OURS[name][1] for name in names if NOT_OURS[name][1] not in told] == []


COPIED = (
    "ALTER TABLE audit ALTER COLUMN id DROP DEFAULT",
    "ALTER TABLE deliveries DROP CONSTRAINT one_delivery_of_a_kind",
    "ALTER TABLE requests ALTER COLUMN attempts DROP DEFAULT",
)


async def test_a_copy_without_defaults_and_keys_is_told(postgres_url: str) -> None:
    """A copy by a tool that takes no defaults and keys along, as replication services do, is told with all it lacks."""
    execute(postgres_url, *COPIED)
    told = await refusal(postgres_url)
    for words in ("audit.id has lost its default", "requests.attempts has lost", "no key on kind, request_id"):
        assert words in told


async def test_lost_triggers_are_made_again(any_url: str) -> None:
    """Tables that have lost what keeps them append-only have it again after a start; rows and revision stay."""
    before = contents(any_url)
    dropped = "audit_no_update" if "sqlite" in any_url else "audit_append_only ON audit"
    execute(any_url, f"DROP TRIGGER {dropped}")
    assert contents(any_url) != before
    async with stored(any_url):
        pass
    assert contents(any_url) == before


async def test_a_disabled_trigger_is_in_force_again(postgres_url: str) -> None:
    """A trigger that a restore left disabled is in force again after a start."""
    execute(postgres_url, "ALTER TABLE audit DISABLE TRIGGER ALL")
    async with stored(postgres_url):
        pass
    with console(postgres_url) as connection:
        enabled = connection.execute(text("SELECT tgenabled FROM pg_trigger WHERE tgname = 'audit_append_only'"))
        assert enabled.scalar_one() in ("O", b"O")


async def test_other_code_s_columns_tables_and_indexes_are_no_matter(any_url: str) -> None:
    """What newer or other code has added beside is left as it is."""
    execute(
        any_url,
        "ALTER TABLE requests ADD COLUMN later TEXT",
        "CREATE TABLE beside (id INTEGER)",
        "CREATE INDEX beside_requests ON requests (later)",
    )
    before = contents(any_url)
    async with stored(any_url) as stores:
        assert await stores.claimed()
    assert contents(any_url) == before


async def test_a_table_that_another_session_keeps_locked_is_not_waited_for(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    """A session that keeps a table locked ends a start that has to change it, so that running bots can go on."""
    Early(Form.LAST, "0006").make(empty_postgres_url, tmp_path)
    with console(empty_postgres_url) as forgotten:
        forgotten.execute(text("SELECT next_free FROM slots"))
        told = await start_refusal(empty_postgres_url)
        assert "another session kept a table locked that is to be brought up to date, so none was changed" in told
        with console(empty_postgres_url) as running:
            assert running.execute(text("SELECT next_free FROM slots")).all() != []
    async with stored(empty_postgres_url) as stores:
        assert await stores.asked(trigger="2")


def test_a_start_with_nothing_to_do_asks_a_few_queries(any_url: str) -> None:
    """Where everything is in place the comparison takes at most six statements, however many tables there are."""
    engine = create_engine(any_url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.connect() as connection:
        asked: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
        migration.bring_up_to_date(connection)
    assert len(asked) <= 6
