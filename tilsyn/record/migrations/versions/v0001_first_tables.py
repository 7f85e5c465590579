"""The first tables: everything that is only ever added, and the ledger that vouches for it.

Nobody may change or remove a row, the program itself included: triggers refuse it in both databases, and in PostgreSQL
those who write get the right to add and to read, and no other (role `tilsyn_writer`, where it may be made).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "catalogue", "import", "unit", "observation", "run", "placement", "decision", "effect", "entry",
    "block",
)  # fmt: skip


READING_SQLITE = """
CREATE VIEW reading AS
SELECT placement.run_id, placement.institution, json_extract(named.value, '$.name') AS name,
       CASE WHEN json_type(named.value, '$.place') IS NULL THEN json_extract(named.value, '$.value')
            ELSE json_extract(placement.working, '$[' || json_extract(named.value, '$.place') || ']') END AS value
FROM placement JOIN run ON run.id = placement.run_id, json_each(run.columns) AS named
WHERE json_type(named.value, '$.place') IS NOT NULL OR json_type(named.value, '$.value') IS NOT NULL
"""
READING_POSTGRESQL = """
CREATE VIEW reading AS
SELECT placement.run_id, placement.institution, named ->> 'name' AS name,
       CASE WHEN jsonb_exists(named, 'place') THEN placement.working::json ->> (named ->> 'place')::int
            ELSE named ->> 'value' END AS value
FROM placement JOIN run ON run.id = placement.run_id, jsonb_array_elements(run.columns::jsonb) AS named
WHERE jsonb_exists(named, 'place') OR jsonb_exists(named, 'value')
"""
"""Every named quantity of every placement in a row of its own, whether it stands with the placement or with the run."""


def upgrade() -> None:
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f'CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, 'the record is only added to'); END"
                )
        op.execute(READING_SQLITE)
        return
    op.execute(READING_POSTGRESQL)
    op.execute(
        "CREATE FUNCTION tilsyn_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record is only added to'; END $$"
    )
    for table in TABLES:
        op.execute(
            f'CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION tilsyn_only_added()"
        )
        op.execute(
            f'CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION tilsyn_only_added()"
        )
    op.execute(
        "DO $$ BEGIN "
        "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tilsyn_writer') THEN "
        "CREATE ROLE tilsyn_writer NOLOGIN; END IF; "
        "EXCEPTION WHEN insufficient_privilege OR duplicate_object THEN NULL; END $$"
    )
    names = ", ".join(f'"{table}"' for table in TABLES)
    op.execute(
        "DO $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tilsyn_writer') THEN "
        f"REVOKE ALL ON {names} FROM tilsyn_writer; "
        f"GRANT SELECT, INSERT ON {names} TO tilsyn_writer; "
        "GRANT SELECT ON alembic_version, reading TO tilsyn_writer; END IF; END $$"
    )


def _tables() -> None:
    op.create_table(
        "catalogue",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_table(
        "decision",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("run_id", LARGE, nullable=False),
        sa.Column("recommended", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decision_key", "decision", ["area", "institution", "period"], unique=False)
    op.create_table(
        "effect",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("run_id", LARGE, nullable=False),
        sa.Column("decision_id", LARGE, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("effect_key", "effect", ["area", "institution"], unique=False)
    op.create_table(
        "import",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("units", LARGE, nullable=False),
        sa.Column("figures", LARGE, nullable=False),
        sa.Column("same", LARGE, nullable=False),
        sa.Column("refused", LARGE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "unit",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("import_id", LARGE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("unit_key", "unit", ["area", "period", "institution", "import_id"], unique=True)
    op.create_table(
        "entry",
        sa.Column("seq", LARGE, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "block",
        sa.Column("seq", LARGE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first", LARGE, nullable=False),
        sa.Column("last", LARGE, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "name", "first"),
    )
    op.create_table(
        "observation",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("count", sa.Float(), nullable=True),
        sa.Column("n", sa.Float(), nullable=True),
        sa.Column("sd", sa.Float(), nullable=True),
        sa.Column("se", sa.Float(), nullable=True),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("measured", sa.Integer(), nullable=True),
        sa.Column("import_id", LARGE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("observation_key", "observation", ["area", "period", "institution"], unique=False)
    op.create_table(
        "placement",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("run_id", LARGE, nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("in_force", sa.Text(), nullable=True),
        sa.Column("held", sa.Integer(), nullable=True),
        sa.Column("streak", sa.Integer(), nullable=True),
        sa.Column("absent", sa.Integer(), nullable=True),
        sa.Column("in_force_held", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("working", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("placement_key", "placement", ["run_id", "institution"], unique=True)
    op.create_table(
        "run",
        sa.Column("id", LARGE, autoincrement=False, nullable=False),
        sa.Column("entry", LARGE, nullable=False),
        sa.Column("mark", LARGE, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=False),
        sa.Column("imports", LARGE, nullable=False),
        sa.Column("before", LARGE, nullable=True),
        sa.Column("decisions", LARGE, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("run_key", "run", ["area", "period"], unique=False)
