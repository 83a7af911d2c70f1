"""Facts that were recorded before they came into force, for the feed of changes as they do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forthcoming",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "position", name=op.f("pk_forthcoming")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "forthcoming_seen",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_forthcoming_seen")),
    )
