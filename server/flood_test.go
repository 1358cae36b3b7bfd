package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/server/control"
)

// footprint is what a process holds.
type footprint struct {
	heap        uint64 // bytes in use
	goroutines  int
	descriptors int
}

func footprintNow(t *testing.T) footprint {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return footprint{m.HeapInuse + m.StackInuse, runtime.NumGoroutine(), len(open)}
}

// backTo waits until the process holds no more than it held before, give or take what a garbage collector leaves and a
// connection or two of the test's own client.
func (r *running) backTo(before footprint) {
	r.t.Helper()
	var now footprint
	r.eventually("memory, goroutines and descriptors are back", func() bool {
		now = footprintNow(r.t)
		return now.heap < before.heap+(12<<20) && now.goroutines <= before.goroutines+8 && now.descriptors <= before.descriptors+8
	})
	r.t.Logf("before %+v, after %+v", before, now)
}

// asking makes a shop ask everybody, its own machine, too.
func asking(s *Serve) { s.Hosts = []string{"localhost"} }

// pairedToken pairs a device and returns its token.
func (r *running) pairedToken(name string) string {
	r.t.Helper()
	code, err := r.house.guard.NewCode(r.t.Context(), "test", false)
	if err != nil {
		r.t.Fatal(err)
	}
	token, err := r.house.guard.Pair(r.t.Context(), code.Digits, name, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// get asks with a device's token, "" for none, and leaves the body to the caller.
func (r *running) get(path, token string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	r.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// serves shows that the shop still does what it is for: a paired tablet's page, an order, and the commands.
func (r *running) serves(token, key, ref string) {
	r.t.Helper()
	if resp := r.get("/kds", token); resp.StatusCode != http.StatusOK {
		r.t.Errorf("a paired tablet: %d", resp.StatusCode)
	}
	if status, answer := r.call("POST", "/v1/orders", key, oneTea(ref)); status != http.StatusCreated {
		r.t.Errorf("an order: %d %v", status, answer)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for _, command := range []string{"check", "pair"} {
		if err := runCommand(ctx, []string{command, "--data", r.data}, io.Discard); err != nil {
			r.t.Errorf("weir %s: %v", command, err)
		}
	}
}

func oneTea(ref string) map[string]any {
	return map[string]any{"ref": ref, "placed_at": time.Now().UTC().Format(time.RFC3339),
		"items":  []any{map[string]any{"item": "milk-tea", "name": "奶茶", "qty": 1}},
		"totals": map[string]any{"total_fen": 0, "paid_fen": 0, "subsidy_fen": 0}, "fulfilment": "pickup"}
}

// TestStrangersDoNotDarkenTheKitchen: as many streams as the shop has are asked for by strangers who do not say that they
// take one. The shop's own devices have room of their own, one device has a bound, and nobody fills the log.
func TestStrangersDoNotDarkenTheKitchen(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stderr := os.Stderr
	os.Stderr = file // where the shop logs from its start on
	r := start(t, t.TempDir(), asking)
	os.Stderr = stderr
	token := r.pairedToken("出杯")
	before := footprintNow(t)
	got := map[int]int{}
	var streams []*http.Response
	for range 128 {
		resp := r.get("/board/live", "")
		got[resp.StatusCode]++
		if resp.StatusCode != http.StatusOK && (resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "") {
			t.Fatalf("%d, Retry-After %q; want 503 that says when", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
		streams = append(streams, resp)
	}
	if got[http.StatusOK] == 0 || got[http.StatusOK] > 40 {
		t.Errorf("%v; want a few dozen strangers let in", got)
	}
	for i := range 10 {
		resp := r.get("/kds/live", token)
		if want := i < 8; (resp.StatusCode == http.StatusOK) != want {
			t.Errorf("stream %d of a paired tablet: %d", i+1, resp.StatusCode)
		}
		streams = append(streams, resp)
	}
	if other := r.get("/kds/live", r.pairedToken("前台")); other.StatusCode != http.StatusOK {
		t.Errorf("another tablet: %d", other.StatusCode)
	} else {
		streams = append(streams, other)
	}
	for _, s := range streams {
		s.Body.Close()
	}
	r.backTo(before)
	if resp := r.get("/board/live", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("after they have gone: %d", resp.StatusCode)
	}
	text, err := os.ReadFile(log)
	if err != nil || strings.Contains(string(text), "level=ERROR") {
		t.Errorf("%v; the log:\n%s", err, text)
	}
}

// TestAFloodOfConnectionsIsBounded: more connections than the shop holds do not keep out who comes next, and leave nothing
// behind.
func TestAFloodOfConnectionsIsBounded(t *testing.T) {
	r := start(t, t.TempDir(), asking)
	token, key := r.pairedToken("出杯"), r.key("meituan")
	r.serves(token, key, "before")
	before := footprintNow(t)
	address := r.house.listener.Addr().String()
	flood := make([]net.Conn, 0, 1500)
	for i := range cap(flood) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		if _, err := io.WriteString(c, "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\n"); err != nil && i < 500 {
			t.Fatalf("connection %d: %v", i, err)
		}
		flood = append(flood, c)
	}
	r.serves(token, key, "during")
	held := 0
	for _, c := range flood {
		if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); os.IsTimeout(err) {
			held++
		}
	}
	if held == 0 || held > 768 {
		t.Errorf("%d of %d are held, want at most 768", held, len(flood))
	}
	for _, c := range flood {
		c.Close()
	}
	r.backTo(before)
	r.serves(token, key, "after")
}

// TestABodyThatNeverComesEnds: whoever announces a body and does not send it is cut off, with a key and without one, on
// every kind of route and on the control socket.
func TestABodyThatNeverComesEnds(t *testing.T) {
	data := t.TempDir()
	serve := &Serve{Data: data, Addr: "127.0.0.1:0", BrokerAddr: "off"}
	h, err := build(t.Context(), serve, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*http.Server{h.http, h.control} {
		if s.ReadTimeout <= 0 || s.ReadTimeout > time.Minute || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
			t.Errorf("time-outs %v, %v, %v; want each to be set", s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)
		}
		s.ReadTimeout, s.ReadHeaderTimeout = 300*time.Millisecond, 300*time.Millisecond // nobody wants to wait for the real one
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx, io.Discard, nil) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	if err := runCommand(t.Context(), []string{"key", "add", "--channel", "meituan", "--data", data}, &out); err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(out.String())
	type open struct {
		what string
		net.Conn
	}
	var all []open
	say := func(network, address, what, head string) {
		t.Helper()
		c, err := net.Dial(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		all = append(all, open{what, c})
	}
	address := h.listener.Addr().String()
	for _, body := range []string{"Content-Length: 1000\r\n\r\n{", "Content-Length: 1000\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{"} {
		for _, as := range []string{"", "Authorization: Bearer " + key + "\r\n"} {
			for _, line := range []string{"POST /v1/orders", "POST /v1/campaigns", "GET /v1/capacity", "POST /pair", "POST /kds/counter",
				"POST /owner/staff", "GET /kds", "POST /lang", "GET /nowhere"} {
				head := line + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + as + body
				if strings.Contains(line, "/pair") || strings.Contains(line, "/lang") {
					head = strings.Replace(head, "application/json", "application/x-www-form-urlencoded", 1)
				}
				say("tcp", address, line+" "+body, head)
			}
		}
		say("unix", filepath.Join(data, control.Socket.File), "the control socket", "POST / HTTP/1.1\r\nHost: weir\r\n"+body)
	}
	say("tcp", address, "half a header", "POST /v1/orders HTTP/1.1\r\nHost: loc")
	deadline := time.Now().Add(patience)
	for _, c := range all {
		if err := c.SetReadDeadline(deadline); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(c)
		if _, err := io.Copy(io.Discard, in); os.IsTimeout(err) {
			t.Errorf("%q is still open after %v", fmt.Sprint(c.what), patience)
		}
	}
}
