package uplink

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/server/testshop"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/wire"
)

// mosquittoSub runs mosquitto_sub; its lines are "topic payload".
func mosquittoSub(t *testing.T, address string, args ...string) <-chan string {
	t.Helper()
	host, port, _ := net.SplitHostPort(address)
	args = append([]string{"-h", host, "-p", port, "-V", "mqttv311", "-q", "1", "-v"}, args...)
	c := exec.Command(testshop.MosquittoTool(t, "mosquitto_sub"), args...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		for range lines {
		}
		c.Wait()
	})
	return lines
}

// hears waits for a line with all of these in it.
func hears(t *testing.T, lines <-chan string, parts ...string) string {
	t.Helper()
	for deadline := time.After(try.Patience); ; {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("mosquitto_sub ended before it heard %q", parts)
			}
			found := true
			for _, part := range parts {
				found = found && strings.Contains(line, part)
			}
			if found {
				return line
			}
		case <-deadline:
			t.Fatalf("mosquitto_sub did not hear %q", parts)
		}
	}
}

func TestMosquittoClientsSeeAnOrderGoAllTheWay(t *testing.T) {
	t.Parallel()
	s, b := newShop(t), startBroker(t)
	startUplink(t, s, s.Clock.Now, b.Remote()).connected(t)
	hears(t, mosquittoSub(t, b.Addr(), "-t", "weir/v1/demo/status"), "weir/v1/demo/status", `"online":true`)
	stranger := mosquittoSub(t, b.Addr(), "-t", "weir/v1/demo/#")
	channel := mosquittoSub(t, b.Addr(), "-u", "shangou", "-P", testshop.KeyOf("shangou"), "-t", "weir/v1/demo/answers/shangou", "-t",
		"weir/v1/demo/events/shangou", "-t", "weir/v1/demo/status")
	hears(t, channel, "weir/v1/demo/status") // it is subscribed: what is published from here on reaches it
	hears(t, stranger, "weir/v1/demo/capacity", `"backlog_cups":0`)
	if out, err := testshop.MosquittoPub(t, b.Addr(), "-u", "shangou", "-P", testshop.KeyOf("shangou"),
		"-t", "weir/v1/demo/orders/shangou", "-m",
		testshop.Order("a-1")); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
	hears(t, channel, "weir/v1/demo/answers/shangou", `"ref":"a-1"`, `"status":201`)
	hears(t, channel, "weir/v1/demo/events/shangou", "order.accepted")
	hears(t, stranger, "weir/v1/demo/capacity", `"backlog_cups":1`)
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"a wrong key", []string{"-u", "shangou", "-P", "wrong", "-t", "weir/v1/demo/orders/shangou", "-m", testshop.Order("x")}},
		{"a topic of another channel", []string{"-u", "shangou", "-P", testshop.KeyOf("shangou"), "-t", "weir/v1/demo/orders/meituan", "-m",
			testshop.Order("x")}},
		{"a stranger", []string{"-t", "weir/v1/demo/orders/shangou", "-m", testshop.Order("x")}},
		{"the status", []string{"-u", "shangou", "-P", testshop.KeyOf("shangou"), "-t", "weir/v1/demo/status", "-r", "-m", "{}"}},
	} {
		if out, err := testshop.MosquittoPub(t, b.Addr(), tt.args...); err == nil {
			t.Errorf("%s: published: %s", tt.name, out)
		}
	}
	hears(t, mosquittoSub(t, b.Addr(), "-u", "shangou", "-P", testshop.KeyOf("shangou"), "-t", "weir/v1/demo/answers/meituan"), "denied")
	if n := s.Snapshot().Orders.Len(); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

func TestAnOrderGoesAllTheWayOverMosquitto(t *testing.T) {
	t.Parallel()
	s, m := newShop(t), newMosquitto(t)
	startUplink(t, s, s.Clock.Now, m.remote(t)).connected(t)
	hears(t, mosquittoSub(t, m.Address, "-t", "weir/v1/demo/status"), "weir/v1/demo/status", `"online":true`)
	heard := mosquittoSub(t, m.Address, "-t", "weir/v1/demo/#")
	hears(t, heard, "weir/v1/demo/capacity")
	s.Must(t, shop.Tick{})
	hears(t, heard, "weir/v1/demo/lease/shangou", `"limit_work"`)
	if out, err := testshop.MosquittoPub(t, m.Address, "-t", "weir/v1/demo/orders/shangou", "-m", testshop.Order("a-1")); err != nil {
		t.Fatalf("mosquitto_pub: %v: %s", err, out)
	}
	hears(t, heard, "weir/v1/demo/answers/shangou", `"ref":"a-1"`, `"status":201`)
	s.Must(t, shop.Handover{By: "test", Order: 1, Made: true})
	hears(t, heard, "weir/v1/demo/events/shangou", "order.handed", `"seq":`)
	if _, err := testshop.MosquittoPub(t, m.Address, "-t", "weir/v1/demo/acks/shangou", "-m",
		fmt.Sprintf(`{"epoch":1,"through":%d}`, s.Snapshot().Counters.Feeds["shangou"])); err != nil {
		t.Fatal(err)
	}
	try.Until(t, "the ack moves the cursor", func() bool {
		c := s.Snapshot().Counters
		return c.Acks["shangou"] == c.Feeds["shangou"]
	})
}

