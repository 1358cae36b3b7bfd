-- What is owed, as it was when a business day's books were closed, and what the platforms say they owe.
-- Times are milliseconds since 1970 UTC, money is whole fen.

-- +goose Up
CREATE TABLE closed_day (
    day       TEXT    PRIMARY KEY,
    closed_at INTEGER NOT NULL,
    closed_by TEXT    NOT NULL,
    doc       TEXT    NOT NULL
) STRICT;

-- The latest statement of each channel and day. It holds order numbers and money, no personal data.
CREATE TABLE statement (
    day         TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    imported_at INTEGER NOT NULL,
    imported_by TEXT    NOT NULL,
    file        TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    doc         TEXT    NOT NULL,
    PRIMARY KEY (day, channel)
) STRICT;

-- +goose Down
DROP TABLE statement;
DROP TABLE closed_day;
