package adapter

import (
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/shop/guard"
)

// platform is a reference receiver: what a platform has to do to be told by an adapter, and what real ones do to those
// who tell them.
type platform struct {
	t    *testing.T
	kind string // of the adapter it understands
	key  []byte
	http *httptest.Server

	mu     sync.Mutex
	faults []string        // what goes wrong with the next calls
	calls  []received      // all that came, in order
	taken  map[string]bool // ids that were carried out
	shows  *data           // what customers see
	times  int             // that it changed
	bell   chan struct{}   // closed and replaced at each call
}

type received struct {
	id    string
	seq   uint64
	at    time.Time
	shows string
	fault string
}

func newPlatform(t *testing.T, kind string, key []byte) *platform {
	p := &platform{t: t, kind: kind, key: key, taken: map[string]bool{}, bell: make(chan struct{})}
	p.http = httptest.NewServer(p)
	t.Cleanup(p.http.Close)
	return p
}

// fail lets the next calls go wrong: a status, "slow" (answers too late), "drop" (hangs up before it has done
// anything), "lost" (hangs up after it has).
func (p *platform) fail(faults ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, faults...)
}

// ServeHTTP implements [http.Handler].
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fault, status := p.take(r, body)
	switch fault {
	case "":
		w.WriteHeader(status)
	case "slow":
		<-r.Context().Done() // until the caller has given up
	case "drop", "lost":
		panic(http.ErrAbortHandler)
	default:
		code, header, _ := strings.Cut(fault, " ")
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		n, _ := strconv.Atoi(code)
		w.WriteHeader(n)
	}
}

// take carries a call out unless something goes wrong with it.
func (p *platform) take(r *http.Request, body []byte) (fault string, status int) {
	var m struct {
		Type string
		Data data
	}
	err := json.Unmarshal(body, &m)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		fault, p.faults = p.faults[0], p.faults[1:]
	}
	id := r.Header.Get("webhook-id")
	p.calls = append(p.calls, received{id: id, seq: m.Data.Seq, at: time.Now(), shows: say(m.Data.Wish), fault: fault})
	defer func() {
		close(p.bell)
		p.bell = make(chan struct{})
	}()
	switch {
	case fault != "" && fault != "lost":
		return fault, 0
	case !p.genuine(r, id, body):
		return fault, http.StatusUnauthorized
	case err != nil || m.Type != "intake."+p.kind || !p.sensible(m.Data):
		return fault, http.StatusBadRequest
	case p.taken[id]:
		return fault, http.StatusOK // it came before
	case p.shows != nil && m.Data.Seq <= p.shows.Seq:
		return fault, http.StatusOK // something newer came before
	}
	p.taken[id] = true
	if p.shows == nil || !p.shows.Wish.equal(m.Data.Wish) {
		p.times++
	}
	p.shows = &m.Data
	return fault, http.StatusOK
}

// genuine checks signature and age, as Standard Webhooks 1.0 asks of receivers.
func (p *platform) genuine(r *http.Request, id string, body []byte) bool {
	seconds, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || time.Since(at).Abs() > 5*time.Minute || id == "" {
		return false
	}
	return hmac.Equal([]byte(guard.SignWebhook(p.key, id, at, body)), []byte(r.Header.Get("webhook-signature")))
}

// sensible is what platforms of a kind take: a pause with an end, minutes in steps, open or closed.
func (p *platform) sensible(d data) bool {
	switch p.kind {
	case "pause":
		return d.ExtraMin == nil && d.Open != nil && *d.Open == (d.PausedUntil == nil)
	case "busy":
		return d.Open == nil && d.PausedUntil == nil && d.ExtraMin != nil && *d.ExtraMin%5 == 0 && *d.ExtraMin <= 60
	}
	return d.ExtraMin == nil && d.PausedUntil == nil && d.Open != nil
}

// until waits until something is so, looking at each call.
func (p *platform) until(what string, so func() bool) {
	p.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		done, bell := so(), p.bell
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-bell:
		case <-deadline:
			p.t.Fatalf("still not so: %s; calls %+v", what, p.calls)
		}
	}
}

// shown is what customers see; "" is nothing yet. The caller holds mu.
func (p *platform) shown() string {
	if p.shows == nil {
		return ""
	}
	return say(p.shows.Wish)
}
