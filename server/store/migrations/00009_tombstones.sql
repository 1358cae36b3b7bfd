-- How many refs each channel has for which there is no order, by business day: shop.Tombstones. Cancellations that came
-- before their orders were not counted until now.

-- +goose Up
INSERT INTO part (name, doc)
    SELECT 'tombstones', json_group_object(channel, json(days)) FROM (
        SELECT channel, json_group_object(day, n) AS days FROM (
            SELECT channel, day, count(*) AS n FROM orders
                WHERE state = 'cancelled' AND cups = 0 AND json_extract(doc, '$.reason') = 'cancelled-before-order' GROUP BY channel, day
        ) GROUP BY channel
    ) HAVING count(*) > 0;

-- +goose Down
DELETE FROM part WHERE name = 'tombstones';
