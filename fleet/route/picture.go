package route

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"weir/fleet/engine"
	"weir/fleet/table"
)

// A router that starts asks one that is there for its picture of all shops: up to which place of the stream it has heard
// them, and then part by part what it knows. From that place on it listens to the stream itself. Where there is no other
// router, or its picture does not come to its end, everything is read from the stream, which takes several times as long.

const (
	// pictureSubject is asked by routers that start; one of those that know every shop answers.
	pictureSubject = "fleet.picture.1" // the number of the way in which it is written
	// partShops and partBytes bound one part: the engine carries 256 KiB.
	partShops, partBytes = 256, 128 << 10
	// partsAtOnce is how many parts are asked for at the same time: the answers must find room on the connection.
	partsAtOnce = 8
	// partMax is how long a part may take, and pictureMax the whole: a router that has not told by then is too busy, and the
	// stream is read.
	partMax, pictureMax = 2 * time.Second, 30 * time.Second
	// pictureLife is how long a picture can be asked for after the last question: longer than pictureMax, and not for ever,
	// because it holds what the table has dropped since.
	pictureLife = time.Minute
	// pictureFresh is how long a picture is shown to whoever asks for one. What was said since is in the stream.
	pictureFresh = 5 * time.Second
	// asksMax bounds the questions that wait: those of a hundred routers that start at once.
	asksMax = 1024
)

// pictureHead is the answer to the first question.
type pictureHead struct {
	Place engine.Place `json:"place"` // the picture shows the stream up to here at least
	Shops int          `json:"shops"`
	Ask   string       `json:"ask"` // where parts are: this and ".from.to"
}

// pictures are what a router shows to those that start.
type pictures struct {
	inbox string
	place atomic.Pointer[engine.Place] // up to which this router has heard

	mu    sync.Mutex
	shown []table.Known
	first pictureHead // of what is shown
	taken time.Time
	asked time.Time
	name  int // of what is shown: a part of an older picture is not mixed with this one
}

// heardTo takes in how far this router has heard.
func (p *pictures) heardTo(v engine.Value) {
	p.place.Store(&engine.Place{Made: v.Made, Seq: v.Revision})
}

// show answers routers that start, until ctx ends. This router must know every shop by then.
func (r *Router) show(ctx context.Context) error {
	asks := make(chan *nats.Msg, asksMax)
	first, err := r.Engine.Conn.ChanQueueSubscribe(pictureSubject, "routers", asks)
	if err != nil {
		return fmt.Errorf("listen to routers that start: %w", err)
	}
	defer first.Unsubscribe() // the connection may have gone
	parts, err := r.Engine.Conn.ChanSubscribe(r.pictures.inbox+".*.*.*", asks)
	if err != nil {
		return fmt.Errorf("listen to routers that start: %w", err)
	}
	defer parts.Unsubscribe()
	tick := time.NewTicker(pictureLife)
	defer tick.Stop()
	for {
		select {
		case m := <-asks:
			if m.Subject == pictureSubject {
				r.pictures.head(m, r.Table)
			} else {
				r.pictures.part(m)
			}
		case now := <-tick.C:
			r.pictures.drop(now)
		case <-ctx.Done():
			return nil
		}
	}
}

// head takes a picture, or shows the one that was taken a moment ago. The place is read before the shops are: what the
// table has heard since is told twice and does no harm.
func (p *pictures) head(m *nats.Msg, t *table.Table) {
	place := p.place.Load()
	if place == nil {
		_ = m.Respond([]byte("{}")) // this router has heard nothing: the stream tells as much
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = time.Now()
	if p.shown == nil || p.asked.Sub(p.taken) > pictureFresh { // a new one would end the picture that another router reads
		p.shown, p.taken = t.Heard(), p.asked
		p.name++
		p.first = pictureHead{*place, len(p.shown), p.inbox + "." + strconv.Itoa(p.name)}
	}
	text, err := json.Marshal(p.first)
	if err == nil {
		_ = m.Respond(text) // who hears nothing reads the stream
	}
}

// part answers with some of the shops. It may be fewer than was asked for; the header says how many.
func (p *pictures) part(m *nats.Msg) {
	words := strings.Split(strings.TrimPrefix(m.Subject, p.inbox+"."), ".")
	if len(words) != 3 {
		return
	}
	name, err1 := strconv.Atoi(words[0])
	from, err2 := strconv.Atoi(words[1])
	to, err3 := strconv.Atoi(words[2])
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Join(err1, err2, err3) != nil || name != p.name || from < 0 || from >= to || to > len(p.shown) {
		return // a picture that is gone
	}
	p.asked = time.Now()
	answer, n := nats.NewMsg(m.Reply), 0
	answer.Data = make([]byte, 0, partBytes)
	for _, k := range p.shown[from:min(to, from+partShops)] {
		next := k.Append(answer.Data)
		if n > 0 && len(next) > partBytes {
			break
		}
		answer.Data = next
		n++
	}
	answer.Header.Set(shopsHeader, strconv.Itoa(n))
	_ = m.RespondMsg(answer)
}

// shopsHeader says how many shops a part shows.
const shopsHeader = "Weir-Shops"

func (p *pictures) drop(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.asked) > pictureLife {
		p.shown = nil
	}
}

// picture asks another router for what it knows. The zero place is that none has told all of it.
func (r *Router) picture(ctx context.Context) engine.Place {
	ctx, cancel := context.WithTimeout(ctx, pictureMax)
	defer cancel()
	head, err := r.askPicture(ctx)
	switch {
	case errors.Is(err, nats.ErrNoResponders), err == nil && head.Place.Seq == 0:
		return engine.Place{}
	case err != nil:
		r.Log.Warn("no other router has told what it knows of the shops; the stream is read", "error", err)
		return engine.Place{}
	}
	r.Counts.Shown.Add(int64(head.Shops))
	r.pictures.place.Store(&head.Place)
	return head.Place
}

func (r *Router) askPicture(ctx context.Context) (head pictureHead, err error) {
	first, stop := context.WithTimeout(ctx, partMax)
	m, err := r.Engine.Conn.RequestWithContext(first, pictureSubject, nil)
	stop()
	if err != nil {
		return head, err
	}
	if err := json.Unmarshal(m.Data, &head); err != nil || head.Shops < 0 || head.Shops > shopsMax {
		return head, fmt.Errorf("the answer is no picture: %.100q", m.Data)
	}
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for from := 0; from < head.Shops && asking.Err() == nil; from += partShops {
		group.Go(func() error { return r.askPart(asking, head.Ask, from, min(from+partShops, head.Shops)) })
	}
	return head, group.Wait()
}

// shopsMax bounds a picture: more than there are shops.
const shopsMax = 10_000_000

// askPart asks until all shops of a stretch are there.
func (r *Router) askPart(ctx context.Context, ask string, from, to int) error {
	for from < to {
		one, stop := context.WithTimeout(ctx, partMax)
		m, err := r.Engine.Conn.RequestWithContext(one, fmt.Sprintf("%s.%d.%d", ask, from, to), nil)
		stop()
		if err != nil {
			return err
		}
		said, err := strconv.Atoi(m.Header.Get(shopsHeader))
		if err != nil || said < 1 || said > to-from {
			return fmt.Errorf("a part says that it shows %q shops", m.Header.Get(shopsHeader))
		}
		n, err := r.Table.Take(m.Data)
		if err != nil {
			return err
		}
		if n != said {
			return fmt.Errorf("a part shows %d shops and says %d", n, said)
		}
		from += said
	}
	return nil
}
