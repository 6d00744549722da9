"""Connections and their failures, on a real server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.database import connect, redacted, session
from schema.errors import DatabaseError

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://u:geheim@h:6543/d?sslmode=require",
            "postgresql://u:***@h:6543/d?sslmode=require",
        ),
        ("postgres://u.x:a:b?c#d@h/d\n", "postgresql://u.x:***@h/d"),
        ("postgresql://u:1234?x=geheim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h:5432,[::1]:5433/d", "postgresql://h:5432,[::1]:5433/d"),
        (
            "postgresql:///d?host=h&password=geheim&port=1",
            "postgresql:///d?host=h&password=***&port=1",
        ),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
    ],
)
def test_redacted_hides_only_the_password(url: str, shown: str) -> None:
    assert redacted(url) == shown


MALFORMED = (
    "postgresql://u:a@b/c:geheim@h/d",
    "postgresql://u:geheim/x@h/d",
    "postgresql://h/d?password=ge%zzheim",
    "postgresql://h/d?password=geheim&geheim",
    "postgresql://h/d?password=ab&geheim=x",
    "postgresql://u:geh eim@h/d",
    "postgresql://u:geheim@@h/d",
    "postgresql://u:geheim@h:port/d",
    "postgresql:/u:geheim@h/d",
    "host=h password=geheim",
)


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_and_shown_by_no_part_of_its_password(url: str) -> None:
    assert "heim" not in _refusal(url)
    assert "heim" not in redacted(url)


@given(st.text("ab:@/?#%&= \n[]é", min_size=1, max_size=12), st.sampled_from(["{}", "{0}@x/{0}"]))
def test_nothing_between_colon_and_host_is_ever_shown(piece: str, form: str) -> None:
    """Whatever the password is, and however it is mixed up with the rest."""
    secret = form.format(f"Q{piece}Q")
    assert "Q" not in redacted(f"postgresql://u:{secret}@h/d?password={secret}")


@pytest.mark.parametrize("option", ["pgbouncer=true", "schema=public", "connection_limit=1"])
def test_an_option_of_another_library_is_to_be_removed(option: str) -> None:
    line = _refusal(f"postgresql://u:geheim@h/d?sslmode=require&{option}")
    name = option.partition("=")[0]
    assert line == (
        "expected options of a URL that libpq knows, such as sslmode,"
        f" got {name}, meant for another library: remove {name} from DATABASE_URL"
    )


def test_a_line_end_after_the_url_is_no_part_of_it(postgres_url: str) -> None:
    connect(f"{postgres_url}\r\n").close()


def test_session_is_in_utc_and_named(postgres_url: str) -> None:
    with closing(connect(postgres_url, application_name="who")) as connection:
        assert _asked(connection, "SHOW TimeZone") == "UTC"
        assert _asked(connection, "SHOW jit") == "off"
        assert _asked(connection, "SHOW application_name") == "who"
        assert _asked(connection, "SHOW transaction_read_only") == "off"


@pytest.mark.parametrize(
    "setting", ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]
)
def test_a_patient_session_outlasts_the_role_s_time_outs(database: str, setting: str) -> None:
    """200 ms; another session ends in our form."""
    url = database.replace("//postgres@", "//hasty@")
    with session(database) as connection:
        connection.cursor().execute(
            f"CREATE ROLE hasty LOGIN; ALTER ROLE hasty SET {setting} = 200"
        )

    def wait(*, patient: bool) -> None:
        with session(url, patient=patient) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.15)")
            time.sleep(0.3)
            cursor.execute("SELECT pg_sleep(0.3)")

    try:
        wait(patient=True)
        with pytest.raises(DatabaseError, match=r'^expected .*, got ".*": (raise|run it again)'):
            wait(patient=False)
    finally:
        with session(database) as connection:
            connection.cursor().execute("DROP ROLE hasty")


def test_both_schemes_of_a_url_connect(postgres_url: str) -> None:
    connect(postgres_url.replace("postgresql://", "postgres://")).close()


def test_readonly_refuses_to_write(postgres_url: str) -> None:
    with (
        closing(connect(postgres_url, readonly=True)) as connection,
        pytest.raises(psycopg2.errors.ReadOnlySqlTransaction),
    ):
        connection.cursor().execute("CREATE TABLE t ()")


def test_wrong_password_is_one_line_without_it(postgres_url: str, postgres_folder: Path) -> None:
    with _role_with_password(postgres_url, postgres_folder, "richtig"):
        at = postgres_url.replace("//postgres@", "//guarded:{}@")
        connect(at.format("richtig")).close()
        line = _refusal(at.format("falsch%2Fgeheim"))
    assert line.startswith("expected an accepted user and password at postgresql://guarded:***@/")
    assert 'password authentication failed for user "guarded"' in line
    assert "falsch" not in line
    assert "geheim" not in line


def test_no_password_at_all_is_said(postgres_url: str, postgres_folder: Path) -> None:
    with _role_with_password(postgres_url, postgres_folder, "richtig"):
        line = _refusal(postgres_url.replace("//postgres@", "//guarded@"))
    assert line.startswith("expected an accepted user and password")


@pytest.mark.parametrize("password", ["p@rt", "a/b", "50%"])
def test_unescaped_password_never_reaches_libpq(password: str) -> None:
    line = _refusal(f"postgresql://u:{password}@127.0.0.1:1/d")
    assert "%40, %2F and %25" in line
    assert password not in line


def test_no_server_at_the_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        line = _refusal(f"postgresql://u:geheim@127.0.0.1:{taken.getsockname()[1]}/d")
    assert line.startswith("expected a running server at postgresql://u:***@127.0.0.1:")


def test_unknown_host() -> None:
    line = _refusal("postgresql://u:geheim@no-such-host.invalid/d")
    assert line.startswith("expected a known host at postgresql://u:***@no-such-host.invalid/d")


def test_a_silent_server_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.database.CONNECT_TIMEOUT_S", 2)  # libpq's least
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = _refusal(f"postgresql://u:geheim@127.0.0.1:{silent.getsockname()[1]}/d")
    assert line.startswith("expected an answer within ")


def test_no_such_database(postgres_url: str) -> None:
    line = _refusal(postgres_url.replace("/two_tower?", "/nowhere?"))
    assert line.startswith("expected an existing database at postgresql://postgres@/nowhere?")


@pytest.mark.parametrize("url", ["", "two_tower", "mysql://u:geheim@h/d", "host=h password=geheim"])
def test_another_form_of_address(url: str) -> None:
    line = _refusal(url)
    assert line == "expected a URL postgresql://..., got another form: correct DATABASE_URL"


def _refusal(url: str) -> str:
    with pytest.raises(DatabaseError) as caught:
        connect(url)
    line = str(caught.value)
    assert "\n" not in line
    assert "geheim" not in line
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return line


def _asked(connection: psycopg2.extensions.connection, question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return (cursor.fetchone() or (None,))[0]


@contextmanager
def _role_with_password(url: str, folder: Path, password: str) -> Iterator[None]:
    """For a while the server asks the role `guarded` for its password, and nobody else."""
    rules = folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE ROLE guarded LOGIN PASSWORD %s", (password,))
        rules.write_text("local all guarded scram-sha-256\n" + before)
        cursor.execute("SELECT pg_reload_conf(), pg_sleep(0.3)")
        try:
            yield
        finally:
            rules.write_text(before)
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute("DROP ROLE guarded")
