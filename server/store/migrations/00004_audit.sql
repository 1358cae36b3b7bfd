-- What people did: settings, access, and orders taken back. Of the log it is one line in hundreds, so it has
-- an index of its own. The condition is repeated in server/store/audit.go, word for word.

-- +goose Up
CREATE INDEX log_audit ON log (seq) WHERE NOT (
    name IN ('order.placed', 'order.tombstone', 'order.kitchened', 'order.told', 'order.stepped', 'totals.filled',
        'job.added', 'job.moved', 'feed.acked', 'announced', 'leases.issued', 'capacity.stepped', 'slots.mended')
    OR name = 'order.ended' AND (instr(body, '"handed"') > 0 OR instr(body, '"cancelled"') > 0)
    OR name = 'cups.moved' AND (instr(body, '"to":"voided"') + instr(body, '"to":"discarded"') = 0
        OR instr(by, 'tablet') + instr(by, 'owner') + instr(by, 'open') <> 1)
);

-- +goose Down
DROP INDEX log_audit;
