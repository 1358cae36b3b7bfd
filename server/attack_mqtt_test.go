package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// eightBytes are SUBSCRIBE in MQTT 5 that ends where its options belong.
var eightBytes = []byte{0x82, 6, 0, 1, 0, 0, 1, 'a'}

func TestAttackEightBytes(t *testing.T) {
	v := attack(t, attacked(t))
	for _, stream := range [][]byte{
		eightBytes,
		mqttPacket(0x82, []byte{0, 1, 0}, mqttText("a"), []byte{0}, mqttText("b")), // the second filter
		{0x82, 1, 0}, {0xa2, 0}, {0x32, 0}, {0x40, 0}, {0x32, 0xff, 0xff, 0xff, 0x7f},
		mqttPacket(0xa2, []byte{0, 1, 0x7f}), mqttPacket(0x32, mqttText("a"), []byte{0, 1, 0x7f}), mqttPacket(0xe0, []byte{4, 0x7f}),
	} {
		for _, user := range []string{"", "shangou"} {
			c := v.mqtt(mqttHello(5, "eight", user, v.keys[user]), stream)
			if _, closed := soon(c, time.Second); !closed && stream[0] != 0x32 {
				t.Errorf("% x of %q: the connection stays open", stream, user)
			}
			if !v.alive() {
				t.Fatalf("% x of %q end the process:\n%s", stream, user, tail(v.log(t)))
			}
		}
	}
	v.serves("after")
}

// aNotice is a campaign of a channel, of half an hour from now.
func aNotice(channel, ref string) string {
	from := time.Now().UTC().Truncate(15 * time.Minute).Add(15 * time.Minute)
	return fmt.Sprintf(`{"channel":%q,"ref":%q,"name":"免单","window":{"start":%q,"end":%q},"expected":[10,20]}`,
		channel, ref, from.Format(time.RFC3339), from.Add(30*time.Minute).Format(time.RFC3339))
}

// TestAttackAWillInAnothersName: a channel dies with a will that cancels another channel's campaign.
func TestAttackAWillInAnothersName(t *testing.T) {
	v := attack(t, attacked(t))
	r := v.asChannel("shangou", "POST", "/v1/campaigns", aNotice("shangou", "feb6"))
	if r.status != 201 {
		t.Fatalf("a campaign is answered %d %s", r.status, r.body)
	}
	id := r.fields["id"].(string)
	for _, topic := range []string{"weir/v1/killed/campaigns", "weir/v1/killed/campaigns/shangou"} {
		for _, version := range []byte{4, 5} {
			for _, user := range []string{"", "meituan"} {
				will := fmt.Sprintf(`{"channel":"shangou","id":%q,"cancelled":true}`, id)
				c := v.mqtt(mqttHello(version, "dies", user, v.keys[user], topic, will))
				soon(c, 200*time.Millisecond)
				c.(*net.TCPConn).SetLinger(0) // without a word
				c.Close()
			}
		}
	}
	v.serves("after") // whatever was said before is taken in by now
	deadline := time.Now().Add(2 * time.Second)
	for time.Now().Before(deadline) {
		if r := v.asChannel("shangou", "GET", "/v1/campaigns/"+id, ""); r.fields["state"] == "cancelled" {
			t.Fatalf("another channel's will has cancelled the campaign: %s", r.body)
		}
		time.Sleep(50 * time.Millisecond) // nothing rings for what must not happen
	}
	if r := v.asChannel("shangou", "DELETE", "/v1/campaigns/"+id, ""); r.fields["state"] != "cancelled" { // the control
		t.Errorf("its own channel cannot cancel it: %d %s", r.status, r.body)
	}
}

// TestAttackGuestsBeforeTheShop: more guests than there are places call without end while the shop starts again.
func TestAttackGuestsBeforeTheShop(t *testing.T) {
	k := attacked(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(stop)
	for i := range 80 {
		user := []string{"", "shangou"}[i%2]
		wait.Go(func() {
			for {
				c, err := net.Dial("tcp", address)
				if err == nil {
					c.Write(mqttHello(4, fmt.Sprint("guest", i), user, k.keys[user]))
					ended := make(chan struct{})
					go func() { defer close(ended); soon(c, time.Minute) }()
					select {
					case <-ended:
					case <-stop:
						c.Close()
						<-ended
					}
					c.Close()
				}
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		})
	}
	v := attack(t, k, "--broker-addr", address)
	said := ""
	for end := time.Now().Add(5 * time.Second); !strings.Contains(said, "connected to the broker") && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // between two looks at its log
		said = v.log(t)
	}
	if !strings.Contains(said, "connected to the broker") {
		t.Errorf("the shop finds no place at its own broker:\n%s", tail(said))
	}
	v.serves("after")
}

// flood publishes as fast as it can for a while and says how many messages went out.
func (v *victim) flood(while time.Duration, qos byte, topic string, payload func(n int) string) (sent int) {
	v.t.Helper()
	c := v.mqtt(mqttHello(4, "flood", "shangou", v.keys["shangou"]))
	defer c.Close()
	go soon(c, time.Hour)
	c.SetWriteDeadline(time.Now().Add(while))
	var batch bytes.Buffer
	for end := time.Now().Add(while); time.Now().Before(end); {
		batch.Reset()
		for range 50 {
			batch.Write(mqttSay(qos, topic, payload(sent)))
			sent++
		}
		if _, err := c.Write(batch.Bytes()); err != nil {
			break // it has to wait
		}
	}
	c.(*net.TCPConn).SetLinger(0) // what is on its way need not come
	return sent
}

// floodFor is how long a flood lasts, floodMax how many messages of one channel may be taken in that time: a burst, and
// what comes to 200 a second, and as much again for a machine on which a second is long.
const (
	floodFor = 4 * time.Second
	floodMax = 2 * (400 + 200*int(floodFor/time.Second))
)

// longFlood leaves a flood of seconds to the long form: beside other work on the machine its end comes late.
func longFlood(t *testing.T, short string) {
	t.Helper()
	if os.Getenv("WEIR_LONG") != "1" {
		t.Skipf("a flood of seconds: with WEIR_LONG=1; %s is the short form", short)
	}
}

// TestAttackCancellationsWithoutEnd: each cancellation of a ref that nobody knows is a row for ever.
func TestAttackCancellationsWithoutEnd(t *testing.T) {
	longFlood(t, "TestAFloodAtQoS0IsTakenAtItsPace")
	v := attack(t, attacked(t))
	before := v.holds()
	var taken, refused atomic.Int64
	listener := v.mqtt(mqttHello(4, "listens", "shangou", v.keys["shangou"]), mqttListen("weir/v1/killed/answers/shangou"))
	var wait sync.WaitGroup
	wait.Go(func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := listener.Read(buffer)
			if err != nil {
				return
			}
			taken.Add(int64(bytes.Count(buffer[:n], []byte(`"status":200`)) + bytes.Count(buffer[:n], []byte(`"status":202`))))
			refused.Add(int64(bytes.Count(buffer[:n], []byte(`"status":429`))))
		}
	})
	sent := v.flood(floodFor, 1, "weir/v1/killed/cancel/shangou", func(n int) string { return fmt.Sprintf(`{"ref":"nobody-%d"}`, n) })
	v.serves("after")
	listener.Close()
	wait.Wait()
	t.Logf("%d sent, %d carried out, %d answered 429", sent, taken.Load(), refused.Load())
	if n := taken.Load(); n == 0 || n > int64(floodMax) {
		t.Errorf("%d cancellations were carried out in %v, want some and at most %d", n, floodFor, floodMax)
	}
	v.letsGo(before, 64<<10)
}

