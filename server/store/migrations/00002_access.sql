-- Who may come in, and the figures of a day that the orders themselves do not hold. Times are
-- milliseconds since 1970 UTC. Of every secret only a hash is kept.

-- +goose Up
CREATE TABLE device (
    id        TEXT    PRIMARY KEY,
    name      TEXT    NOT NULL,
    hash      BLOB    NOT NULL UNIQUE,
    paired_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL
) STRICT;

-- People who sign in: the crew with a PIN on a paired tablet, the owner with a password.
CREATE TABLE member (
    id       TEXT    PRIMARY KEY,
    name     TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    secret   TEXT    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    hash      BLOB    PRIMARY KEY,
    member    TEXT    NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    device    TEXT    REFERENCES device (id) ON DELETE CASCADE,
    epoch     INTEGER NOT NULL,
    began_at  INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    proved_at INTEGER NOT NULL
) STRICT;

-- What was asked for and not accepted, per quarter of an hour: a refused order has no row.
CREATE TABLE refused (
    at      INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    orders  INTEGER NOT NULL,
    cups    INTEGER NOT NULL,
    PRIMARY KEY (at, channel, reason)
) STRICT, WITHOUT ROWID;

-- What the crew could make in a quarter of an hour, in hundredths of a standard cup, as it was known then.
CREATE TABLE pace (
    at   INTEGER PRIMARY KEY,
    work INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE pace;
DROP TABLE refused;
DROP TABLE session;
DROP TABLE member;
DROP TABLE device;
