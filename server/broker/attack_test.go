package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"weir/server/testshop"
	"weir/shop/try"
)

// long reports whether the long forms are asked for.
func long() bool { return os.Getenv("WEIR_LONG") != "" }

// counted is a log that counts what must not be said: a panic of the library that we only contained.
type counted struct {
	slog.Handler
	panics *atomic.Int64
}

func (l counted) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l counted) WithGroup(string) slog.Handler      { return l }
func (l counted) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panicked") {
		l.panics.Add(1)
		return l.Handler.Handle(ctx, r)
	}
	return nil
}

// use is what a flood must give back.
type use struct {
	goroutines, descriptors int
	heap                    uint64 // bytes
}

func used(t *testing.T) use {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return use{runtime.NumGoroutine(), len(open), m.HeapAlloc}
}

// givenBack waits until what was used before is used again, with some more: the runtime keeps what it likes.
func givenBack(t *testing.T, before use) {
	t.Helper()
	var now use
	defer func() { t.Logf("before %+v, after %+v", before, now) }()
	try.Until(t, "goroutines, descriptors and memory are given back", func() bool {
		now = used(t)
		return now.goroutines <= before.goroutines+10 && now.descriptors <= before.descriptors+5 && now.heap <= before.heap+8<<20
	})
}

// stillServes has an order go all the way.
func stillServes(t *testing.T, b *Broker, ref string) {
	t.Helper()
	p := testshop.Join(t, b.Addr(), "witness", "meituan", testshop.KeyOf("meituan"), "weir/v1/demo/answers/meituan")
	defer p.Leave()
	p.Say("weir/v1/demo/orders/meituan", testshop.Order(ref))
	if a := p.Answer("meituan", ref); a.Status != 201 && a.Status != 503 {
		t.Errorf("after the attack an order is answered %d %s", a.Status, a.Body)
	}
}

// send writes bytes to the broker and reads until it closes, or until it is quiet for a while.
func send(t *testing.T, address string, stream []byte, quiet time.Duration) (answer []byte, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(try.Patience))
	c.Write(stream) // the broker may close in the middle of it
	c.SetReadDeadline(time.Now().Add(quiet))
	answer, err = io.ReadAll(c)
	var late net.Error
	return answer, !(errors.As(err, &late) && late.Timeout())
}

func TestEightBytesEndTheirConnectionOnly(t *testing.T) {
	var panics atomic.Int64
	s, b := newShop(t), startWith(t, Config{Log: slog.New(counted{try.Log(t).Handler(), &panics})})
	connect(t, s, b)
	for name, h := range map[string][]byte{"nobody": hello(version5, "", "", ""),
		"a channel": hello(version5, "r", "shangou", testshop.KeyOf("shangou"))} {
		if _, closed := send(t, b.Addr(), append(h, eightBytes...), try.Patience); !closed {
			t.Errorf("%s: the connection stays open", name)
		}
	}
	stillServes(t, b, "a-1")
	if n := panics.Load(); n > 0 {
		t.Errorf("%d panics were contained: the packet reached the library", n)
	}
}

// TestAPanicOfTheLibraryEndsOneConnection lets the eight bytes through, as if our reader had missed them.
func TestAPanicOfTheLibraryEndsOneConnection(t *testing.T) {
	var panics atomic.Int64
	s, b := newShop(t), startWith(t, Config{Log: slog.New(counted{try.Log(t).Handler(), &panics})})
	connect(t, s, b)
	unchecked, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer unchecked.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c, err := unchecked.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(try.Patience))
		guest := newConn(c)
		if !b.front.enter(guest) {
			return
		}
		b.front.wait.Go(guest.write)
		guest.rest = append(hello(version5, "r", "shangou", testshop.KeyOf("shangou")), eightBytes...)
		b.front.attend(guest)
	}()
	if _, closed := send(t, unchecked.Addr().String(), nil, try.Patience); !closed {
		t.Error("the connection stays open")
	}
	<-ended
	if panics.Load() != 1 {
		t.Errorf("%d panics were contained, want 1: the test proves nothing", panics.Load())
	}
	if _, kept := b.server.Clients.Get("r"); kept {
		t.Error("the session of a connection that panicked is kept")
	}
	stillServes(t, b, "a-1")
}

// seeds of the random streams. A stream that ever did harm is kept here by its seed.
var seeds = []uint64{1, 2, 3, 4}