// TestAttackOrdersAtQoS0: nothing holds back who asks for no acknowledgement. The times of taps are shown, not judged.
func TestAttackOrdersAtQoS0(t *testing.T) {
	longFlood(t, "TestAFloodAtQoS0IsTakenAtItsPace")
	v := attack(t, attacked(t))
	p50, p99 := v.taps(200)
	t.Logf("taps alone: p50 %v, p99 %v", p50, p99)
	before := v.holds()
	ended := make(chan int, 1)
	go func() {
		ended <- v.flood(floodFor, 0, "weir/v1/killed/orders/shangou", func(n int) string { return aTea(fmt.Sprint("q", n)) })
	}()
	p50, p99 = v.taps(200)
	sent := <-ended
	t.Logf("taps in the flood: p50 %v, p99 %v", p50, p99)
	taken := strings.Count(v.asChannel("shangou", "GET", "/v1/reconciliation", "").body, `"ref":"q`)
	t.Logf("%d sent, %d taken", sent, taken)
	if taken == 0 || taken > floodMax {
		t.Errorf("%d orders were taken in %v, want some and at most %d", taken, floodFor, floodMax)
	}
	v.serves("after")
	v.letsGo(before, 96<<10)
}

// TestAttackConnectionsToTheBroker: nameless and silent connections, and such that come and go.
func TestAttackConnectionsToTheBroker(t *testing.T) {
	v := attack(t, attacked(t))
	v.serves("before")
	before := v.holds()
	var open []net.Conn
	for i := range 1500 {
		c, err := net.Dial("tcp", strings.TrimPrefix(v.broker, "tcp://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%3 == 0 {
			c.Write(mqttHello(4, fmt.Sprint("n", i), "", "")) // it may be closed already
		}
		open = append(open, c)
	}
	during := v.holds()
	if n := during.descriptors - before.descriptors; n > 400 {
		t.Errorf("%d connections are held, want at most 400", n)
	}
	welcome := ""
	for end := time.Now().Add(5 * time.Second); !strings.HasPrefix(welcome, "\x20\x02\x00\x00") && time.Now().Before(end); {
		c := v.mqtt(mqttHello(4, "router", "shangou", v.keys["shangou"])) // the flood has come from the same address
		welcome, _ = soon(c, 300*time.Millisecond)
		c.Close()
	}
	if welcome == "" {
		t.Error("a channel finds no place at the broker")
	}
	v.serves("during")
	for _, c := range open {
		c.Close()
	}
	v.letsGo(before, 48<<10)
}

// TestAttackInTheClear: the broker on an address that others reach, without TLS.
func TestAttackInTheClear(t *testing.T) {
	k := attacked(t)
	out, err := startsNot(t, k, "--broker-addr", "0.0.0.0:0")
	if err == nil || !strings.Contains(out, "in the clear") {
		t.Errorf("%v: %s\nwant it to refuse to send keys in the clear", err, out)
	}
}

// TestAttackARevokedKey: what a key has opened ends with it.
func TestAttackARevokedKey(t *testing.T) {
	v := attack(t, attacked(t))
	c := v.mqtt(mqttHello(4, "stolen", "shangou", v.keys["shangou"]), mqttListen("weir/v1/killed/answers/shangou"))
	if welcome, _ := soon(c, time.Second); !strings.HasPrefix(welcome, "\x20\x02\x00\x00") {
		t.Fatalf("a channel is answered %q", welcome)
	}
	list, err := v.command("key", "list")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); strings.Contains(line, "shangou") {
			if out, err := v.command("key", "revoke", fields[0]); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	if _, closed := soon(c, 3*time.Second); !closed {
		t.Error("the connection outlives its key")
	}
}
