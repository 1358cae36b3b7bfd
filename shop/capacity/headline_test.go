package capacity

import (
	"testing"
)

// simulated leaves a test out of a short run: it simulates hours, second by second, and takes most of this package's time.
func simulated(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("simulates hours")
	}
}

// days adds up some days.
func days(cfg dayConfig, n uint64) (sum dayResult) {
	for cfg.seed = range n {
		r := runDay(cfg)
		sum.made += r.made
		sum.kept += r.kept
		sum.told += r.told
		sum.late += r.late
		sum.over += r.over
		sum.bare += r.bare
		sum.slots += r.slots
		sum.covered += r.covered
		sum.quoted += r.quoted
	}
	return sum
}

func (r dayResult) lateShare() float64 { return float64(r.late) / float64(r.kept+r.told+r.late) }
func (r dayResult) keptShare() float64 { return float64(r.kept) / float64(r.kept+r.told+r.late) }

func TestTheDayOf1400Cups(t *testing.T) {
	simulated(t)
	sum := days(dayConfig{accept: 1}, 10)
	share := sum.made / days(dayConfig{acceptAll: true}, 10).made
	coverage := float64(sum.covered) / float64(sum.quoted)
	t.Logf("%.4f of the bound, kept %.4f, late %.4f, coverage %.3f, %d orders in slots", share, sum.keptShare(), sum.lateShare(), coverage,
		sum.slots/10)
	switch {
	case sum.over > 0:
		t.Errorf("I1: %d orders accepted over the budget", sum.over)
	case sum.bare > 0:
		t.Errorf("%d orders were refused the slot they had been offered", sum.bare)
	case share < 0.98 || sum.keptShare() < 0.99:
		t.Errorf("made %.4f of the bound, want 0.98; kept %.4f, want 0.99", share, sum.keptShare())
	case coverage < 0.87 || coverage > 0.93:
		t.Errorf("coverage of P90: %.3f", coverage)
	}
	if blind := days(dayConfig{accept: 1, blind: true}, 3); blind.keptShare() > 0.97 {
		t.Errorf("control: without looking ahead %.3f of the promises are kept, so the day proves nothing", blind.keptShare())
	}
}

func TestADayWhenTheCrewWanders(t *testing.T) {
	simulated(t)
	if sum := days(dayConfig{accept: 1, drift: 0.1}, 10); sum.keptShare() < 0.96 || sum.over > 0 {
		t.Errorf("kept %.4f, over %d", sum.keptShare(), sum.over)
	}
}

func TestADayWhenSomebodyLeaves(t *testing.T) {
	simulated(t)
	told := days(dayConfig{accept: 1, leaves: 3, told: true}, 5)
	if told.lateShare() > 0.03 {
		t.Errorf("the shop was told, and %.4f are late", told.lateShare())
	}
	if silent := days(dayConfig{accept: 1, leaves: 3}, 3); silent.lateShare() < 0.05 {
		t.Errorf("control: nobody told the shop, and only %.4f are late", silent.lateShare())
	}
}

func TestADayIsRestartedAnywhere(t *testing.T) {
	simulated(t)
	events := 0
	runDay(dayConfig{seed: 1, accept: 1, drift: 0.1, check: func(d *day) {
		if events++; events%400 != 0 {
			return
		}
		var orders []Order
		for _, o := range d.orders {
			orders = append(orders, o.state)
		}
		if again := restart(t, d.b, orders); !again.Equal(d.b) {
			t.Fatalf("after %d events not the same book:\n%+v\n%+v", events, d.b, again)
		}
	}})
	if events < 5000 {
		t.Errorf("only %d events", events)
	}
}

func BenchmarkDay(b *testing.B) {
	for b.Loop() {
		runDay(dayConfig{seed: 1, accept: 1})
	}
}