// TestNoBytesStopTheShop sends random and broken packets to the real listener, for seconds in the ordinary
// run and for five minutes in the long one, nameless and with a key, in MQTT 3.1, 3.1.1 and 5.
func TestNoBytesStopTheShop(t *testing.T) {
	var panics atomic.Int64
	s, b := newShop(t), startWith(t, Config{Log: slog.New(counted{try.Log(t).Handler(), &panics})})
	b.front.callers.perSecond = rate.Inf // it is the reader that is tried, not what holds a flood back
	b.front.stranger.packets.SetLimit(rate.Inf)
	b.gate.paceOf("shangou").packets.SetLimit(rate.Inf)
	connect(t, s, b)
	stillServes(t, b, "before")
	before, span := used(t), 3*time.Second
	if long() {
		span = 5 * time.Minute
	}
	var wait sync.WaitGroup
	var streams, sent atomic.Int64
	for _, seed := range seeds {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for end := time.Now().Add(span); time.Now().Before(end); {
				stream := broken(r)
				send(t, b.Addr(), stream, time.Duration(r.IntN(30))*time.Millisecond)
				streams.Add(1)
				sent.Add(int64(len(stream)))
			}
		})
	}
	wait.Wait()
	t.Logf("%d streams, %d bytes, %d panics", streams.Load(), sent.Load(), panics.Load())
	if n := panics.Load(); n > 0 {
		t.Errorf("%d panics were contained: our reader lets through what the library cannot read", n)
	}
	stillServes(t, b, "after")
	givenBack(t, before)
}

// broken is what a fuzzer sends: a good beginning, most of the time, and packets that are right, cut, bent
// or made of nothing.
func broken(r *rand.Rand) []byte {
	version := []byte{version31, version311, version5}[r.IntN(3)]
	user, key := "", ""
	if r.IntN(2) == 0 {
		user, key = "shangou", testshop.KeyOf("shangou")
	}
	stream := hello(version, fmt.Sprint("fuzz", r.IntN(8)), user, key)
	if r.IntN(10) == 0 {
		bend(r, stream)
	}
	if r.IntN(20) == 0 {
		stream = one(r, firsts())
	}
	for range 1 + r.IntN(20) {
		var next []byte
		switch r.IntN(10) {
		case 0:
			next = say(version, []string{"weir/v1/demo/orders/shangou", "weir/v1/demo/campaigns", "a/b"}[r.IntN(3)], testshop.Order("f"))
		case 1:
			next = listen(version, []string{"#", "weir/v1/demo/status", "$share/g/weir/v1/demo/answers/shangou", "+/+"}[r.IntN(4)])
		case 2:
			next = bytes.Clone(eightBytes)
		case 3:
			next = raw(0x3c, text("weir/v1/demo/orders/shangou"), []byte{0, byte(r.IntN(4))}, props(version, 1, 1), []byte("{}"))
		case 4:
			next = raw([]byte{0x40, 0x50, 0x62, 0x70}[r.IntN(4)], []byte{0, byte(r.IntN(4))})
		case 5:
			next = raw(0xa2, []byte{0, 1}, props(version), text("#"))
		case 6:
			next = []byte{[]byte{0xc0, 0xe0, 0xf0}[r.IntN(3)], 0}
		case 7, 8:
			next = bend(r, one(r, relatives(version))) // one that is not bent ends the stream, see [TestRelativesOfTheEightBytes]
		default:
			next = make([]byte, 1+r.IntN(200))
			for i := range next {
				next[i] = byte(r.Uint32())
			}
		}
		if r.IntN(3) == 0 {
			next = bend(r, next)
		}
		stream = append(stream, next...)
	}
	return stream
}

// one is a packet of many, the same one for the same random number.
func one(r *rand.Rand, of map[string][]byte) []byte {
	return bytes.Clone(of[slices.Sorted(maps.Keys(of))[r.IntN(len(of))]])
}

// bend breaks a packet: a byte is changed, the length lies, or an end is missing.
func bend(r *rand.Rand, p []byte) []byte {
	if len(p) == 0 {
		return p
	}
	switch r.IntN(3) {
	case 0:
		p[r.IntN(len(p))] ^= byte(1 << r.IntN(8))
	case 1:
		p[min(1, len(p)-1)] = byte(r.Uint32())
	default:
		cut := r.IntN(len(p))
		p = p[:cut]
		if cut > 1 && r.IntN(2) == 0 {
			p[1] = byte(max(0, cut-2)) // and the length agrees
		}
	}
	return p
}
