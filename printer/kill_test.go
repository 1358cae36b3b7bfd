//go:build unix

package printer_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weir/printer"
	"weir/printer/virtual"
)

// The child process of TestKill is this test binary with these variables set.
const (
	envSpool = "WEIR_PRINTER_TEST_SPOOL" // file of the spool
	envAddr  = "WEIR_PRINTER_TEST_ADDR"  // of the virtual printer
	envModel = "WEIR_PRINTER_TEST_MODEL"
	envKill  = "WEIR_PRINTER_TEST_KILL" // die at so many-th point: before and after each write of the spool; 0: live
)

func init() {
	if file := os.Getenv(envSpool); file != "" {
		inChild = func() { child(file) }
	}
}

// child prints what is in the spool and ends when nothing is left to do.
func child(file string) {
	kill, err := strconv.Atoi(os.Getenv(envKill))
	if err != nil {
		panic(err)
	}
	s, err := openSpool(file, kill)
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.empty = cancel
	c := printer.Config{
		Name: "bar", Model: printer.Model(os.Getenv(envModel)), Reprint: true,
		Address: printer.Address{Scheme: "tcp", Where: os.Getenv(envAddr)},
	}
	if err := newPrinter(c, s, render, quick).Run(ctx); err != nil {
		panic(err)
	}
}

// fileSpool keeps jobs in a file, a line for each change, on disk before a change is answered.
type fileSpool struct {
	mu    sync.Mutex
	file  *os.File
	jobs  map[int64]printer.Job
	bell  chan struct{}
	kill  int
	empty func()
}

func openSpool(name string, kill int) (*fileSpool, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &fileSpool{file: f, jobs: map[int64]printer.Job{}, bell: make(chan struct{}), kill: kill}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var changed []printer.Job
		if json.Unmarshal(lines.Bytes(), &changed) != nil {
			break // the process died in the middle of this line: it was never answered
		}
		for _, j := range changed {
			s.jobs[j.ID] = j
		}
	}
	return s, nil
}

// point is where the process may die.
func (s *fileSpool) point() {
	if s.kill--; s.kill == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (s *fileSpool) put(changed ...printer.Job) error {
	line, err := json.Marshal(changed)
	if err != nil {
		return err
	}
	s.point()
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.point()
	for _, j := range changed {
		s.jobs[j.ID] = j
	}
	close(s.bell)
	s.bell = make(chan struct{})
	return nil
}

func (s *fileSpool) Bell() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bell
}

func (s *fileSpool) Jobs(string) []printer.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.sorted()
	open = slices.DeleteFunc(open, func(j printer.Job) bool { return !j.State.Open() })
	if !slices.ContainsFunc(open, func(j printer.Job) bool { return j.State != printer.Unconfirmed || j.Reprint == 0 }) && s.empty != nil {
		s.empty()
	}
	return open
}

func (s *fileSpool) sorted() []printer.Job {
	var all []printer.Job
	for _, j := range s.jobs {
		all = append(all, j)
	}
	slices.SortFunc(all, func(a, b printer.Job) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func (s *fileSpool) Move(_ context.Context, m printer.Move) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[m.Job]
	if j.State != m.From {
		return printer.ErrStale
	}
	j.State, j.Reason = m.To, m.Reason
	return s.put(j)
}

func (s *fileSpool) Reprint(_ context.Context, _ string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[id]
	if j.State != printer.Unconfirmed || j.Reprint > 0 {
		return printer.ErrStale
	}
	copied := j
	j.State, j.Reason = printer.Cancelled, printer.ReasonReprinted
	copied.ID, copied.Reprint, copied.State, copied.Reason = int64(len(s.jobs)+1), 1, printer.Queued, printer.ReasonNone
	return s.put(j, copied)
}

// The process is killed before and after every write of its spool, again and again, and started anew.
func TestKill(t *testing.T) {
	if raced {
		t.Skip("runs without the race detector")
	}
	t.Parallel()
	for _, m := range printer.Models() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			v := virtual.New(decoders[m].lang, decoders[m].dots)
			run(t, func(ctx context.Context) error { return v.Run(ctx, ln) })
			died := 0
			for kill := 1; ; kill++ {
				v.Tear()
				if !killed(t, m, v, ln.Addr().String(), kill) {
					break
				}
				died++
			}
			if died < 6 {
				t.Errorf("died at %d points only", died)
			}
		})
	}
}

// killed prints two labels in a process that is killed at a point, then in one that is not. It tells whether the first died.
func killed(t *testing.T, m printer.Model, v *virtual.Printer, addr string, kill int) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spool")
	s, err := openSpool(file, 0)
	if err != nil {
		t.Fatal(err)
	}
	for id, pickup := range []string{"A1", "B2"} {
		if err := s.put(printer.Job{
			ID: int64(id + 1), Printer: "bar", Kind: printer.Label, Pickup: pickup, State: printer.Queued, DueAt: time.Now(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	err = spawn(t, m, file, addr, kill)
	if err == nil {
		return false
	}
	if err := spawn(t, m, file, addr, 0); err != nil {
		t.Fatal(err)
	}
	after, err := openSpool(file, 0)
	if err != nil {
		t.Fatal(err)
	}
	jobs := after.sorted()
	for _, pickup := range []string{"A1", "B2"} {
		for _, lie := range lies(t, m, of(slices.Clone(jobs), pickup), v.Paper()) {
			t.Errorf("killed at point %d: %s: %s", kill, pickup, lie)
		}
	}
	return true
}

// spawn runs the child and returns nil if it ended by itself, an error if it was killed as planned.
func spawn(t *testing.T, m printer.Model, file, addr string, kill int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), envSpool+"="+file, envAddr+"="+addr, envModel+"="+string(m), fmt.Sprintf("%s=%d", envKill, kill))
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case kill > 0 && ctx.Err() == nil && errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return err
	}
	t.Fatalf("child: %v\n%s", err, out.String())
	return nil
}