func TestAnOrderPublishedWhileTheShopIsAwayIsTakenWhenItIsBack(t *testing.T) {
	t.Parallel()
	s, m := newShop(t), newMosquitto(t)
	first := startUplink(t, s, s.Clock.Now, m.remote(t))
	first.connected(t)
	first.stop()
	p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou", "weir/v1/demo/status")
	status := p.Next("weir/v1/demo/status")
	if st := testshop.Decode[wire.Status](t, status.Payload()); st.Online || !status.Retained() {
		t.Errorf("the shop went without a word: %s", status.Payload())
	}
	p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
	p.Say("weir/v1/demo/cancel/shangou", `{"ref":"a-1"}`)
	startUplink(t, s, s.Clock.Now, m.remote(t))
	if a := p.Answer("shangou", "a-1"); a.Status != 201 {
		t.Errorf("answer %d %s, want 201", a.Status, a.Body)
	}
	if a := p.Answer("shangou", "a-1"); a.Status != 200 {
		t.Errorf("answer %d %s, want 200: cancelled after it came", a.Status, a.Body)
	}
}

// TestAnOrderIsAcknowledgedAfterTheCommitOnly kills a shop that has taken an order and not committed
// it. The control acknowledges first, and must lose it.
func TestAnOrderIsAcknowledgedAfterTheCommitOnly(t *testing.T) {
	for _, tt := range []struct {
		mode string
		kept bool
	}{{modeStuck, true}, {modeAckBefore, false}} {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			m, dir := newMosquitto(t), t.TempDir()
			c := startChild(t, dir, "tcp://"+m.Address, tt.mode)
			c.says("connected")
			p := testshop.Join(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou")
			p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-1"))
			c.says("asked a-1")
			// These are answered, so that what came before has been written. One may have to wait for the order: requests
			// are carried out in lanes, and which lane a ref is in differs from run to run. All of them do not.
			for i := range 8 {
				p.Say("weir/v1/demo/acks/shangou", fmt.Sprintf(`{"ref":"bad-%d"}`, i))
			}
			p.Next("weir/v1/demo/answers/shangou")
			c.kill()
			s := openShop(t, dir, try.Running())
			startUplink(t, s, s.Clock.Now, m.remote(t))
			p.Say("weir/v1/demo/orders/shangou", testshop.Order("a-2"))
			p.Answer("shangou", "a-2")
			there := func() bool {
				_, err := s.OrderByRef(t.Context(), "shangou", "a-1")
				return err == nil
			}
			if tt.kept { // it is in a lane of its own, and may be carried out after the other one
				try.Until(t, "the order is there", there)
			} else if there() {
				t.Error("an order that was acknowledged before it was committed is there: the control sees nothing")
			}
		})
	}
}

func TestTheWillAppearsWhenTheProcessDies(t *testing.T) {
	t.Parallel()
	m := newMosquitto(t)
	p := testshop.Join(t, m.Address, "reader", "", "", "weir/v1/demo/status")
	c := startChild(t, t.TempDir(), "tcp://"+m.Address, modePlain)
	c.says("connected")
	online := testshop.Decode[wire.Status](t, p.Next("weir/v1/demo/status").Payload())
	if !online.Online {
		t.Fatalf("status %+v, want online", online)
	}
	c.kill()
	offline := testshop.Decode[wire.Status](t, p.Next("weir/v1/demo/status").Payload())
	if offline.Online || offline.Epoch != online.Epoch || offline.Conn != online.Conn {
		t.Errorf("will %+v, want offline of connection %d.%d", offline, online.Epoch, online.Conn)
	}
	late := testshop.Join(t, m.Address, "late", "", "", "weir/v1/demo/status").Next("weir/v1/demo/status")
	if !late.Retained() || testshop.Decode[wire.Status](t, late.Payload()).Online {
		t.Errorf("a reader that comes later reads %s", late.Payload())
	}
}

