package engine

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// asServer in the environment makes this test's program a NATS server: a port and a directory.
const asServer = "WEIR_ENGINE_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) == "" {
		os.Exit(m.Run())
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "outside", Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: os.Args[2], SyncAlways: true, NoLog: true,
	})
	if err != nil {
		panic(err)
	}
	s.Start()
	s.WaitForShutdown()
}

// outside starts a NATS server in a process of its own and returns its end by kill -9.
func outside(t *testing.T, port int, dir string) (kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, strconv.Itoa(port), dir)
	c.Env = append(os.Environ(), asServer+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		c.Process.Kill()
		c.Wait() // by the signal
	})
	t.Cleanup(kill)
	return kill
}

// TestAnOutsideEngineThatRestarts: a NATS server in another process is killed and starts again from its disk. Its reports
// are gone and their numbers begin at 1; a follower hears what shops say from then on, and the records as before.
// Without the follower's watch it hears no report any more: the stream is not there.
func TestAnOutsideEngineThatRestarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, dir := l.Addr().(*net.TCPAddr).Port, t.TempDir()
	l.Close()
	kill := outside(t, port, dir)
	url := fmt.Sprintf("nats://127.0.0.1:%d", port)
	eventually := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(3 * patience); !is(); time.Sleep(20 * time.Millisecond) { // between two looks
			if time.Now().After(end) {
				t.Fatalf("never: %s", what)
			}
		}
	}
	var e *Engine
	eventually("it can be reached", func() bool { e, err = Dial(url, 1); return err == nil })
	t.Cleanup(func() { e.Close() })
	ctx := t.Context()
	if err := e.MakeStreams(ctx, OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	heard := map[string]string{}
	count := map[string]int{}
	note := func(subject string, v Value) {
		mu.Lock()
		defer mu.Unlock()
		heard[subject] = string(v.Data)
		count[subject]++
	}
	is := func(subject, want string) bool {
		mu.Lock()
		defer mu.Unlock()
		return heard[subject] == want
	}
	for _, stream := range []string{Cap, Orders} {
		if _, err := e.Follow(ctx, stream, nil, note); err != nil {
			t.Fatal(err)
		}
	}
	const report, record = "weir.v1.east.capacity", "fleet.ord.1.c.r"
	for i := range 30 { // numbers that the new stream comes to late
		if err := e.Set(ctx, Cap, report, []byte(fmt.Sprint("old ", i))); err != nil {
			t.Fatal(err)
		}
	}
	revision, err := e.Put(ctx, Orders, record, []byte("one"), 0)
	if err != nil {
		t.Fatal(err)
	}
	eventually("all is heard", func() bool { return is(report, "old 29") && is(record, "one") })
	kill()
	outside(t, port, dir)
	eventually("a report is taken again", func() bool { return e.Set(ctx, Cap, report, []byte("new 0")) == nil })
	eventually("it is heard", func() bool { return is(report, "new 0") })
	if err := e.Set(ctx, Cap, report, []byte("new 1")); err != nil {
		t.Fatal(err)
	}
	eventually("the next one is heard", func() bool { return is(report, "new 1") })
	if _, err := e.Put(ctx, Orders, record, []byte("two"), revision); err != nil {
		t.Fatal(err)
	}
	eventually("the record's change is heard", func() bool { return is(record, "two") })

	// The next loss is that of the stream alone, under a connection that lasts.
	if err := e.JS.DeleteStream(ctx, Cap); err != nil {
		t.Fatal(err)
	}
	eventually("the stream is made anew", func() bool { return e.Set(ctx, Cap, report, []byte("third")) == nil })
	eventually("and heard", func() bool { return is(report, "third") })
	// What holds the state of orders is not made anew: an empty one in its place would say that no order was placed.
	home, err := e.home(ctx, Orders, record)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.JS.DeleteStream(ctx, home); err != nil {
		t.Fatal(err)
	}
	looks, err := e.Conn.SubscribeSync("$JS.API.STREAM.INFO." + home)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the looks in which it must not happen: when the third begins, two have ended
		if _, err := looks.NextMsg(3 * patience); err != nil {
			t.Fatalf("nobody looks: %v", err)
		}
	}
	if _, err := e.JS.Stream(ctx, home); err == nil {
		t.Error("a stream of records was made anew without a person")
	}
}
