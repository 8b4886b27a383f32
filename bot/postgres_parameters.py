"""The parameters of a PostgreSQL URL, as many programs write them -> libpq's own. Pure.

libpq's are at https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS; every other table says
which programs' names it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

PERCENT_ENCODED = (
    "special characters in a user name or password are percent-encoded: "
    "@ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25"
)
"""The usual reason why a URL is not understood; it is shown instead of the part that was not."""

SECRETS = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
"""The parameters whose values nobody may see."""

LIBPQ = SECRETS | frozenset(
    """
    service user passfile channel_binding connect_timeout dbname host hostaddr port client_encoding options
    application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count
    tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslrootcert sslcrl sslcrldir
    sslsni requirepeer require_auth min_protocol_version max_protocol_version ssl_min_protocol_version
    ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation target_session_attrs load_balance_hosts
    oauth_issuer oauth_client_id oauth_scope sslkeylogfile
    """.split()  # noqa: SIM905 - words, of which there are many
)
"""All parameters of libpq 18 but `replication`, with which a connection takes no ordinary statements."""

_SAME_AS = {
    # https://jdbc.postgresql.org/documentation/use/#connection-parameters, Rails, Prisma
    "applicationname": "application_name",
    "channelbinding": "channel_binding",
    "connecttimeout": "connect_timeout",
    "currentschema": "search_path",
    "database": "dbname",
    "hostname": "host",
    "loadbalancehosts": "load_balance_hosts",
    "logintimeout": "connect_timeout",
    "schema_search_path": "search_path",
    "ssl": "sslmode",
    "targetservertype": "target_session_attrs",
    "tcpkeepalive": "keepalives",
    "username": "user",
}
"""What other programs call some of libpq's parameters, in small letters."""

_OF_THE_CLIENT = frozenset(
    """
    connection_limit pool_timeout pgbouncer statement_cache_size socket_timeout
    prepared_statement_cache_size prepared_statement_name_func command_timeout
    pool pool_size pool_mode max_overflow pool_recycle pool_pre_ping checkout_timeout reaping_frequency idle_timeout
    pool_max_conns pool_min_conns pool_max_conn_lifetime pool_max_conn_idle_time pool_health_check_period max min
    prepared_statements advisory_locks insert_returning encoding charset serverversion
    conn_max_age conn_health_checks disable_server_side_cursors
    preparethreshold preparedstatementcachequeries preparedstatementcachesizemib rewritebatchedinserts sockettimeout
    stringtype binarytransfer defaultrowfetchsize autosave sslfactory loglevel preferquerymode
    query_timeout uselibpqcompat binary_parameters default_query_exec_mode statement_cache_capacity
    supa workaround client_encoding
    """.split()  # noqa: SIM905 - as above
)
"""What Prisma, asyncpg, SQLAlchemy, Rails, Doctrine, Django, JDBC, node-postgres, pgx, lib/pq and Supabase have for
pools, prepared statements and types. Nothing of it concerns this client, which always speaks UTF-8."""

_OF_THE_SERVER = frozenset(
    {"schema", "search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone"}
)
"""Settings of the server that Prisma, node-postgres, pgx and Rails take as parameters; libpq has them in `options`."""

_VALUES: Mapping[str, tuple[str, ...]] = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "load_balance_hosts": ("disable", "random"),
    "target_session_attrs": ("any", "read-write", "primary"),
    "keepalives": ("0", "1"),
}
"""The values that may be given. libpq has more for `target_session_attrs`, which lead to servers without writes."""

_SPELT: Mapping[str, Mapping[str, str]] = {
    # "no-verify" is node-postgres's (https://node-postgres.com/features/ssl); `require` verifies nothing either.
    "sslmode": {
        **dict.fromkeys(("true", "1", "yes", "on", "", "no-verify"), "require"),
        **dict.fromkeys(("false", "0", "no", "off"), "disable"),
    },
    "target_session_attrs": {"master": "primary"},
    "keepalives": {"true": "1", "false": "0"},
    "load_balance_hosts": {"true": "random", "false": "disable"},
}
"""Other programs' words for these values."""

_WHOLE_NUMBERS = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")

_DEFAULT_SCHEMA = "public"
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")
_MAY_BE_SHOWN = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,40}")


def libpq_parameters(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return libpq's parameters for those given, each a name and a decoded value.

    Raises ValueError for what is not understood. Its text has no value, and no name that may be a part of a password
    with an `&` in it.
    """
    if unknown := list(_unknown(given)):
        raise ValueError(_refusal(unknown))
    found: dict[str, str] = {}
    settings = []
    # Where both are given, `sslmode` says more than `ssl`.
    for spelt, value in sorted(given, key=lambda one: one[0].lower() != "ssl"):
        name = _name(spelt)
        if name in _OF_THE_SERVER:
            settings += _setting(name, value)
        elif name == "sslaccept":
            _require_no_strict_accept(value)
        elif name not in _OF_THE_CLIENT:
            found[name] = _checked(spelt, value)
    if settings:
        found["options"] = " ".join((*([found["options"]] if found.get("options") else []), *settings))
    return found


def _name(spelt: str) -> str:
    return _SAME_AS.get(spelt.lower(), spelt.lower())


def _unknown(given: Sequence[tuple[str, str]]) -> Iterator[str | None]:
    """Yield the names that nothing is known of, or None for one that may be a part of a password."""
    known = LIBPQ | _OF_THE_CLIENT | _OF_THE_SERVER | {"sslaccept"}
    after_a_secret = False
    for spelt, _ in given:
        if _name(spelt) not in known:
            yield spelt if _MAY_BE_SHOWN.fullmatch(spelt) and not after_a_secret else None
        after_a_secret = after_a_secret or _name(spelt) in SECRETS


def _refusal(unknown: Sequence[str | None]) -> str:
    names = [name for name in unknown if name is not None]
    if len(names) < len(unknown):
        return (
            "has a parameter that PostgreSQL does not know, which is not shown, as it may be a part of a password; "
            f"{PERCENT_ENCODED}"
        )
    known = "is no parameter" if len(names) == 1 else "are no parameters"
    return f"{', '.join(names)} {known} of PostgreSQL's; leave {'it' if len(names) == 1 else 'them'} out"


def _setting(name: str, value: str) -> list[str]:
    """Return a server's setting as `options` has it, with its spaces and backslashes escaped.

    The schema `public` is where tables are anyway, and PgBouncer takes no `options` unless it is told to.
    """
    if name == "schema":
        name, value = "search_path", _quoted(value)
    if name == "search_path" and value == _DEFAULT_SCHEMA:
        return []
    escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
    return [f"-c {name}={escaped}"]


def _quoted(name: str) -> str:
    """Return an identifier as SQL has it: in quotation marks where it is not a plain name in small letters."""
    return name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _require_no_strict_accept(value: str) -> None:
    """Refuse Prisma's strict `sslaccept`: libpq verifies certificates only if `sslmode` says so."""
    if value != "accept_invalid_certs":
        raise ValueError("sslaccept is Prisma's; to verify the server's certificate, write sslmode=verify-full instead")


def _checked(spelt: str, value: str) -> str:
    name = _name(spelt)
    if name in _WHOLE_NUMBERS and not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError(f"{spelt} should be a whole number")
    if name not in _VALUES:
        return value
    word = value.lower().replace("_", "-")
    word = _SPELT.get(name, {}).get(word, word)
    if word not in _VALUES[name]:
        raise ValueError(f"{spelt} should be one of {', '.join(_VALUES[name])}")
    return word
