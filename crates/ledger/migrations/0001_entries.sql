-- "Tide" in ASCII: tells a ledger from any other SQLite file.
PRAGMA application_id = 1416193125;

CREATE TABLE entries (
    -- The columns before the entry repeat what it says, for look-ups and for
    -- the constraint below. The entry is what counts.
    -- Counts from 0, without gaps.
    position    INTEGER PRIMARY KEY,
    change_name TEXT NOT NULL,
    change_uid  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    once_key    TEXT NOT NULL,
    -- Canonical JSON (RFC 8785), exactly the bytes that were hashed.
    entry       BLOB NOT NULL,
    -- SHA-256 over entry.
    hash        BLOB NOT NULL,
    -- One begin and one end an effect, one record a key.
    UNIQUE (change_uid, kind, once_key)
) STRICT;

CREATE INDEX entries_by_change_name ON entries (change_name);
