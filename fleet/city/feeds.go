package city

import (
	"encoding/json"
	"sync"
	"time"

	"weir/shop"
	"weir/shop/wire"
)

// feeds are the events that channels have not acknowledged, by channel.
type feeds struct {
	mu  sync.Mutex
	of  map[string][]wire.Event
	out map[string]*window
}

// window is how far a channel was told, and when again.
type window struct {
	acked, sent uint64
	again       time.Time
}

const (
	// windowMax is how many events are out without an acknowledgement.
	windowMax = 64
	// againEvery is after how long without an acknowledgement they are sent again.
	againEvery = 5 * time.Second
	// unackedMax bounds what nobody reads: the city has then lost its engine, and what it shows is over.
	unackedMax = 100_000
)

// note keeps an event for its channel.
func (f *feeds) note(state *shop.State, e shop.Event) {
	if e.Told == nil {
		return
	}
	text, err := json.Marshal(e.Told)
	if err != nil {
		return // numbers, times and strings: cannot fail
	}
	event, err := wire.NewEvent(state, e.Told.Channel, e.Told.Feed, e.Told.Type, e.At, text)
	if err != nil {
		return // it was encoded a line above
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[string][]wire.Event{}
	}
	if len(f.of[e.Told.Channel]) < unackedMax {
		f.of[e.Told.Channel] = append(f.of[e.Told.Channel], event)
	}
}

// due are the events to send now. now is by the machine's clock.
func (f *feeds) due(channel string, acked uint64, now time.Time) []wire.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.of[channel]
	for len(list) > 0 && list[0].Seq <= acked {
		list = list[1:]
	}
	if f.of == nil {
		return nil
	}
	f.of[channel] = list
	w := f.out[channel]
	if w == nil {
		w = &window{}
		f.out[channel] = w
	}
	if acked > w.acked || now.After(w.again) {
		if acked <= w.acked {
			w.sent = acked // nothing was acknowledged: all is told again
		}
		w.acked, w.again = acked, now.Add(againEvery)
	}
	var due []wire.Event
	for _, e := range list[:min(windowMax, len(list))] {
		if e.Seq > w.sent {
			due = append(due, e)
			w.sent = e.Seq
		}
	}
	return due
}

// restart begins again with the oldest that is not acknowledged.
func (f *feeds) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out = map[string]*window{}
}
