"""What makes a register a mirror of another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("log_head", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("log_head", sa.Column("proved", sa.BigInteger(), nullable=False, server_default="0"))
