package connector

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/shop/try"
)

// TestAPushThatIsNotThePlatforms is refused with a status alone, and makes nothing.
func TestAPushThatIsNotThePlatforms(t *testing.T) {
	h := open(t)
	for _, tt := range []struct {
		path, body string
		want       int
	}{
		{"/v1/push/shangou", `{"appId":62933118,"type":10,"message":"{}","shopId":968861,"signature":"00"}`, http.StatusUnauthorized},
		{"/v1/push/shangou", `{}`, http.StatusUnauthorized},
		{"/v1/push/shangou", `{`, http.StatusUnauthorized},
		{"/v1/push/shangou", strings.Repeat("x", pushMax+1), http.StatusRequestEntityTooLarge},
	} {
		if status, body := h.post(tt.path, "application/json", []byte(tt.body)); status != tt.want || body != "" {
			t.Errorf("%.40s: %d %q, want %d", tt.body, status, body, tt.want)
		}
	}
	if n := h.Snapshot().Counters.Order; n != 0 {
		t.Errorf("%d orders", n)
	}
	if n := h.logs.warnings.Load(); n != 1 { // strangers do not fill the log, and a wrong secret is seen in it
		t.Errorf("%d warnings", n)
	}
}

// TestAStrangerDoesNotShutOutThePlatform: who sends slowly and signs nothing takes no room of the platform's, and is cut off.
func TestAStrangerDoesNotShutOutThePlatform(t *testing.T) {
	h := open(t)
	var slow []net.Conn
	for range pushesMax {
		conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(try.Patience))
		fmt.Fprint(conn, "POST /v1/push/shangou HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
		answer := make([]byte, len("HTTP/1.1 100"))
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 100" { // its body is being read
			t.Fatalf("%q, %v", answer, err)
		}
		slow = append(slow, conn)
	}
	status, body := h.ele(10, eleOrder("e1", "1", 1))
	ok(t, status, body)
	if rest, err := io.ReadAll(slow[0]); err != nil || !strings.Contains(string(rest), "HTTP/1.1 400") {
		t.Errorf("a stranger that sends nothing: %q, %v", rest, err)
	}
}

// TestRoomForReading is bounded for one address and for all together.
func TestRoomForReading(t *testing.T) {
	r := reading{of: map[string]int{}}
	for range readingOfOne {
		if !r.enter("a") {
			t.Fatal("no room")
		}
	}
	if r.enter("a") || !r.enter("b") {
		t.Error("one address has too much room, or takes another's")
	}
	for r.enter("") {
	}
	if r.all != readingMax || r.enter("c") {
		t.Errorf("%d are read", r.all)
	}
	if r.leave("b"); !r.enter("c") || r.of["b"] != 0 {
		t.Error("room that was given back is not there")
	}
}
