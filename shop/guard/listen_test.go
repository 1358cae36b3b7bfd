package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"weir/shop/try"
)

// caller is a connection from an address; it knows whether it was closed.
type caller struct {
	net.Conn
	from   string
	closed bool
}

func (c *caller) RemoteAddr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", c.from)
	if err != nil {
		panic(err) // an address of this test
	}
	return a
}

func (c *caller) Close() error { c.closed = true; return nil }

// street is a listener at which those who are in it arrive, one after another.
type street struct {
	net.Listener
	come []*caller
}

var errQuiet = errors.New("nobody else comes")

func (s *street) Accept() (net.Conn, error) {
	if len(s.come) == 0 {
		return nil, errQuiet
	}
	c := s.come[0]
	s.come = s.come[1:]
	return c, nil
}

// doorway is a bounded listener and what came through it.
type doorway struct {
	*Listener
	street *street
	in     map[*caller]net.Conn
}

func newDoorway(room Room) *doorway {
	s := &street{}
	return &doorway{Bound(s, room), s, map[*caller]net.Conn{}}
}

// comes lets somebody arrive and reports whether they got in.
func (d *doorway) comes(from string) (c *caller, in bool) {
	c = &caller{from: from}
	d.street.come = append(d.street.come, c)
	conn, err := d.Accept()
	if err == nil {
		d.in[c] = conn
	}
	return c, err == nil
}

func (d *doorway) trust(c *caller) { Trust(ConnContext(context.Background(), d.in[c])) }

func TestOneAddressHasNoMoreThanItsShare(t *testing.T) {
	d := newDoorway(Room{Strangers: 10, Trusted: 5, PerAddress: 4})
	for i := range 6 {
		if _, in := d.comes(fmt.Sprintf("192.0.2.1:%d", 1000+i)); in != (i < 4) {
			t.Errorf("connection %d of an address: in %v", i+1, in)
		}
	}
	for i := range 6 { // this machine is a proxy, and behind it are many
		if _, in := d.comes(fmt.Sprintf("127.0.0.1:%d", 1000+i)); !in {
			t.Errorf("connection %d of this machine: turned away", i+1)
		}
	}
	if d.count != [2]int{10, 0} {
		t.Errorf("%v are counted, want 10 strangers", d.count)
	}
}

// TestWhoHasMostGoesFirst: the one address that holds everything gives way, and a flood from many addresses does not keep
// out one that has just come.
func TestWhoHasMostGoesFirst(t *testing.T) {
	d := newDoorway(Room{Strangers: 8, Trusted: 4, PerAddress: 6})
	var greedy []*caller
	for i := range 6 {
		c, _ := d.comes(fmt.Sprintf("192.0.2.1:%d", 1000+i))
		greedy = append(greedy, c)
	}
	d.comes("192.0.2.2:1")
	d.comes("192.0.2.3:1")
	if _, in := d.comes("192.0.2.4:1"); !in || !greedy[0].closed || greedy[1].closed {
		t.Errorf("a newcomer: in %v; the oldest of the greedy one closed %v, the next %v", in, greedy[0].closed, greedy[1].closed)
	}
	if _, in := d.comes("192.0.2.1:2000"); in {
		t.Error("the greedy one pushes others out")
	}
	tablet, _ := d.comes("192.0.2.77:1")
	for i := range 7 {
		if _, in := d.comes(fmt.Sprintf("198.51.100.%d:1", i)); !in {
			t.Errorf("stranger %d of many found no room", i)
		}
	}
	if tablet.closed {
		t.Error("one that has just come was pushed out by fewer than the room holds")
	}
	if d.count[0] != 8 || len(d.open) != 8 {
		t.Errorf("%v are counted and %d open, want 8", d.count, len(d.open))
	}
}

// TestStrangersCannotTakeTheRoomOfTheTrusted: whoever has shown who they are stays, and their address finds room again
// although strangers hold all of theirs.
func TestStrangersCannotTakeTheRoomOfTheTrusted(t *testing.T) {
	d := newDoorway(Room{Strangers: 4, Trusted: 3, PerAddress: 10})
	now := try.Noon
	d.now = func() time.Time { return now }
	tablet, _ := d.comes("192.0.2.77:1")
	d.trust(tablet)
	for i := range 50 {
		d.comes(fmt.Sprintf("198.51.100.%d:1", i))
	}
	if tablet.closed {
		t.Error("strangers pushed a paired tablet out")
	}
	for i := range 2 {
		if _, in := d.comes(fmt.Sprintf("192.0.2.77:%d", 2+i)); !in {
			t.Error("the tablet's address finds no room again")
		}
	}
	if d.count != [2]int{4, 3} {
		t.Errorf("%v are counted, want 4 strangers and 3 trusted", d.count)
	}
	if _, in := d.comes("192.0.2.77:9"); in && d.count[1] > 3 {
		t.Error("the room of the trusted has no bound")
	}
	for _, conn := range d.in {
		conn.Close()
	}
	if d.count != [2]int{} || len(d.open) != 0 || len(d.of) != 0 {
		t.Errorf("after all have gone %v are counted, %d open, of %v", d.count, len(d.open), d.of)
	}
	now = now.Add(trustedFor)
	c, _ := d.comes("192.0.2.77:10")
	if d.in[c].(*bounded).trusted {
		t.Error("an address is trusted for ever")
	}
	for i := range 2 * trustedMax {
		d.remember(fmt.Sprint("address:", i))
		now = now.Add(time.Second)
	}
	if len(d.trusted) != trustedMax {
		t.Errorf("%d addresses are remembered, want %d", len(d.trusted), trustedMax)
	}
}
