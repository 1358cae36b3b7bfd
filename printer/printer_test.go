package printer_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/printer"
)

// quick is a patience for tests: printers here answer at once or not at all.
var quick = printer.Timing{
	Dial: 2 * time.Second, Answer: 150 * time.Millisecond, Polls: 3, Poll: 20 * time.Millisecond, Quiet: 20 * time.Millisecond,
	Settle: 20 * time.Millisecond, Stuck: 500 * time.Millisecond, Look: 50 * time.Millisecond, FenceBase: 300 * time.Millisecond, FenceSpeed: 10_000, LateGrace: 500 * time.Millisecond, Idle: 5 * time.Second,
	RetryMin: 10 * time.Millisecond, RetryMax: 50 * time.Millisecond, HoldAfter: 15 * time.Minute, Farewell: 100 * time.Millisecond,
}

var noon = time.Date(2026, 2, 6, 12, 5, 0, 0, time.FixedZone("CST", 8*3600))

// sample is an order of two drinks.
func sample(pickup string) printer.Ticket {
	return printer.Ticket{
		Shop: "示范店", Channel: "美团", Pickup: pickup, Platform: "37", Order: "o-1", Fulfil: printer.Delivery,
		PlacedAt: noon, PromiseAt: noon.Add(25 * time.Minute), Cups: 3, Code: "c-" + pickup,
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
	p := printer.New(c, s, render, time.Now, quick, nil)
	run(t, p.Run)
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
