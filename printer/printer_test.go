package printer_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/printer"
)

// inChild is set in a process that TestKill has started.
var inChild func()

func TestMain(m *testing.M) {
	if inChild != nil {
		inChild()
		return
	}
	os.Exit(m.Run())
}

// quick is a patience for tests over real sockets: short pauses, and time-outs so long that a busy machine does not
// reach them. What is about time-outs is tested in a bubble, with the patience shops have; see rig.
var quick = printer.Timing{
	Dial: 5 * time.Second, Answer: 5 * time.Second, Polls: 3, Poll: 3 * time.Millisecond, Blocked: 3 * time.Millisecond,
	Quiet:  5 * time.Millisecond,
	Settle: 3 * time.Millisecond, Stuck: 10 * time.Second, Buffer: 4096, FenceBase: 10 * time.Second, FenceSpeed: 1000,
	LateGrace: time.Second, Idle: 5 * time.Second, Look: 50 * time.Millisecond, RetryMin: time.Millisecond,
	RetryMax: 50 * time.Millisecond, HoldAfter: 15 * time.Minute, Farewell: 100 * time.Millisecond,
}

var printedAt = time.Date(2026, 2, 6, 12, 5, 0, 0, time.FixedZone("CST", 8*3600))

// sample is an order of two drinks.
func sample(pickup string) printer.Ticket {
	return printer.Ticket{
		Shop: "示范店", Channel: "美团", Pickup: pickup, Platform: "37", Order: "o-1", Fulfil: printer.Delivery,
		PlacedAt: printedAt, PromiseAt: printedAt.Add(25 * time.Minute), Cups: 3, Code: "c-" + pickup,
		Items: []printer.Item{
			{Qty: 2, Name: "珍珠奶茶", Options: []string{"大杯", "少冰", "半糖"}, Toppings: []string{"珍珠", "椰果"}, PriceFen: 3600},
			{Qty: 1, Name: "茉莉奶绿", Options: []string{"中杯", "去冰", "三分糖"}, Note: "不要吸管", PriceFen: 1500},
		},
		Note:   "放门口",
		Totals: &printer.Totals{TotalFen: 5100, PaidFen: 0, SubsidyFen: 5100},
	}
}

func render(_ context.Context, j printer.Job) (printer.Ticket, error) { return sample(j.Pickup), nil }

// start runs a printer until the test ends.
func start(t *testing.T, c printer.Config, s printer.Spool) *printer.Printer {
	t.Helper()
	p := newPrinter(c, s, render, quick)
	run(t, p.Run)
	return p
}

// newPrinter is a printer of a kind there is.
func newPrinter(c printer.Config, s printer.Spool, r printer.Render, timing printer.Timing) *printer.Printer {
	p, err := printer.New(c, s, r, time.Now, timing, nil)
	if err != nil {
		panic(err)
	}
	return p
}

func run(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("does not end")
		}
	})
}

var virtual58 = printer.Config{Name: "bar", Model: printer.ESCPOS58, Address: printer.Address{Scheme: "virtual"}, Reprint: true}

func TestPrintsAKitchenTicket(t *testing.T) {
	s := newSpool(t)
	p := start(t, virtual58, s)
	id := s.add(printer.Job{Printer: "bar", Kind: printer.Kitchen, Pickup: "A037"})
	s.waitFor(id, printer.Done)
	sheets := p.Virtual().Paper()
	if len(sheets) != 1 || !sheets[0].Cut {
		t.Fatalf("%d sheets, want one that is cut", len(sheets))
	}
	text := strings.Join(sheets[0].Text(), "\n")
	for _, want := range []string{"美团 #37 外卖", "A037", "2×珍珠奶茶", "大杯 / 少冰 / 半糖", "不要吸管", "承诺 12:30"} {
		if !strings.Contains(text, want) {
			t.Errorf("paper lacks %q:\n%s", want, text)
		}
	}
	if want := []string{"1 queued→sending", "1 sending→fenced", "1 fenced→done"}; !slices.Equal(s.moves, want) {
		t.Errorf("moves %v, want %v", s.moves, want)
	}
}

func config(m printer.Model) printer.Config {
	return printer.Config{Name: "bar", Model: m, Address: printer.Address{Scheme: "virtual"}, Reprint: true}
}
