-- Who it was is how the name begins, not a word somewhere in it, and how an order ended is a member, not a word
-- somewhere in the reason. What leaves with a reason is shown, too. The condition is repeated in
-- server/store/audit.go, word for word.

-- +goose Up
DROP INDEX log_audit;
CREATE INDEX log_audit ON log (seq) WHERE NOT (
    name IN ('order.placed', 'order.tombstone', 'order.kitchened', 'order.told', 'order.stepped', 'totals.filled',
        'job.added', 'job.moved', 'feed.acked', 'announced', 'leases.issued', 'capacity.stepped', 'slots.mended',
        'cup.packed', 'cups.stopped')
    OR name = 'order.ended' AND json_extract(body, '$.state') IN ('handed', 'cancelled')
    OR name = 'cups.moved' AND json_extract(body, '$.reason') IS NULL
        AND (instr(body, '"to":"voided"') + instr(body, '"to":"discarded"') = 0
            OR NOT (by GLOB 'tablet*' OR by GLOB 'owner*' OR by GLOB 'open*'))
);

-- +goose Down
DROP INDEX log_audit;
CREATE INDEX log_audit ON log (seq) WHERE NOT (
    name IN ('order.placed', 'order.tombstone', 'order.kitchened', 'order.told', 'order.stepped', 'totals.filled',
        'job.added', 'job.moved', 'feed.acked', 'announced', 'leases.issued', 'capacity.stepped', 'slots.mended')
    OR name = 'order.ended' AND (instr(body, '"handed"') > 0 OR instr(body, '"cancelled"') > 0)
    OR name = 'cups.moved' AND (instr(body, '"to":"voided"') + instr(body, '"to":"discarded"') = 0
        OR instr(by, 'tablet') + instr(by, 'owner') + instr(by, 'open') <> 1)
);
