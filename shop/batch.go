package shop

import (
	"slices"
	"strings"
	"time"
)

// Batching says how far a batch may reach ahead of the oldest cup that is left waiting: how much later its
// cups may be promised, and how many cups may be taken up before it in all.
type Batching struct {
	Ahead time.Duration
	Cups  int
}

// DefaultBatching is four minutes of work, or a dozen cups: what a crew makes in that time.
var DefaultBatching = Batching{Ahead: 4 * time.Minute, Cups: 12}

// Batch is identical cups that are made together, earliest promise first. Each still belongs to its own order.
type Batch []Queued

// Batches groups waiting cups, in the order of [State.Queue], with cups that have been started and are
// still here. Every waiting cup is in exactly one batch; the batches are in the order of their first cups,
// and each is what may be started when those before it have been.
//
// Within a batch cups are allotted to the oldest orders, and nobody is overtaken by much: while a cup waits,
// no cup promised more than Ahead later is taken up in a batch, nor more than Cups of the cups after it.
func (b Batching) Batches(menu *Menu, waiting, started []Queued) []Batch {
	kinds := make([]kind, len(waiting))
	over := make([]int, len(waiting)) // by how many cups each has been overtaken
	for i := range waiting {
		kinds[i] = menu.kind(waiting[i])
		over[i] = overtakers(waiting[i], started)
	}
	taken := make([]bool, len(waiting))
	var batches []Batch
	for first := range waiting {
		if taken[first] {
			continue
		}
		batch := Batch{}
		oldest, room := -1, b.Cups // the oldest cup left waiting; how many more may overtake those left
		for i := first; i < len(waiting); i++ {
			if oldest >= 0 && (room <= 0 || waiting[i].Order.Promise.By().Sub(waiting[oldest].Order.Promise.By()) > b.Ahead) {
				break
			}
			switch {
			case taken[i]:
			case kinds[i] == kinds[first]:
				taken[i] = true
				batch = append(batch, waiting[i])
				if oldest >= 0 {
					overtake(over[oldest:i], taken[oldest:i])
					room--
				}
			default:
				if oldest < 0 {
					oldest = i
				}
				room = min(room, b.Cups-over[i])
			}
		}
		batches = append(batches, batch)
	}
	return batches
}

// overtake counts one more cup that goes before those left waiting.
func overtake(over []int, taken []bool) {
	for i := range over {
		if !taken[i] {
			over[i]++
		}
	}
}

// overtakers counts the cups that were started while q waited although they come after it.
func overtakers(q Queued, started []Queued) (n int) {
	for _, s := range started {
		if compareQueued(s, q) > 0 && !s.Cup.Started.Before(q.Cup.At) {
			n++
		}
	}
	return n
}

// Together groups cups that are being made by drink and by the tap that started them: what was started with
// one tap is finished with one.
func Together(menu *Menu, making []Queued) []Batch {
	type tap struct {
		kind kind
		at   time.Time
	}
	at := map[tap]int{}
	var batches []Batch
	for _, q := range making {
		t := tap{menu.kind(q), q.Cup.At}
		i, known := at[t]
		if !known {
			i = len(batches)
			at[t] = i
			batches = append(batches, nil)
		}
		batches[i] = append(batches[i], q)
	}
	return batches
}

// kind is what makes two cups the same to make. A note is for a person to read, so that cups with notes
// are the same only if the notes are. What a cup sold at the till is only its receipt says: it is like no other.
type kind struct {
	item, name             string
	size, ice, sugar, milk string
	toppings, note         string
	only                   CupID // of a cup that is like no other
	edition                int   // of the menu that it is made by, where that is another drink by now
}

func (m *Menu) kind(q Queued) kind {
	l := q.Line()
	of := m.Of(l)
	usual := func(group, id string) string {
		if id == "" {
			return of.Standard(group)
		}
		return id
	}
	k := kind{
		item: l.Item, size: usual(GroupSize, l.Options.Size), ice: usual(GroupIce, l.Options.Ice),
		sugar: usual(GroupSugar, l.Options.Sugar), milk: usual(GroupMilk, l.Options.Milk),
		toppings: strings.Join(slices.Sorted(slices.Values(l.Options.Toppings)), "\x00"),
	}
	switch {
	case l.Item == WalkinItem:
		k.only = q.ID()
	case l.Unmapped:
		k.name = l.Name
	}
	if of != m && !m.sameDrink(of, l) {
		k.edition = of.Edition
	}
	k.note = q.Order.Note(q.Cup.Line)
	return k
}
