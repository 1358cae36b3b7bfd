package uplink

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/server/broker"
	"weir/server/testshop"
	"weir/shop/door"
	"weir/shop/try"
	"weir/shop/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		fmt.Fprintln(os.Stderr, runChild())
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// demoTopics are the topics of the shop in these tests.
var demoTopics = wire.TopicsOf("demo")

// newShop is a shop whose clock goes on from noon.
func newShop(t *testing.T) *testshop.Shop { t.Helper(); return openShop(t, "", try.Running()) }

// openShop opens a shop again: on its directory, and with its clock.
func openShop(t *testing.T, dir string, clock *try.Clock) *testshop.Shop {
	t.Helper()
	return testshop.Open(t, testshop.Setup{Dir: dir, Clock: clock})
}

// testUplink is a running uplink.
type testUplink struct {
	*Uplink
	stop func() // as SIGTERM does
}

// whole is a shop as the uplink and its door need it.
type whole interface {
	Shop
	door.Shop
}

func startUplink(t *testing.T, s whole, now func() time.Time, r Remote) *testUplink {
	t.Helper()
	return startWith(t, s, door.Config{}, now, r)
}

// startWith starts an uplink behind a door of its own making.
func startWith(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote) *testUplink {
	t.Helper()
	return startOf(t, s, way, now, r, func(*Uplink) {})
}

// startOf starts an uplink that something has been changed about.
func startOf(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote, change func(*Uplink)) *testUplink {
	t.Helper()
	u := newUplink(t, s, way, now, r, nil)
	change(u)
	return start(t, u)
}

// newUplink is an uplink that knows of another box, or may learn of one; it waits less than a real one.
func newUplink(t *testing.T, s whole, way door.Config, now func() time.Time, r Remote, twin *Twin) *Uplink {
	t.Helper()
	log := try.Log(t)
	way.Shop, way.Now, way.Log, way.Box = s, now, log, "box"
	u := New(Config{Shop: s, Door: door.New(way), Remote: r, Twin: twin, Reporter: wire.NewReporter(nil), Now: now, Log: log})
	u.settles = 0 // messages in tests have not waited anywhere
	u.resendMin, u.pauseMin, u.redeliverAfter = 200*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond
	u.twinSettles = time.Second // many times pauseMin
	u.echoEvery = 300 * time.Millisecond
	return u
}

func start(t *testing.T, u *Uplink) *testUplink {
	t.Helper()
	return &testUplink{u, try.Run(t, u.Run)}
}

func (u *testUplink) connected(t *testing.T) {
	t.Helper()
	try.Until(t, "connected", func() bool { return u.Status().Connected })
}

func startBroker(t *testing.T) *embedded {
	t.Helper()
	b, err := broker.Start(broker.Config{Shop: "demo", Address: "127.0.0.1:0", Check: testshop.CheckKey, Log: try.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &embedded{b}
}

// embedded is the broker inside the process.
type embedded struct{ *broker.Broker }

// Remote is the shop's own way to it.
func (b *embedded) Remote() Remote { return Within(b.Inside()) }
