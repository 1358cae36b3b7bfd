-- The checksum of a customer's row, as orders have one: a note that a failing disk has changed must not reach the kitchen.
-- Rows that are older than this have none.

-- +goose Up
ALTER TABLE person ADD COLUMN crc INTEGER;

-- +goose Down
ALTER TABLE person DROP COLUMN crc;
