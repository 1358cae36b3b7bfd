// Package testshop is the shop that tests use: the demo shop on a real database, and platforms at its broker.
// Only tests import it.
package testshop

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/shopfile"
	"weir/shop/try"
)

// Shop is a running store of the demo shop.
type Shop struct {
	*store.Store
	Clock *try.Clock
	Dir   string
	Stop  func() // ends the store and closes its file, once; the end of the test does it too
}

// Setup says how a shop differs from the demo shop that opens at noon in a new directory. The zero value is that shop.
type Setup struct {
	Dir    string             // of an earlier shop, to open it again
	Clock  *try.Clock         // nil: one that stands still
	Now    func() time.Time   // nil: what the clock says
	Log    *slog.Logger       // nil: nothing is logged
	Change func(*shop.Config) // nil: as shop.yaml of the demo says
}

// Open opens a shop and runs it until the end of the test.
func Open(t testing.TB, s Setup) *Shop {
	t.Helper()
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	if s.Clock == nil {
		s.Clock = &try.Clock{}
	}
	if s.Now == nil {
		s.Now = s.Clock.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	config := Config(t)
	if s.Change != nil {
		s.Change(config)
	}
	opened, err := store.Open(t.Context(), s.Dir, config, s.Log, s.Now)
	if err != nil {
		t.Fatal(err)
	}
	end := try.Run(t, opened.Run)
	stop := sync.OnceFunc(func() {
		end()
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return &Shop{Store: opened, Clock: s.Clock, Dir: s.Dir, Stop: stop}
}

// Config is the demo shop as its shop.yaml says.
func Config(t testing.TB) *shop.Config {
	t.Helper()
	config, err := shopfile.Demo()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// TenToTen opens a shop from ten to ten, so that a test may let hours pass.
func TenToTen(c *shop.Config) { c.Open, c.Close = 10*time.Hour, 22*time.Hour }

// Roomy gives a shop room for any number of orders.
func Roomy(c *shop.Config) {
	c.Settings.Staff = map[string]int{"tea": 1e4, "shake": 1e4, "seal": 1e4}
	c.Settings.ShelfMax = 0
}

// Must carries out commands that have to succeed, and returns the result of the last.
func (s *Shop) Must(t testing.TB, commands ...shop.Command) (last shop.Result) {
	t.Helper()
	for _, c := range commands {
		var err error
		if last, err = s.Do(t.Context(), c); err != nil {
			t.Fatalf("%#v: %v", c, err)
		}
	}
	return last
}

// Pass lets time pass, and tells the shop.
func (s *Shop) Pass(t testing.TB, d time.Duration) {
	t.Helper()
	s.Clock.Move(d)
	s.Must(t, shop.Tick{})
}

// Order is the body of an order of one cup that the platform subsidises with 15 yuan.
func Order(ref string) string {
	return fmt.Sprintf(`{"ref":%q,"items":[{"item":"jasmine-milk-tea","qty":1}],"totals":{"total_fen":1500,"paid_fen":0,`+
		`"subsidy_fen":1500}}`, ref)
}
