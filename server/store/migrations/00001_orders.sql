-- Rows are the state, the log is the story. An order is one document row; the columns beside it are
-- what is searched, summed and joined. Times are milliseconds since 1970 UTC, money is whole fen.

-- +goose Up
CREATE TABLE orders (
    id          INTEGER PRIMARY KEY,
    channel     TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    open        INTEGER NOT NULL,
    day         TEXT    NOT NULL,
    cups        INTEGER NOT NULL,
    total_fen   INTEGER,
    paid_fen    INTEGER,
    subsidy_fen INTEGER,
    accepted_at INTEGER NOT NULL,
    ended_at    INTEGER,
    doc         TEXT    NOT NULL,
    crc         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_ref ON orders (channel, ref);
CREATE INDEX orders_open ON orders (id) WHERE open = 1;
CREATE INDEX orders_day ON orders (day, channel);

-- Personal data lives here and nowhere else, so that purging it is one statement.
CREATE TABLE person (
    order_id INTEGER PRIMARY KEY REFERENCES orders (id),
    doc      TEXT    NOT NULL,
    purge_at INTEGER NOT NULL
) STRICT;
CREATE INDEX person_purge ON person (purge_at);

-- What happened, in order. Rows with a feed number are what a channel reads.
CREATE TABLE log (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    order_id INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    channel  TEXT,
    feed     INTEGER,
    type     TEXT,
    told     TEXT
) STRICT;
CREATE UNIQUE INDEX log_feed ON log (channel, feed) WHERE feed IS NOT NULL;

CREATE TABLE job (
    id       INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    printer  TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    open     INTEGER NOT NULL,
    doc      TEXT    NOT NULL
) STRICT;
CREATE INDEX job_open ON job (id) WHERE open = 1;
CREATE INDEX job_order ON job (order_id);

-- The rest of the state, one document each: counters, ledger, settings, sold_out, capacity.
CREATE TABLE part (
    name TEXT PRIMARY KEY,
    doc  TEXT NOT NULL
) STRICT;

CREATE TABLE channel_key (
    id         TEXT    PRIMARY KEY,
    channel    TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

-- +goose Down
DROP TABLE channel_key;
DROP TABLE part;
DROP TABLE job;
DROP TABLE log;
DROP TABLE person;
DROP TABLE orders;
