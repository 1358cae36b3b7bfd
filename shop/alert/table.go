package alert

import (
	"slices"
	"time"
)

const (
	// settle is how long a thing has to be gone before it is over: what comes and goes is one thing.
	settle = time.Minute
	// knownMax bounds what a target knows at a time. A shop has some ten things that can be wrong; a fleet counts by shop.
	knownMax = 256
)

// known is a thing as a target knows it.
type known struct {
	Kind  Kind      `json:"kind"`
	ID    string    `json:"id"`
	Shop  string    `json:"shop"`
	Text  string    `json:"text"` // in the target's language, as it was last seen
	Since time.Time `json:"since"`
	Told  time.Time `json:"told,omitzero"` // zero: not yet
	Gone  time.Time `json:"gone,omitzero"` // zero: it is there
}

func (k *known) is(t *Thing) bool { return k.Kind == t.Kind && k.ID == t.ID && k.Shop == t.Shop }

// table is what one target knows. Only what was told is worth keeping.
type table struct {
	target *Target
	things []known
	left   int // things that had no room the last time
}

// see brings the table up to date with what is wrong now.
func (t *table) see(things []Thing, now time.Time) {
	t.left = 0
	for i := range things {
		if !t.target.Wants(things[i].Kind) {
			continue
		}
		t.meet(&things[i], now)
	}
	t.things = slices.DeleteFunc(t.things, func(k known) bool {
		return k.Told.IsZero() && !k.Gone.IsZero() && now.Sub(k.Gone) >= settle
	})
	for i := range t.things {
		k := &t.things[i]
		if k.Since.After(now) { // the clock was put back
			k.Since = now
		}
		if k.Gone.After(now) {
			k.Gone = now
		}
		if !slices.ContainsFunc(things, func(th Thing) bool { return k.is(&th) }) {
			if k.Gone.IsZero() {
				k.Gone = now
			}
		}
	}
}

// meet notes a thing that is there.
func (t *table) meet(th *Thing, now time.Time) {
	text := th.Text(t.target.lang())
	for i := range t.things {
		if k := &t.things[i]; k.is(th) {
			k.Gone = time.Time{}
			if k.Told.IsZero() {
				k.Text = text
			}
			return
		}
	}
	if len(t.things) >= knownMax {
		t.left++
		return
	}
	t.things = append(t.things, known{Kind: th.Kind, ID: th.ID, Shop: th.Shop, Text: text, Since: now})
}

// next is what has to be told now: a thing that has lasted, or one that is over; nil is nothing.
func (t *table) next(now time.Time, local *time.Location) (k *known, over bool) {
	if !t.target.hears(now.In(local)) {
		return nil, false
	}
	for i := range t.things {
		k := &t.things[i]
		switch {
		case k.Told.IsZero() && k.Gone.IsZero() && now.Sub(k.Since) >= t.target.wait(k.Kind):
			return k, false
		case !k.Told.IsZero() && !k.Gone.IsZero() && now.Sub(k.Gone) >= settle:
			return k, true
		}
	}
	return nil, false
}

// told notes that a message has arrived.
func (t *table) told(about known, over bool, now time.Time) {
	same := func(k known) bool {
		return k.Kind == about.Kind && k.ID == about.ID && k.Shop == about.Shop && k.Since.Equal(about.Since)
	}
	if over {
		t.things = slices.DeleteFunc(t.things, same)
		return
	}
	if i := slices.IndexFunc(t.things, same); i >= 0 {
		t.things[i].Told = now
	}
}

// kept is what has to outlive the program: what was told and is not over.
func (t *table) kept() []known {
	kept := []known{}
	for _, k := range t.things {
		if !k.Told.IsZero() {
			kept = append(kept, k)
		}
	}
	return kept
}
