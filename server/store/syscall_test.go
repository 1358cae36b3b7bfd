package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/shop"
)

// The proofs of this file run a script of orders in a process of its own under strace, which kills it or makes the
// disk fail at a chosen system call. What the process said before it ended is the ledger that the rows are held
// against.

// scriptDir names the data directory to the process that runs the script.
const scriptDir = "WEIR_STORE_SCRIPT"

// scriptOrders is how many orders the script places. The same calls come again with each, so a few are all there is.
const scriptOrders = 4

// ordersScript is the test that runs the script of orders.
const ordersScript = "TestScript"

// TestScript is that process; it is no test by itself. Everything that writes happens on one thread, because strace
// counts the calls of each thread apart.
func TestScript(t *testing.T) {
	dir := os.Getenv(scriptDir)
	if dir == "" {
		t.Skip("is run by the tests below")
	}
	runtime.LockOSThread()
	s, err := Open(context.Background(), dir, spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return noon })
	if err != nil {
		say("cannot open: %v", err)
		return
	}
	say("%s", opened)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		script(s)
	}()
	if err := s.Run(ctx); err != nil {
		say("cannot run: %v", err)
	}
	say("end %v", s.Close())
}

// opened is said when the database is made and the shop begins.
const opened = "opened"

// script is a short life of a shop.
func script(s *Store) {
	ctx := context.Background()
	for i := range scriptOrders {
		ref := fmt.Sprint("r", i)
		r, err := s.Do(ctx, place(ref))
		tell("place", ref, r, err)
		if err != nil {
			continue
		}
		switch i {
		case 0:
			r, err = s.Do(ctx, shop.Handover{By: "tablet", Order: r.Order.ID, Made: true})
			tell("hand", ref, r, err)
		case 1:
			r, err = s.Do(ctx, shop.Cancel{Channel: "shangou", Ref: ref})
			tell("cancel", ref, r, err)
		case 2:
			err = s.onWriter(ctx, func(ctx context.Context, conn *sql.Conn) error {
				_, err := conn.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
				return err
			})
			say("checkpoint %v", err)
		}
	}
	err := s.Check(ctx)
	say("check %v", err)
}

// say writes a line for the parent at once: a process that is killed has no time to flush.
func say(format string, args ...any) { fmt.Fprintf(os.Stdout, "said: "+format+"\n", args...) }

// tell says what the caller of a command was told.
func tell(what, ref string, r shop.Result, err error) {
	var refusal *shop.Error
	switch {
	case err == nil:
		say("%s %s %s %d", what, ref, accepted, r.Order.ID)
	case errors.As(err, &refusal) && refusal.Unknown:
		say("%s %s %s 0", what, ref, unknown)
	default:
		say("%s %s %s 0 %v", what, ref, refused, err)
	}
}

// TestKilledAtAnyWrite kills the process at every single write of the script. Most writes make the database, which
// is SQLite's business alone: the ordinary run tries a few of those, and every other one of the shop's.
func TestKilledAtAnyWrite(t *testing.T) {
	needStrace(t)
	making, all := countCalls(t, ordersScript, "pwrite64")
	eachCall(t, making, all, 13, 2, func(t *testing.T, n int) {
		dir := t.TempDir()
		said, killed := underStrace(t, ordersScript, dir, fmt.Sprintf("pwrite64:signal=SIGKILL:when=%d", n))
		if !killed {
			t.Fatalf("the script outlived write %d: %q", n, said)
		}
		hold(t, dir, said)
	})
}

// TestTheDiskFails makes writes and syncs fail, once and from one on. The shop goes on or says that it cannot; it
// never says what is not so.
func TestTheDiskFails(t *testing.T) {
	needStrace(t)
	for _, fault := range []struct {
		call, error string
		step        int // of the ordinary run
	}{
		{"fsync", "EIO", 1}, {"pwrite64", "ENOSPC", 13}, {"pwrite64", "EIO", 29},
	} {
		making, all := countCalls(t, ordersScript, fault.call)
		for _, on := range []string{"", "+"} {
			t.Run(fault.call+" "+fault.error+on, func(t *testing.T) {
				eachCall(t, making, all, 5*fault.step, fault.step, func(t *testing.T, n int) {
					dir := t.TempDir()
					said, killed := underStrace(t, ordersScript, dir, fmt.Sprintf("%s:error=%s:when=%d%s", fault.call, fault.error, n, on))
					if killed {
						t.Fatalf("the process crashed: %q", said)
					}
					survived(t, said, on == "")
					hold(t, dir, said)
				})
			})
		}
	}
}

