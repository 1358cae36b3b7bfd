package kds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"weir/shop"
	"weir/static"
	"weir/templates"
	"weir/templates/page"
)

const (
	// frameGap is the least time between two frames: whoever taps has it on the other tablets before he looks
	// up, and a tablet with a slow processor is not asked for more than it can draw.
	frameGap = 60 * time.Millisecond
	// lookAgain is how often a board is rendered although nothing happened: times to the promise run on.
	// Only a frame that differs is sent.
	lookAgain = time.Second
	// beatEvery is how often a stream says that it is alive. Tablets call a stream dead after 25 s.
	beatEvery = 10 * time.Second
	// writeTimeout is how long a tablet may take to accept a frame before its stream is given up.
	writeTimeout = 5 * time.Second
	// streamsMax bounds the screens that look on: each costs a connection and a goroutine.
	streamsMax = 128
	// strangersMax is how many of them may be devices that are not paired: phones in the queue that watch the pick-up
	// screen. The rest is room for the shop's own devices that nobody else can take.
	strangersMax = 32
	// watcherMax is how many streams one device or address may have: a few tabs and windows.
	watcherMax = 8
	// watchAgain is when somebody who found no room may come back.
	watchAgain = 30 * time.Second
	// aliveFor is how long a stream is good without a beat: the deadlines of its connection are moved on with each. There
	// is none without a deadline, and none that ends a stream between two beats.
	aliveFor = 3 * beatEvery
	// reconnectAfter is how soon a browser comes back after a stream ended.
	reconnectAfter = 500 * time.Millisecond
)

// frame is a screen as it was rendered, shared by every tablet that looks at it.
type frame struct {
	number uint64 // counts the frames of this process
	html   []byte
	event  []byte // as it goes over the wire
}

// topic is one view and its newest frame. A slow tablet finds the newest when it comes back for more;
// what was in between is gone, and nobody misses it.
type topic struct {
	view    view
	readers int
	newest  *frame
	changed chan struct{} // closed at the next frame
}

// hub renders each view once per change, however many tablets show it.
type hub struct {
	screens *Screens
	gap     time.Duration // frameGap, unless a test has less time
	patient time.Duration // writeTimeout, likewise
	wake    chan struct{} // a tablet shows what none has shown before
	done    chan struct{} // closed when run ends

	mu        sync.Mutex
	topics    map[view]*topic
	streams   int
	strangers int            // number of streams to strangers
	of        map[string]int // streams by device or address
	frames    uint64
}

func newHub(s *Screens) *hub {
	return &hub{screens: s, gap: frameGap, patient: writeTimeout, wake: make(chan struct{}, 1), done: make(chan struct{}),
		topics: map[view]*topic{}, of: map[string]int{}}
}

// run renders at each ring of the bell, at most every gap, and once a second.
func (h *hub) run(ctx context.Context) error {
	defer close(h.done)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	gap := time.NewTimer(0)
	defer gap.Stop()
	for {
		select {
		case <-gap.C:
		case <-ctx.Done():
			return nil
		}
		bell := h.screens.Kitchen.Bell()
		if err := h.renderAll(ctx); err != nil {
			h.screens.Log.Error("render board", "error", err)
		}
		gap.Reset(h.gap)
		select {
		case <-bell:
		case <-again.C:
		case <-h.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// renderAll brings every view that a tablet shows up to date.
func (h *hub) renderAll(ctx context.Context) error {
	state, now := h.screens.Kitchen.Snapshot(), h.screens.Now()
	h.screens.levels.note(state, now)
	var errs []error
	for _, t := range h.watched() {
		html, err := h.renderSafely(ctx, state, t.view, now)
		if err != nil {
			errs = append(errs, err) // the other screens go on
			continue
		}
		h.publish(t, html, state.Counters)
	}
	return errors.Join(errs...)
}

// renderSafely keeps a mistake in one view from stopping the shop.
func (h *hub) renderSafely(ctx context.Context, state *shop.State, v view, now time.Time) (html []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			html, err = nil, fmt.Errorf("render %v: panic: %v\n%s", v, p, debug.Stack())
		}
	}()
	return h.screens.render(ctx, state, v, now)
}

func (h *hub) watched() []*topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*topic, 0, len(h.topics))
	for _, t := range h.topics {
		list = append(list, t)
	}
	return list
}

// render makes the part of a screen that the stream keeps up to date.
func (s *Screens) render(ctx context.Context, state *shop.State, v view, now time.Time) ([]byte, error) {
	frame, err := s.shows(state, v, now)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	if err := frame.Render(ctx, &html); err != nil {
		return nil, fmt.Errorf("render %v: %w", v, err)
	}
	return html.Bytes(), nil
}

