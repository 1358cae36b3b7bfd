package api

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"weir/shop"
)

// waiting is how many calls wait for a change.
func (d *server) waiting() int {
	w := &d.api.waiters
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.channels + w.strangers
}

// TestStrangersTakeNoChannelsPlace has more strangers wait than there are places for. A channel's call still waits, the
// strangers beyond are answered at once, and afterwards nothing is held.
func TestStrangersTakeNoChannelsPlace(t *testing.T) {
	d := open(t)
	d.call("GET", "/v1/capacity", "") // what is made once is made
	before := runtime.NumGoroutine()
	var wait sync.WaitGroup
	poll := func(waits bool, headers ...string) {
		wait.Go(func() {
			r, err := d.try("GET", "/v1/capacity", "", append(headers, "Prefer: wait=25")...)
			if applied := r.header.Get("Preference-Applied") != ""; err != nil || r.status != 200 || applied != waits {
				t.Errorf("%v: %v, %d, waited %v; want %v", headers, err, r.status, applied, waits)
			}
		})
	}
	until := func(n int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); d.waiting() != n; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d calls wait, want %d", d.waiting(), n)
			}
		}
	}
	for range strangersWaitMax {
		poll(true, "Authorization:")
	}
	until(strangersWaitMax)
	poll(false, "Authorization:")
	poll(false, "Authorization:")
	for range channelWaitersMax {
		poll(true)
	}
	until(strangersWaitMax + channelWaitersMax)
	poll(false)
	poll(true, "Authorization: Bearer "+d.key["meituan"])
	until(strangersWaitMax + channelWaitersMax + 1)
	d.do(shop.SetAvailable{By: "t", Item: "grape"})
	wait.Wait()
	until(0)
	d.http.Client().CloseIdleConnections()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+10; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
	if n := len(d.api.waiters.of); n != 0 {
		t.Errorf("%d callers are remembered", n)
	}
}

// TestAnAddressWaitsInItsOwnPlaces: one address, or one customer's whole network, does not take all of the strangers'.
func TestAnAddressWaitsInItsOwnPlaces(t *testing.T) {
	w := waiters{of: map[string]int{}}
	from := func(address string) bool {
		r := httptest.NewRequest("GET", "/v1/capacity", strings.NewReader(""))
		r.RemoteAddr = address
		_, ok := w.enter(echo.New().NewContext(r, nil), everybody)
		return ok
	}
	for i := range addressWaitersMax {
		if !from("192.0.2.7:1234") || !from("[2001:db8:0:1::"+strings.Repeat("1", 1+i%4)+"]:99") {
			t.Fatalf("call %d does not wait", i)
		}
	}
	if from("192.0.2.7:99") || from("[2001:db8:0:1:ffff::1]:99") {
		t.Error("an address has more than its share")
	}
	if !from("192.0.2.8:1") || !from("[2001:db8:0:2::1]:1") {
		t.Error("another address does not wait")
	}
}
