"""Searches for names, equations of identities, anomalies, and an index for lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("recorded_from", sa.BigInteger(), nullable=False),
        sa.Column("recorded_to", sa.BigInteger(), nullable=True),
        sa.Column(
            "representative",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("generation", "subject", "recorded_from", name=op.f("pk_alias")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_alias_generation_representative"), "alias", ["generation", "representative"], unique=False)
    op.create_table(
        "anomaly",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(
            "concerns",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("recorded_from", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("property", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("earliest", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("recorded_to", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("generation", "concerns", "recorded_from", "id", name=op.f("pk_anomaly")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_anomaly_slot", "anomaly", ["generation", "subject", "property", "key"], unique=False)
    op.create_index("ix_anomaly_recorded", "anomaly", ["generation", "recorded_from", "id"], unique=False)
    op.create_index("ix_anomaly_code", "anomaly", ["generation", "code", "recorded_from", "id"], unique=False)
    op.create_table(
        "equation",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("root", sa.String(length=36), nullable=False),
        sa.Column("recorded_from", sa.BigInteger(), nullable=False),
        sa.Column("recorded_to", sa.BigInteger(), nullable=True),
        sa.Column(
            "keep",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "subject", "root", "recorded_from", name=op.f("pk_equation")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_equation_generation_root"), "equation", ["generation", "root"], unique=False)
    op.create_table(
        "name_word",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("text", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("statement", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "kind", "text", "subject", "statement", name=op.f("pk_name_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_statement_property",
        "statement",
        [
            "generation",
            "property",
            "key",
            "subject",
            "since_earliest",
            "since_latest",
            "until_earliest",
            "until_latest",
            "doubtful",
            "recorded_from",
            "recorded_to",
            "id",
        ],
        unique=False,
    )
    # An empty projection is right in every version; one that holds something has to be made anew (`orgline rebuild`).
    op.execute("UPDATE projection SET version = 2 WHERE position = 0")
