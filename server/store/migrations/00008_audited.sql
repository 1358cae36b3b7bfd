-- Whether an event is in the audit is decided by shop.Event.InAudit when it is written. Entries that are there already
-- are marked by the condition that the index had until now.

-- +goose Up
ALTER TABLE log ADD COLUMN audited INTEGER NOT NULL DEFAULT 0;
UPDATE log INDEXED BY log_audit SET audited = 1 WHERE NOT (
    name IN ('order.placed', 'order.tombstone', 'order.kitchened', 'order.told', 'order.stepped', 'totals.filled',
        'job.added', 'job.moved', 'feed.acked', 'announced', 'leases.issued', 'capacity.stepped', 'slots.mended',
        'cup.packed', 'cups.stopped')
    OR name = 'order.ended' AND json_extract(body, '$.state') IN ('handed', 'cancelled')
    OR name = 'cups.moved' AND json_extract(body, '$.reason') IS NULL
        AND (instr(body, '"to":"voided"') + instr(body, '"to":"discarded"') = 0
            OR NOT (by GLOB 'tablet*' OR by GLOB 'owner*' OR by GLOB 'open*'))
);
DROP INDEX log_audit;
CREATE INDEX log_audit ON log (seq) WHERE audited = 1;

-- +goose Down
DROP INDEX log_audit;
ALTER TABLE log DROP COLUMN audited;
CREATE INDEX log_audit ON log (seq) WHERE NOT (
    name IN ('order.placed', 'order.tombstone', 'order.kitchened', 'order.told', 'order.stepped', 'totals.filled',
        'job.added', 'job.moved', 'feed.acked', 'announced', 'leases.issued', 'capacity.stepped', 'slots.mended',
        'cup.packed', 'cups.stopped')
    OR name = 'order.ended' AND json_extract(body, '$.state') IN ('handed', 'cancelled')
    OR name = 'cups.moved' AND json_extract(body, '$.reason') IS NULL
        AND (instr(body, '"to":"voided"') + instr(body, '"to":"discarded"') = 0
            OR NOT (by GLOB 'tablet*' OR by GLOB 'owner*' OR by GLOB 'open*'))
);