// TestABrokerThatIsKilledLosesNothing kills the broker in the middle, twice, with all it remembers.
func TestABrokerThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	const orders = 36 // small cups: the kitchen has to have room for all of them
	s, m := newShop(t), newMosquitto(t)
	startUplink(t, s, s.Clock.Now, m.remote(t)).connected(t)
	f := &readFeed{at: wire.Cursor{Epoch: 1}}
	answered := map[string]int{}
	unanswered := func() (refs []string) {
		for i := range orders {
			if ref := fmt.Sprint("o", i); answered[ref] == 0 {
				refs = append(refs, ref)
			}
		}
		return refs
	}
	kills := []int{orders / 3, 2 * orders / 3} // when so many are answered
	for began := time.Now(); len(unanswered()) > 0 || f.at.Seq < s.Snapshot().Counters.Feeds["shangou"]; {
		if time.Since(began) > 2*try.Patience {
			t.Fatalf("after %v unanswered %v, %d of %d events", time.Since(began), unanswered(), f.at.Seq, s.Snapshot().Counters.Feeds["shangou"])
		}
		p, err := testshop.TryJoin(t, m.Address, "router", "", "", "weir/v1/demo/answers/shangou", "weir/v1/demo/events/shangou")
		if err != nil {
			continue
		}
		f.p = p
		for _, ref := range unanswered() { // whoever hears nothing asks again with the same ref
			p.Publish("weir/v1/demo/orders/shangou", 1, false, strings.Replace(testshop.Order(ref), "jasmine-milk-tea", "green-tea", 1))
		}
		for quiet := false; !quiet && (len(unanswered()) > 0 || f.at.Seq < s.Snapshot().Counters.Feeds["shangou"]); {
			select {
			case msg := <-p.Heard:
				if strings.Contains(msg.Topic(), "/events/") {
					f.take(testshop.Decode[wire.Event](t, msg.Payload()))
					f.ack("shangou")
				} else if a := testshop.Decode[wire.Answer](t, msg.Payload()); a.Status < 300 {
					answered[a.Ref]++
				} else if a.Ref != "" {
					t.Fatalf("order refused: %d %s", a.Status, a.Body)
				}
				if len(kills) > 0 && len(answered) >= kills[0] {
					kills = kills[1:]
					m.Kill()
					m.Start()
				}
			case <-p.Gone:
				quiet = true
			case <-time.After(time.Second):
				quiet = true
			}
		}
		p.Leave()
	}
	if len(kills) > 0 {
		t.Error("the broker was not killed: the test proves nothing")
	}
	all, err := s.OrdersOfDay(t.Context(), s.Snapshot().Counters.Day, "shangou")
	if err != nil || len(all) != orders {
		t.Errorf("%d orders in the rows, want %d (%v)", len(all), orders, err)
	}
	if f.seen != int(s.Snapshot().Counters.Feeds["shangou"]) {
		t.Errorf("%d events read, want %d", f.seen, s.Snapshot().Counters.Feeds["shangou"])
	}
}

// TestAShopThatForgotBeginsANewEpoch gives a shop that has published an empty, then an older database.
func TestAShopThatForgotBeginsANewEpoch(t *testing.T) {
	t.Parallel()
	m, clock := newMosquitto(t), try.Running()
	s := openShop(t, t.TempDir(), clock)
	u := startUplink(t, s, clock.Now, m.remote(t))
	u.connected(t)
	for i := range 5 {
		s.Must(t, place(fmt.Sprint("o", i)))
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	s.Must(t, place("after the copy"))
	p := testshop.Join(t, m.Address, "reader", "", "", "weir/v1/demo/capacity", "weir/v1/demo/status")
	try.Until(t, "the last order is reported", func() bool {
		return testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload()).Log >= s.Snapshot().Counters.Seq
	})
	u.stop()
	s.Stop()

	restart := func(dir string, epoch int64, why string) *testshop.Shop {
		t.Helper()
		s := openShop(t, dir, clock)
		u := startUplink(t, s, clock.Now, m.remote(t))
		u.connected(t)
		if got := s.Snapshot().Counters.Epoch; got != epoch {
			t.Errorf("%s: epoch %d, want %d", why, got, epoch)
		}
		for {
			if r := testshop.Decode[published](t, p.Next("weir/v1/demo/capacity").Payload()); r.Epoch == epoch {
				break
			} else if r.Epoch > epoch {
				t.Fatalf("%s: report of epoch %d", why, r.Epoch)
			}
		}
		s.Must(t, place(why))
		u.stop()
		s.Stop()
		return s
	}
	older := t.TempDir()
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(older, "weir.db"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	restart(older, 2, "a copy that is older")
	restart(older, 2, "the same again")
	restart(t.TempDir(), 3, "an empty database")
}

func TestAClockThatWentBackOverARestartDoesNotMakeTheShopLookOld(t *testing.T) {
	t.Parallel()
	s, m := newShop(t), newMosquitto(t)
	first := startUplink(t, s, s.Clock.Now, m.remote(t))
	first.connected(t)
	// Two readers, because it is not said which of the two comes first, and one reader passes over the other.
	reports := testshop.Join(t, m.Address, "reports", "", "", "weir/v1/demo/capacity")
	statuses := testshop.Join(t, m.Address, "statuses", "", "", "weir/v1/demo/status")
	report := testshop.Decode[published](t, reports.Next("weir/v1/demo/capacity").Payload())
	status := testshop.Decode[wire.Status](t, statuses.Next("weir/v1/demo/status").Payload())
	first.stop()
	s.Clock.Move(-time.Hour)
	startUplink(t, s, s.Clock.Now, m.remote(t)).connected(t)
	for {
		if st := testshop.Decode[wire.Status](t, statuses.Next("weir/v1/demo/status").Payload()); st.Online {
			if st.Conn <= status.Conn {
				t.Errorf("connection %d after %d: its offline would be ignored", st.Conn, status.Conn)
			}
			break
		}
	}
	if r := testshop.Decode[published](t, reports.Next("weir/v1/demo/capacity").Payload()); r.Seq <= report.Seq {
		t.Errorf("report %d after %d: nobody would read it", r.Seq, report.Seq)
	}
}
