package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"weir/shop/wire"
)

const (
	secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secret2 = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// call is one call that a receiver had.
type call struct {
	id    string
	event wire.Event
}

// receiver is a channel's server: it verifies each call with the published library, and goes wrong as it is told to.
type receiver struct {
	t    *testing.T
	http *httptest.Server

	mu     sync.Mutex
	secret string // that it knows
	faults []string
	calls  []call // with a good signature, in the order in which they came
	forged int    // with a bad one
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, secret: secret}
	r.http = httptest.NewServer(r)
	t.Cleanup(r.http.Close)
	return r
}

// ServeHTTP implements [http.Handler].
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	verifier, _ := standardwebhooks.NewWebhook(r.secret)
	if err != nil || verifier.Verify(body, req.Header) != nil {
		r.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c := call{id: req.Header.Get("webhook-id")}
	if err := json.Unmarshal(body, &c.event); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	r.calls = append(r.calls, c)
	if len(r.faults) == 0 {
		return
	}
	fault := r.faults[0]
	r.faults = r.faults[1:]
	switch fault {
	case "": // it works
	case "drop": // it has read it, and its answer is lost
		panic(http.ErrAbortHandler)
	case "hang":
		r.mu.Unlock()
		<-req.Context().Done()
		r.mu.Lock()
	case "slow":
		r.mu.Unlock()
		for range 100 { // headers at once, and a body that does not end
			if _, err := io.WriteString(w, "."); err != nil {
				break
			}
			http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
		r.mu.Lock()
	case "large":
		io.WriteString(w, strings.Repeat("x", 1<<20))
	case "redirect":
		http.Redirect(w, req, r.http.URL+"/elsewhere", http.StatusTemporaryRedirect)
	default:
		var status int
		fmt.Sscan(fault, &status)
		w.WriteHeader(status)
	}
}

// seen are the events that came, each once, in the order in which they first came.
func (r *receiver) seen() (list []wire.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := map[string]bool{}
	for _, c := range r.calls {
		if !had[c.id] {
			list = append(list, c.event)
		}
		had[c.id] = true
	}
	return list
}

// count is how many calls came with a good signature.
func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls)
}

// gapless fails unless every event came, in order and under an id of its own.
func (r *receiver) gapless(through uint64) {
	r.t.Helper()
	ids := map[string]uint64{}
	var last uint64
	for _, e := range r.seen() {
		if e.Seq != last+1 {
			r.t.Fatalf("event %d came after %d", e.Seq, last)
		}
		last = e.Seq
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if was, ok := ids[c.id]; ok && was != c.event.Seq {
			r.t.Errorf("id %s for events %d and %d", c.id, was, c.event.Seq)
		}
		ids[c.id] = c.event.Seq
	}
	if last != through || uint64(len(ids)) != through {
		r.t.Errorf("%d events under %d ids; want %d", last, len(ids), through)
	}
}
