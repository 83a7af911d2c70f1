"""What makes a register a mirror of another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mirror",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_mirror_single_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_mirror")),
    )
