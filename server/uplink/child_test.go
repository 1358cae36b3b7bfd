package uplink

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"weir/server/store"
	"weir/shop"
	"weir/shop/door"
	"weir/shop/shopfile"
	"weir/shop/try"
	"weir/shop/wire"
)

// A child is a shop in a process of its own, to be killed. It is this test program, started with the
// environment below.
const (
	childDir    = "WEIR_CHILD_DIR"
	childBroker = "WEIR_CHILD_BROKER"
	childMode   = "WEIR_CHILD_MODE"
)

// What a child does with orders.
const (
	modePlain     = "plain"       // takes them
	modeStuck     = "stuck"       // never comes to the commit
	modeAckBefore = "stuck-acked" // the same, and acknowledges before: the mistake that must show
)

// runChild is the child's main. It says on stdout what happens, and runs until it is killed.
func runChild() error {
	ctx := context.Background()
	config, err := shopfile.Demo()
	if err != nil {
		return err
	}
	clock := try.Running()
	s, err := store.Open(ctx, os.Getenv(childDir), config, slog.New(slog.DiscardHandler), clock.Now)
	if err != nil {
		return err
	}
	go s.Run(ctx)
	remote, err := ParseURL(os.Getenv(childBroker))
	if err != nil {
		return err
	}
	mode := os.Getenv(childMode)
	log := slog.New(slog.DiscardHandler)
	way := door.New(door.Config{Shop: told{s, mode}, Now: clock.Now, Log: log})
	u := New(Config{Shop: s, Door: way, Remote: remote, Reporter: wire.NewReporter(nil), Now: clock.Now, Log: log})
	if mode == modeAckBefore {
		u.inbox.do = func(ctx context.Context, r *request) {
			r.message.Ack()
			u.carryOut(ctx, r)
		}
	}
	go func() {
		for told := (time.Time{}); ; time.Sleep(5 * time.Millisecond) { // between two looks
			if s := u.Status(); s.Connected && s.Since != told {
				told = s.Since
				fmt.Println("connected")
			}
		}
	}()
	return u.Run(ctx)
}

// told is a shop that says when it is asked for an order, and may never answer.
type told struct {
	*store.Store
	mode string
}

func (s told) Do(ctx context.Context, c shop.Command) (shop.Result, error) {
	order, isOrder := c.(shop.Place)
	if isOrder && s.mode != modePlain {
		fmt.Println("asked", order.Draft.Ref)
		time.Sleep(time.Hour) // until it is killed
	}
	return s.Store.Do(ctx, c)
}

// child is a running one.
type child struct {
	t       *testing.T
	process *exec.Cmd
	lines   chan string
}

func startChild(t *testing.T, dir, broker, mode string) *child {
	t.Helper()
	c := &child{t: t, process: exec.Command(os.Args[0]), lines: make(chan string, 100)}
	c.process.Env = append(os.Environ(), childDir+"="+dir, childBroker+"="+broker, childMode+"="+mode)
	c.process.Stderr = os.Stderr
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.lines <- lines.Text()
		}
		close(c.lines)
	}()
	t.Cleanup(c.kill)
	return c
}

// says waits for a line that begins so.
func (c *child) says(want string) {
	c.t.Helper()
	for deadline := time.After(try.Patience); ; {
		select {
		case line, ok := <-c.lines:
			if !ok {
				c.t.Fatalf("the child ended before it said %q", want)
			}
			if strings.HasPrefix(line, want) {
				return
			}
		case <-deadline:
			c.t.Fatalf("the child does not say %q", want)
		}
	}
}

// kill is kill -9.
func (c *child) kill() {
	if c.process == nil {
		return
	}
	c.process.Process.Kill()
	for range c.lines {
	}
	c.process.Wait()
	c.process = nil
}
