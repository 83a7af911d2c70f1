"""The words of names once for each subject that was ever called so, instead of once for each statement that says it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    slug = sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql")
    op.rename_table("name_word", "name_word_before")
    if op.get_context().dialect.name == "postgresql":  # where names of keys are those of indexes, unique in the schema
        op.execute("ALTER TABLE name_word_before RENAME CONSTRAINT pk_name_word TO pk_name_word_before")
    op.create_table(
        "name_word",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("kind", key, nullable=False),
        sa.Column("text", key, nullable=False),
        sa.Column("subject", slug, nullable=False),
        sa.Column("recorded_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "kind", "text", "subject", name=op.f("pk_name_word")),
        sqlite_with_rowid=False,
    )
    # A word of a name came with its statement, one of an identifier with its subject.
    op.execute(
        """
        INSERT INTO name_word
        SELECT word.generation, word.kind, word.text, word.subject,
               MIN(COALESCE(statement.recorded_from, subject.mentioned_at))
        FROM name_word_before AS word
        LEFT JOIN statement ON statement.generation = word.generation AND statement.id = word.statement
        LEFT JOIN subject ON subject.generation = word.generation AND subject.kind = word.kind
            AND subject.id = SUBSTR(word.subject, LENGTH(word.kind) + 2)
        GROUP BY word.generation, word.kind, word.text, word.subject
        HAVING MIN(COALESCE(statement.recorded_from, subject.mentioned_at)) IS NOT NULL
        """
    )
    op.drop_table("name_word_before")
