package printer_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// reference is what a ticket looks like when it is whole.
func reference(t testing.TB, m printer.Model, j printer.Job) []string {
	t.Helper()
	ticket := sample(j.Pickup)
	ticket.Kind, ticket.Reprint = j.Kind, j.Reprint
	b, err := printer.Encode(m, printer.Stock{}, ticket)
	if err != nil {
		t.Fatal(err)
	}
	sheets, _, _ := virtual.Decode(decoders[m].lang, decoders[m].dots, b)
	return inkOf(sheets[0])
}

// inkOf is what stands on a sheet, whatever it is made of.
func inkOf(s virtual.Sheet) []string {
	var all []string
	for _, m := range s.Marks {
		if m.Bits != nil {
			all = append(all, fmt.Sprintf("%x", m.Bits.Rows))
		} else if strings.TrimSpace(m.Text) != "" {
			all = append(all, m.Text)
		}
	}
	return all
}

// lies compares what the spool says of an order's jobs with the paper that lies there, and returns what is not true:
// a job called done that is not whole on paper, more than one paper that looks like the original, a job that is
// neither on paper nor anybody's business any more.
func lies(t testing.TB, m printer.Model, jobs []printer.Job, paper []virtual.Sheet) []string {
	t.Helper()
	var wrong []string
	whole := func(j printer.Job) int {
		want, n := reference(t, m, j), 0
		for _, s := range paper {
			marked := strings.Contains(strings.Join(s.Text(), " "), "补打 REPRINT")
			if ink := inkOf(s); len(ink) >= len(want) && slices.Equal(ink[len(ink)-len(want):], want) &&
				(m == printer.ZPL || marked == (j.Reprint > 0)) {
				n++
			}
		}
		return n
	}
	for _, j := range jobs {
		n := whole(j)
		switch {
		case j.State == printer.Done && n == 0:
			wrong = append(wrong, fmt.Sprintf("silent loss: job %d (reprint %d) is done and not on paper", j.ID, j.Reprint))
		case j.Reprint == 0 && n > 1:
			wrong = append(wrong, fmt.Sprintf("unmarked duplicate: job %d is on paper %d times", j.ID, n))
		case !slices.Contains([]printer.State{printer.Done, printer.Unconfirmed, printer.Cancelled, printer.Held}, j.State):
			wrong = append(wrong, fmt.Sprintf("job %d is left %s", j.ID, j.State))
		}
	}
	if last := jobs[len(jobs)-1]; last.State == printer.Cancelled {
		wrong = append(wrong, fmt.Sprintf("job %d is cancelled and nothing stands for it", last.ID))
	}
	return wrong
}

// of returns the jobs of one pick-up number, and the paper since.
func of(jobs []printer.Job, pickup string) []printer.Job {
	return slices.DeleteFunc(jobs, func(j printer.Job) bool { return j.Pickup != pickup })
}

// stride is how many byte offsets of a job lie between two that are tried: all are, but for Zebra's long pictures.
func stride(m printer.Model) int {
	if m == printer.ZPL {
		return 37
	}
	return 1
}

// The connection is reset at every byte offset of a job. Printers keep what they have got, or forget it.
func TestResetAtEveryByte(t *testing.T) {
	t.Parallel()
	for _, m := range printer.Models() {
		for _, forget := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/forget=%v", m, forget), func(t *testing.T) {
				t.Parallel()
				resetEverywhere(t, m, forget)
			})
		}
	}
}

func resetEverywhere(t *testing.T, m printer.Model, forget bool) {
	s := newSpool(t)
	p := newPrinter(config(m), s, render, quick)
	v := p.Virtual()
	v.Change(func(f *virtual.Faults) { f.Forget = forget })
	at, armed := int64(0), int64(0) // the offset under trial, the job it is tried on
	s.hook = func(m printer.Move) {
		if m.To == printer.Sending && m.Job == armed {
			armed = 0
			v.DropAfter(at)
		}
	}
	run(t, p.Run)
	ticket := sample("A0000")
	ticket.Kind = printer.Label
	body, err := printer.Encode(m, printer.Stock{}, ticket)
	if err != nil {
		t.Fatal(err)
	}
	done, copies := 0, 0
	for at = 0; at <= int64(len(body))+3; at += int64(stride(m)) {
		pickup := fmt.Sprintf("A%04d", at)
		v.Tear()
		armed = s.last + 1
		id := s.add(printer.Job{Printer: "bar", Kind: printer.Label, Pickup: pickup})
		switch s.waitFor(id, printer.Done, printer.Cancelled).State {
		case printer.Done:
			done++
		case printer.Cancelled:
			copies++
			s.waitFor(s.all()[len(s.all())-1].ID, printer.Done)
		}
		for _, lie := range lies(t, m, of(s.all(), pickup), v.Paper()) {
			t.Errorf("reset at byte %d: %s", at, lie)
		}
	}
	t.Logf("%d offsets: %d done at once, %d with a marked copy", done+copies, done, copies)
	if copies == 0 {
		t.Error("no reset did any harm: the test tests nothing")
	}
}

// A control: hosts that trust a finished write, or send again after an error, are caught by the same test.
func TestMatrixCatchesNaiveHosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		again bool // send again when the connection ends without an answer
		want  string
	}{{"trusting", false, "silent loss"}, {"insisting", true, "unmarked duplicate"}} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			v := virtual.New(virtual.ESCPOS, 384)
			run(t, func(ctx context.Context) error { return v.Run(ctx, ln) })
			ticket := sample("A1")
			ticket.Kind = printer.Label
			body, err := printer.Encode(printer.ESCPOS58, printer.Stock{}, ticket)
			if err != nil {
				t.Fatal(err)
			}
			caught := 0
			for at := range len(body) + 1 {
				v.Tear()
				naive(t, ln.Addr().String(), v, body, int64(at), c.again)
				jobs := []printer.Job{{ID: 1, Kind: printer.Label, Pickup: "A1", State: printer.Done}}
				for _, lie := range lies(t, printer.ESCPOS58, jobs, v.Paper()) {
					if strings.HasPrefix(lie, c.want) {
						caught++
					}
				}
			}
			if caught == 0 {
				t.Errorf("no %s found", c.want)
			}
			t.Logf("%d of %d", caught, len(body)+1)
		})
	}
}

// naive prints the way that loses and doubles tickets; the connection is reset at an offset of its first try.
func naive(t *testing.T, addr string, v *virtual.Printer, body []byte, at int64, again bool) {
	t.Helper()
	for try := range 2 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if !answers(conn, make([]byte, 600)) { // ends what the connection before left
			t.Fatal("no answer")
		}
		if try == 0 {
			v.DropAfter(at)
		}
		if answers(conn, body) || !again {
			return
		}
		conn.Close()
	}
}

// answers writes b and a fence and tells whether the fence came back.
func answers(conn net.Conn, b []byte) bool {
	if _, err := conn.Write(append(b[:len(b):len(b)], 0x1D, 'r', '1')); err != nil {
		return false
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	n, _ := conn.Read(make([]byte, 1))
	return n == 1
}
