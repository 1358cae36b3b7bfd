package sim

import (
	"encoding/json"
	"fmt"

	"weir/shop"
)

// powerUp starts the shop again from what it had stored; then the crew enters what happened meanwhile.
func (w *weir) powerUp() {
	w.off = false
	w.reboot()
	for _, c := range w.waiting {
		w.must(c)
	}
	w.waiting = nil
}

// planReboots lets the shop lose everything but what it has stored, at times of no warning.
func (w *weir) planReboots() {
	if w.o.Net == nil {
		return
	}
	for range w.o.Net.reboots {
		w.at(w.rnd.Int64N(dayLength), w.reboot)
	}
}

func (w *weir) reboot() {
	stored := map[string][]byte{}
	for _, part := range w.state.Parts() {
		text, err := json.Marshal(part.Doc)
		if err != nil {
			w.fail(fmt.Errorf("store %s: %w", part.Name, err))
		}
		stored[part.Name] = text
	}
	old := w.state
	next, err := shop.Load(w.config, w.time(), func(p shop.Part) error { return json.Unmarshal(stored[p.Name], p.Doc) })
	if err != nil {
		w.fail(fmt.Errorf("load: %w", err))
		return
	}
	for o := range old.Orders.All() {
		next = next.Restore(o)
	}
	w.state = next
	for _, ch := range w.config.Channels { // what is retained is published again
		if l, granted := w.state.Leases[ch.ID]; granted {
			w.publish(l)
		}
	}
}