// shows is what stands on a screen.
func (s *Screens) shows(state *shop.State, v view, now time.Time) (templ.Component, error) {
	if s.over != nil {
		if to, orders := s.over(); to != "" {
			return templates.OverFrame(templates.Over{Lang: v.lang, To: to, Orders: orders}), nil
		}
	}
	switch v.screen {
	case boardScreen:
		return templates.BoardFrame(s.board(state, v, now)), nil
	case handoffScreen:
		return templates.HandoffFrame(s.handoff(state, v, now)), nil
	case pickupScreen:
		return templates.PickupFrame(s.pickup(state, v, now)), nil
	}
	return nil, fmt.Errorf("there is no screen %q", v.screen)
}

// publish makes html the newest frame of a view, unless it is that already.
func (h *hub) publish(t *topic, html []byte, at shop.Counters) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.newest != nil && bytes.Equal(t.newest.html, html) {
		return
	}
	h.frames++
	t.newest = &frame{number: h.frames, html: html, event: event("frame", fmt.Sprintf("%d-%d-%d", at.Epoch, at.Seq, h.frames),
		static.Build()+"\n"+string(html))}
	close(t.changed)
	t.changed = make(chan struct{})
}

// event writes a server-sent event (WHATWG HTML, section 9.2). Every line of the data is a field of its own.
func event(name, id, data string) []byte {
	var b bytes.Buffer
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	fmt.Fprintf(&b, "event: %s\n", name)
	for line := range bytes.Lines([]byte(data)) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Watcher is who watches a screen.
type Watcher struct {
	Key    string // names the device or the address; "" has no bound of its own
	Paired bool   // a device of the shop's own, or somebody who is signed in
}

// Streams is how many screens look on: those of paired devices and of people who are signed in, and those of strangers.
func (s *Screens) Streams() (paired, strangers int) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.streams - s.hub.strangers, s.hub.strangers
}

// join adds a screen to a view; the caller must leave. ok is false when there are too many already.
func (h *hub) join(v view, w Watcher) (t *topic, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.streams >= streamsMax, !w.Paired && h.strangers >= strangersMax, w.Key != "" && h.of[w.Key] >= watcherMax:
		return nil, false
	}
	h.streams++
	h.of[w.Key]++
	if !w.Paired {
		h.strangers++
	}
	if t = h.topics[v]; t == nil {
		t = &topic{view: v, changed: make(chan struct{})}
		h.topics[v] = t
		select {
		case h.wake <- struct{}{}:
		default: // it is awake already
		}
	}
	t.readers++
	return t, true
}

func (h *hub) leave(t *topic, w Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams--
	if h.of[w.Key]--; h.of[w.Key] == 0 {
		delete(h.of, w.Key)
	}
	if !w.Paired {
		h.strangers--
	}
	if t.readers--; t.readers == 0 {
		delete(h.topics, t.view)
	}
}

// next is the newest frame, nil before the first, and what is closed when it is no longer the newest.
func (h *hub) next(t *topic) (*frame, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return t.newest, t.changed
}

// live is the stream of a view: at once the whole screen, then each newer one, and a beat.
func (s *Screens) live(sc screen) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := viewOf(c, sc, s.Kitchen.Snapshot().Config)
		if err != nil {
			return err
		}
		return s.stream(c, v)
	}
}

func (s *Screens) stream(c echo.Context, v view) error {
	watcher := s.Watcher(c)
	t, ok := s.hub.join(v, watcher)
	if !ok {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(watchAgain.Seconds())))
		return c.String(http.StatusServiceUnavailable, page.Lang(c).T("board.too_many_screens"))
	}
	defer s.hub.leave(t, watcher)
	header := c.Response().Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // a proxy in between must not collect
	w := stream{c.Response(), http.NewResponseController(c.Response()), s.hub.patient}
	if err := w.send(fmt.Appendf(nil, "retry: %d\n\n", reconnectAfter.Milliseconds())); err != nil {
		return nil // the tablet is gone
	}
	return s.hub.feed(c.Request().Context(), t, w)
}

// feed writes frames and beats until the tablet goes or the server ends. A tablet that is gone is no error.
func (h *hub) feed(ctx context.Context, t *topic, w stream) error {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	var shown uint64
	for {
		newest, changed := h.next(t)
		if newest != nil && newest.number > shown {
			if w.send(newest.event) != nil {
				return nil
			}
			shown = newest.number
		}
		select {
		case <-changed:
		case at := <-beat.C:
			if w.send(event("beat", "", at.UTC().Format(time.RFC3339))) != nil {
				return nil
			}
		case <-ctx.Done():
			return nil
		case <-h.done:
			return nil
		}
	}
}

// stream is a response that is written event by event, each with a deadline of its own: a deadline for the
// whole would cut it, none would let a frozen tablet hold it for ever. The deadline for reading moves on, too: the server's
// own is for a request, and what a client still sends after it is read no longer than that.
type stream struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	patient time.Duration
}

func (s stream) send(event []byte) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.patient)); err != nil {
		return fmt.Errorf("set the write deadline: %w", err)
	}
	if _, err := s.w.Write(event); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("flush an event: %w", err)
	}
	// Under HTTP/2 a deadline that passes ends the stream although nothing is being written.
	until := time.Now().Add(aliveFor)
	return errors.Join(s.rc.SetWriteDeadline(until), s.rc.SetReadDeadline(until))
}
