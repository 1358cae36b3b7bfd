-- How far those have read a channel's feed who are told by calls of ours: webhooks and connectors. Times are milliseconds
-- since 1970 UTC, 0 is none.

-- +goose Up
CREATE TABLE follower (
    name    TEXT    PRIMARY KEY,
    seq     INTEGER NOT NULL, -- of the last event that the other end has confirmed
    failing INTEGER NOT NULL, -- since when it cannot be told
    parked  INTEGER NOT NULL, -- when it was given up, until a person sends again
    why     TEXT    NOT NULL
) STRICT;

-- Where channels want their events, as they have registered it themselves. The secrets sign the calls: they have to be kept
-- as they are.
CREATE TABLE webhook (
    channel      TEXT    PRIMARY KEY,
    url          TEXT    NOT NULL,
    secret       TEXT    NOT NULL,
    before       TEXT    NOT NULL, -- the secret before this one; '' is none
    before_until INTEGER NOT NULL  -- it signs as well until then
) STRICT;

-- What a platform has to be told that is no event of the feed, such as that an order was refused. One row for each key.
CREATE TABLE errand (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT    NOT NULL, -- of the follower
    key  TEXT    NOT NULL, -- what it is about
    doc  TEXT    NOT NULL, -- JSON
    UNIQUE (name, key)
) STRICT;

-- +goose Down
DROP TABLE errand;
DROP TABLE webhook;
DROP TABLE follower;
