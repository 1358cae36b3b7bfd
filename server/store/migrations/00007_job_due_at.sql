-- "Released" means that an order will not be made. When a print job was wanted is due_at. Only open jobs are read
-- again. Orders have a checksum, so their rows keep released_at until they change; shop.Order reads both names.

-- +goose Up
UPDATE job SET doc = json_remove(json_set(doc, '$.due_at', json_extract(doc, '$.released_at')), '$.released_at')
    WHERE open = 1 AND json_extract(doc, '$.released_at') IS NOT NULL;

-- +goose Down
UPDATE job SET doc = json_remove(json_set(doc, '$.released_at', json_extract(doc, '$.due_at')), '$.due_at')
    WHERE open = 1 AND json_extract(doc, '$.due_at') IS NOT NULL;
