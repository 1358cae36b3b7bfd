package printer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// How many bad days are lived through for each kind of printer, and with WEIR_LONG set.
const (
	storms     = 40
	stormsLong = 400
)

// A bad day: jobs arrive while paper ends, covers open, connections break, fences are lost or late, the printer stalls
// or is switched off, the storage fails and the worker is started anew, in any order. When everything is mended,
// nothing that is called done is missing, and nothing is there twice without a mark.
func TestStorm(t *testing.T) {
	t.Parallel()
	days := storms
	if os.Getenv("WEIR_LONG") != "" {
		days = stormsLong
	}
	for _, m := range printer.Models() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			count := map[printer.State]int{}
			for seed := range days {
				synctest.Test(t, func(t *testing.T) { storm(t, m, rand.New(rand.NewPCG(uint64(seed), 1)), count) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			t.Logf("%d days: %v", days, count)
			if count[printer.Done] == 0 || count[printer.Cancelled] == 0 {
				t.Error("the weather was too good, or too bad")
			}
		})
	}
}

func storm(t *testing.T, m printer.Model, r *rand.Rand, count map[printer.State]int) {
	rig := newRig(t, m)
	storageDown := false // read and written with the spool's lock held
	rig.s.fault = func(printer.Move) error {
		if storageDown {
			return errors.New("disk full")
		}
		return nil
	}
	stop := rig.begin(t)
	for job := range 12 {
		rig.add(printer.Label, fmt.Sprintf("A%03d", job))
		time.Sleep(time.Duration(r.IntN(8000)) * time.Millisecond)
		switch r.IntN(12) {
		case 0:
			rig.fault(func(f *virtual.Faults) { f.PaperOut = !f.PaperOut })
		case 1:
			rig.fault(func(f *virtual.Faults) { f.CoverOpen = !f.CoverOpen })
		case 2:
			rig.fault(func(f *virtual.Faults) { f.PaperLines = 1 + r.IntN(20) })
		case 3:
			rig.fault(func(f *virtual.Faults) { f.Stall = !f.Stall })
		case 4:
			rig.fault(func(f *virtual.Faults) { f.LoseFences = r.IntN(3) })
		case 5:
			rig.fault(func(f *virtual.Faults) { f.Slow = time.Duration(r.IntN(30)) * time.Second })
		case 6:
			rig.fault(func(f *virtual.Faults) { f.Refuse = !f.Refuse })
		case 7, 8:
			rig.v.DropAfter(int64(r.IntN(1500)))
		case 9:
			rig.fault(func(f *virtual.Faults) { f.Forget = !f.Forget })
		case 10:
			stop()
			rig.restart()
			stop = rig.begin(t)
		case 11:
			rig.s.mu.Lock()
			storageDown = !storageDown
			rig.s.mu.Unlock()
		}
	}
	rig.fault(func(f *virtual.Faults) { *f = virtual.Faults{} })
	rig.s.mu.Lock()
	storageDown = false
	rig.s.mu.Unlock()
	time.Sleep(30 * time.Minute)
	stop()
	jobs := rig.s.all()
	for job := range 12 {
		mine := of(rig.s.all(), fmt.Sprintf("A%03d", job))
		for _, lie := range lies(t, m, mine, rig.v.Paper()) {
			t.Errorf("%s\nmoves %v", lie, rig.s.moves)
		}
	}
	for _, j := range jobs {
		count[j.State]++
	}
}

// begin runs the rig's worker until the function it returns is called.
func (r *rig) begin(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
