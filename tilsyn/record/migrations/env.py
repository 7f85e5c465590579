"""Runs the migrations on the connection that the program hands over; there is no other way to run them."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import tilsyn.record.tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
assert tilsyn.record.tables.COVERED
with context.begin_transaction():
    context.run_migrations()
