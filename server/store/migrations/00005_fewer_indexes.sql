-- Two indexes that cost every order a page of the disk and that no question needs: people are purged once an
-- hour by a look at a week's rows, and nobody asks for the jobs of an order here.

-- +goose Up
DROP INDEX person_purge;
DROP INDEX job_order;

-- +goose Down
CREATE INDEX person_purge ON person (purge_at);
CREATE INDEX job_order ON job (order_id);