// survived judges what was said beside a disk that fails, once or for good.
func survived(t *testing.T, said []string, once bool) {
	t.Helper()
	unknowns := 0
	for _, line := range said {
		if strings.HasPrefix(line, "cannot open: ") {
			return // nothing was promised
		}
		if strings.Contains(line, string(unknown)) {
			unknowns++
		}
		if strings.HasPrefix(line, "check ") && line != "check <nil>" {
			t.Errorf("beside a failing disk: %s", line)
		}
	}
	if once && unknowns > 1 {
		t.Errorf("one failure of the disk spoiled %d commands: %q", unknowns, said)
	}
}

// TestTheScriptsLedgerCanFail is the control: what was never stored is missed.
func TestTheScriptsLedgerCanFail(t *testing.T) {
	s, _ := running(t, t.TempDir())
	if _, err := s.Do(t.Context(), place("r0")); err != nil {
		t.Fatal(err)
	}
	for _, lie := range []string{"place r1 accepted 2", "place r0 accepted 7", "hand r0 accepted 1", "cancel r0 accepted 1",
		"place r0 refused 0"} {
		if err := contradiction(t.Context(), s, []string{lie}); err == nil {
			t.Errorf("%q is not so, and was not noticed", lie)
		}
	}
	if err := contradiction(t.Context(), s, []string{"place r0 accepted 1", "place r1 unknown 0"}); err != nil {
		t.Errorf("the truth was not believed: %v", err)
	}
}

// hold holds the rows against what was said, and then sends everything again, as a platform would.
func hold(t *testing.T, dir string, said []string) {
	t.Helper()
	s, _ := running(t, dir)
	if err := contradiction(t.Context(), s, said); err != nil {
		t.Errorf("%v; it said %q", err, said)
	}
	for i := range scriptOrders {
		if _, err := s.Do(t.Context(), place(fmt.Sprint("r", i))); err != nil {
			t.Errorf("sending r%d again: %v", i, err)
		}
	}
	if err := contradiction(t.Context(), s, said); err != nil {
		t.Errorf("after sending all again: %v; it said %q", err, said)
	}
	if n := s.Snapshot().Counters.Order; n != scriptOrders {
		t.Errorf("%d orders for %d refs", n, scriptOrders)
	}
}

// contradiction is the first thing said that the rows deny, or the first thing wrong in them.
func contradiction(ctx context.Context, s *Store, said []string) error {
	for _, line := range said {
		var what, ref, word string
		var id shop.OrderID
		if n, _ := fmt.Sscan(line, &what, &ref, &word); n < 3 || !strings.HasPrefix(ref, "r") || verdict(word) == unknown {
			continue // no command, or nothing promised
		}
		if verdict(word) == refused {
			return fmt.Errorf("a failing disk is no refusal: %s", line)
		}
		if _, err := fmt.Sscanf(line, what+" "+ref+" "+word+" %d", (*int64)(&id)); err != nil {
			return fmt.Errorf("read %q: %w", line, err)
		}
		if err := held(ctx, s, what, ref, id); err != nil {
			return fmt.Errorf("%q is not so: %w", line, err)
		}
	}
	if err := feedGap(ctx, s); err != nil {
		return err
	}
	if err := oneTicketEach(ctx, s); err != nil {
		return err
	}
	return s.Check(ctx)
}

// held compares one order with what was said of it.
func held(ctx context.Context, s *Store, what, ref string, id shop.OrderID) error {
	o, err := s.OrderByRef(ctx, "shangou", ref)
	if err != nil {
		return err
	}
	want := place(ref).Draft
	switch {
	case o.ID != id || o.Lines[0].Qty != want.Lines[0].Qty || o.Customer.Name != want.Customer.Name || *o.Totals != *want.Totals:
		return fmt.Errorf("order %+v", o)
	case what == "hand" && o.State() != shop.OrderHanded, what == "cancel" && o.State() != shop.OrderCancelled:
		return fmt.Errorf("order %s is %s", o.ID, o.State())
	}
	return nil
}

