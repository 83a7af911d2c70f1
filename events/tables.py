"""Tables of the log and of the state that follows from it; the shared MetaData.

The log's tables (`event`, `event_id`, `event_tag`) only ever grow; triggers refuse UPDATE and DELETE on them (made by
the first migration). The state's tables are a projection: everything in them follows from the log and carries the
`generation` in which it was computed, so that a rebuild makes a new generation beside the old one.

Instants are whole microseconds since 1970-01-01 UTC; days are day numbers as in `events.dates`; positions start at 1.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

# Text compared and sorted bytewise on both databases: SQLite does so by itself, PostgreSQL with the C collation.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Position = BigInteger().with_variant(Integer, "sqlite")  # on SQLite the very key that the table is sorted by
Slug = String(160).with_variant(String(160, collation="C"), "postgresql")

register = Table(
    "register",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("one = 1", name="single_row"),
)

# In a mirror only: a register that repeats the log of another one.
mirror = Table(
    "mirror",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),  # the address of the other register
    Column("proved", BigInteger, nullable=False),  # the last position at which both had the same root hash; 0 before
    CheckConstraint("one = 1", name="single_row"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("root_hash", LargeBinary, nullable=False),
    CheckConstraint("one = 1", name="single_row"),
)

event = Table(
    "event",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    Column("type", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("body", LargeBinary),  # null once redacted; so is the salt
    Column("salt", LargeBinary),
    Column("leaf_hash", LargeBinary, nullable=False),
    Index(None, "recorded_at"),
)

EVENT_COLUMNS: Final = tuple(
    event.c[name] for name in ("position", "recorded_at", "recorded_by", "id", "type", "body", "salt")
)
"""What an event is made of (see event.py), in the order of its fields."""

event_id = Table(
    "event_id",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("position", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

tag_head = Table(
    "tag_head",
    metadata,
    Column("tag", Slug, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("last_recorded_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Position before sequence: reads ask "of this tag, after that position"; both grow together.
event_tag = Table(
    "event_tag",
    metadata,
    Column("tag", Slug, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("tag", "position", "sequence"),
    sqlite_with_rowid=False,
)

LOG_TABLES = (event, event_id, event_tag)

projection = Table(
    "projection",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("current", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # of the code that computed it
    Column("position", BigInteger, nullable=False),  # the last event that is folded in
    Column("statements", BigInteger, nullable=False),  # the highest statement id given
)

# What the standing facts do to the slots: the input of the fold.
effect = Table(
    "effect",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("subject", Slug, nullable=False),
    Column("property", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("root", String(36), nullable=False),
    Column("part", Integer, nullable=False),  # which of the effects of its fact on this slot
    Column("recorded_from", BigInteger, nullable=False),
    Column("recorded_to", BigInteger),
    Column("target", Slug),  # the other end, by which closings find the slot
    Column("fact", LargeBinary, nullable=False),  # the encoded SlotFact
    PrimaryKeyConstraint("generation", "subject", "property", "key", "root", "part", "recorded_from"),
    Index(
        "ix_effect_target",
        "generation",
        "target",
        "property",
        sqlite_where=Column("target").is_not(None),
        postgresql_where=Column("target").is_not(None),
    ),
    sqlite_with_rowid=False,
)

# Corrections and retractions, by the root that they concern.
amendment = Table(
    "amendment",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("root", String(36), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("id", String(36), nullable=False),
    Column("event", String(36), nullable=False),  # what it aims at: the root or another amendment of it
    Column("kind", Text, nullable=False),  # corrected | retracted
    PrimaryKeyConstraint("generation", "root", "position"),
    Index(None, "generation", "id"),
    sqlite_with_rowid=False,
)

statement = Table(
    "statement",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("subject", Slug, nullable=False),
    Column("property", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("value", Text),  # canonical JSON
    Column("since_earliest", Integer, nullable=False),
    Column("since_latest", Integer, nullable=False),
    Column("until_earliest", Integer, nullable=False),
    Column("until_latest", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("opened_by", Text, nullable=False),  # JSON array of event ids
    Column("closed_by", Text, nullable=False),
    Column("undecided", Text),  # JSON array of [root id, earliest day, latest day]; null where every fact has its day
    Column("recorded_from", BigInteger, nullable=False),
    Column("recorded_to", BigInteger),
    # Together what is read together: the statements of one subject, then of one slot.
    PrimaryKeyConstraint("generation", "subject", "property", "key", "id"),
    Index(None, "generation", "id", unique=True),
    # Who holds this, who is called that, how many there are: answered from the index alone.
    Index(
        "ix_statement_property",
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
    ),
    sqlite_with_rowid=False,
)

statement_target = Table(
    "statement_target",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("subject", Slug, nullable=False),
    Column("statement", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "subject", "statement"),
    sqlite_with_rowid=False,
)

subject = Table(
    "subject",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("kind", Key, nullable=False),
    Column("id", Slug, nullable=False),
    Column("mentioned_at", BigInteger, nullable=False),  # the end of the append that first names it
    Column(
        "changed_at", BigInteger, nullable=False
    ),  # the end of the append that last changed a statement of or about it
    PrimaryKeyConstraint("generation", "kind", "id"),
    sqlite_with_rowid=False,
)

# Where the words of names and identifiers begin: who was ever called so, what a search looks through first.
name_word = Table(
    "name_word",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("kind", Key, nullable=False),  # of the subject that is called so
    Column("text", Key, nullable=False),  # folded, from the beginning of a word on, cut at WORD_LENGTH_MAX
    Column("subject", Slug, nullable=False),  # a tag
    Column("recorded_from", BigInteger, nullable=False),  # since when one of its names, or its identifier, has it
    PrimaryKeyConstraint("generation", "kind", "text", "subject"),
    sqlite_with_rowid=False,
)

# Standing equations, a row for each subject that one names, `keep` among them.
equation = Table(
    "equation",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("subject", Slug, nullable=False),
    Column("root", String(36), nullable=False),
    Column("recorded_from", BigInteger, nullable=False),
    Column("recorded_to", BigInteger),
    Column("keep", Slug, nullable=False),
    Column("position", BigInteger, nullable=False),  # of the root: of several equations the last one's `keep` stands
    PrimaryKeyConstraint("generation", "subject", "root", "recorded_from"),
    Index(None, "generation", "root"),
    sqlite_with_rowid=False,
)

# What follows from the equations: the subject that answers for another one.
alias = Table(
    "alias",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("subject", Slug, nullable=False),
    Column("recorded_from", BigInteger, nullable=False),
    Column("recorded_to", BigInteger),
    Column("representative", Slug, nullable=False),
    PrimaryKeyConstraint("generation", "subject", "recorded_from"),
    Index(None, "generation", "representative"),
    sqlite_with_rowid=False,
)

# What does not fit together: once for each subject that it concerns, first for that of the slot in which it shows.
anomaly = Table(
    "anomaly",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("concerns", Slug, nullable=False),  # the subject of the slot, or at its other end
    Column("recorded_from", BigInteger, nullable=False),
    Column("id", String(32), nullable=False),  # tells apart what is odd at one time
    Column("subject", Slug, nullable=False),
    Column("property", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("code", Text, nullable=False),
    Column("events", Text, nullable=False),  # ids, the odd one first
    Column("earliest", Integer, nullable=False),  # the bounds of the odd one
    Column("latest", Integer, nullable=False),
    Column("recorded_to", BigInteger),
    PrimaryKeyConstraint("generation", "concerns", "recorded_from", "id"),
    Index("ix_anomaly_slot", "generation", "subject", "property", "key"),
    Index("ix_anomaly_recorded", "generation", "recorded_from", "id"),
    Index("ix_anomaly_code", "generation", "code", "recorded_from", "id"),
    sqlite_with_rowid=False,
)

STATE_TABLES = (
    effect,
    amendment,
    statement,
    statement_target,
    subject,
    name_word,
    equation,
    alias,
    anomaly,
)

token = Table(
    "token",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

# Who is signed in by a browser. Only the hash of the secret in its cookie is kept.
session = Table(
    "session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("token", String(36), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