// feedGap looks for a number that is missing in the channel's feed.
func feedGap(ctx context.Context, s *Store) error {
	entries, err := s.Feed(ctx, "shangou", 0, 1000)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if e.Feed != uint64(i+1) {
			return fmt.Errorf("event %d of the feed has number %d", i+1, e.Feed)
		}
	}
	if last := s.Snapshot().Counters.Feeds["shangou"]; last != uint64(len(entries)) {
		return fmt.Errorf("%d events in the feed, the counter says %d", len(entries), last)
	}
	return nil
}

// oneTicketEach looks for an order without a ticket, or with two.
func oneTicketEach(ctx context.Context, s *Store) error {
	return eachRow(ctx, s.read, `SELECT orders.id, count(job.id) FROM orders LEFT JOIN job ON job.order_id = orders.id GROUP BY 1 HAVING `+
		`count(job.id) <> 1`,
		func(rows *sql.Rows) error {
			var order, tickets int64
			if err := rows.Scan(&order, &tickets); err != nil {
				return err
			}
			return fmt.Errorf("order %d has %d tickets", order, tickets)
		})
}

// long is the long run: every call instead of a choice.
func long() bool { return os.Getenv("WEIR_LONG") == "1" }

func needStrace(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("runs without the race detector")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed: apt install strace")
	}
}

// eachCall runs a test for the calls of the script, as many at a time as there are processors: for all in the long
// run, else for every step of those that make the database and every step of the rest.
func eachCall(t *testing.T, making, all, makingStep, step int, test func(t *testing.T, n int)) {
	t.Helper()
	if making < 1 || all <= making {
		t.Fatalf("the script made %d calls, %d of them to make the database", all, making)
	}
	if long() {
		makingStep, step = 1, 1
	}
	places := make(chan struct{}, runtime.NumCPU())
	for n, next := 1, 0; n <= all; n = next {
		if next = n + step; n < making {
			next = min(n+makingStep, making)
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			places <- struct{}{}
			defer func() { <-places }()
			test(t, n)
		})
	}
}

// countCalls runs a script undisturbed and counts its calls of one kind: those that make the database, and all.
func countCalls(t *testing.T, script, call string) (making, all int) {
	t.Helper()
	said, _, calls := traced(t, script, t.TempDir(), call+",write", "")
	if last := said[len(said)-1]; last != "end <nil>" {
		t.Fatalf("the script does not even run undisturbed: %q", said)
	}
	before, after, _ := strings.Cut(calls, opened)
	making = strings.Count(before, call+"(")
	return making, making + strings.Count(after, call+"(")
}

// underStrace runs the script on a directory with something injected. It returns what the script said and whether
// it was killed.
func underStrace(t *testing.T, script, dir, inject string) (said []string, killed bool) {
	t.Helper()
	call, _, _ := strings.Cut(inject, ":")
	said, killed, _ = traced(t, script, dir, call, inject)
	return said, killed
}

// traced runs a script under strace and returns the calls that it saw, too.
func traced(t *testing.T, script, dir, call, inject string) (said []string, killed bool, calls string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log := filepath.Join(t.TempDir(), "calls")
	args := []string{"-f", "-qq", "-o", log, "-e", "trace=" + call}
	if inject != "" {
		args = append(args, "-e", "inject="+inject)
	}
	if !strings.Contains(inject, "signal=") {
		args = append(args, "--seccomp-bpf") // twice as fast, but it sends no signals
	}
	cmd := exec.CommandContext(ctx, "strace", append(args, os.Args[0], "-test.run=^"+script+"$", "-test.count=1")...)
	cmd.Env = append(os.Environ(), scriptDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		t.Fatalf("%s: the script hangs after %s", inject, out)
	}
	for line := range strings.Lines(string(out)) {
		if line, ok := strings.CutPrefix(strings.TrimSpace(line), "said: "); ok {
			said = append(said, line)
		}
	}
	text, readErr := os.ReadFile(log)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == -1 {
		return said, true, string(text)
	}
	if err != nil {
		t.Fatalf("%s: the script failed: %v\n%s", inject, err, out)
	}
	return said, false, string(text)
}
