package store

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A power cut is more than a kill: what the kernel holds and has not written is gone, too. These tests put the
// database on a disk of its own, a file with ext4, shut that file system down while orders come in, in the way
// that throws away what was not synced, and mount it again.

const (
	powerCuts     = 15 // in the ordinary run
	powerCutsLong = 100
	// powerDir and powerLoose are told to the process that takes orders: where, and whether loosely.
	powerDir, powerLoose = "WEIR_STORE_POWER", "WEIR_STORE_LOOSE"
)

// TestPowerScript is that process; it is no test by itself. It takes orders until the disk fails.
func TestPowerScript(t *testing.T) {
	dir := os.Getenv(powerDir)
	if dir == "" {
		t.Skip("is run by the tests below")
	}
	s, err := Open(context.Background(), dir, spacious(t), slog.New(slog.DiscardHandler), func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Run(context.Background()) }()
	if os.Getenv(powerLoose) != "" {
		err := s.onWriter(context.Background(), func(ctx context.Context, conn *sql.Conn) error {
			_, err := conn.ExecContext(ctx, `PRAGMA synchronous = NORMAL`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	say("%s", opened)
	for caller := range 4 {
		go func() {
			for i := 0; ; i++ {
				ref := fmt.Sprintf("%d-%d-%d", os.Getpid(), caller, i)
				if _, err := s.Do(context.Background(), place(ref)); err != nil {
					return
				}
				say("%s", ref)
			}
		}()
	}
	select {} // the test ends it
}

// disk is a file that is mounted.
type disk struct{ image, dir string }

func newDisk(t *testing.T) disk {
	t.Helper()
	d := disk{filepath.Join(t.TempDir(), "disk"), t.TempDir()}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(64 << 20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", d.image).CombinedOutput(); err != nil {
		t.Skipf("no ext4 can be made here: %v %s", err, out)
	}
	if err := d.mount(); err != nil {
		t.Skip("no disk can be mounted here: ", err)
	}
	t.Cleanup(func() { _ = d.unmount() }) // a failed test may have done it
	return d
}

func (d disk) mount() error {
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}

func (d disk) unmount() error {
	if out, err := exec.Command("umount", d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("umount: %w: %s", err, out)
	}
	return nil
}

// cut takes the power from the disk: EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH, linux/include/uapi/linux/ext4.h.
func (d disk) cut() error {
	const shutdown, noLogFlush = 0x8004587d, 2
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := uint32(noLogFlush)
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); e != 0 {
		return fmt.Errorf("shut the file system down: %w", e)
	}
	return nil
}

// takeOrders lets a process of its own take orders on the disk for a while, cuts the power, and returns what was
// acknowledged before. What is said while the kernel shuts the file system down does not count: a sync that is
// under way then may end well without being done, where the light would have gone out before the answer.
func (d disk) takeOrders(t *testing.T, lasts time.Duration, env ...string) (acknowledged []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPowerScript$", "-test.count=1")
	cmd.Env = append(append(os.Environ(), powerDir+"="+filepath.Join(d.dir, "data")), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var cut atomic.Bool
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said, ok := strings.CutPrefix(lines.Text(), "said: ")
		switch {
		case !ok:
			t.Fatalf("the process that takes orders: %s", lines.Text())
		case said == opened:
			time.AfterFunc(lasts, func() {
				cut.Store(true)
				if err := d.cut(); err != nil {
					t.Error(err)
				}
				cancel()
			})
		case !cut.Load():
			acknowledged = append(acknowledged, said)
		}
	}
	_ = cmd.Wait() // it was killed
	return acknowledged
}

// lost mounts the disk again and returns what was acknowledged and is not there.
func (d disk) lost(t *testing.T, acknowledged []string) (lost []string) {
	t.Helper()
	if err := d.unmount(); err != nil {
		t.Fatal(err)
	}
	if err := d.mount(); err != nil {
		t.Fatal(err)
	}
	s, stop := running(t, filepath.Join(d.dir, "data"))
	defer stop()
	for _, ref := range acknowledged {
		if _, err := s.OrderByRef(t.Context(), "shangou", ref); err != nil {
			lost = append(lost, ref)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("after the power came back: %v", err)
	}
	return lost
}

// The power goes, again and again, on the same disk: no acknowledged order is lost, and the file is sound. With
// synchronous=NORMAL, which many programs run with, orders are lost: that is the control.
func TestThePowerGoes(t *testing.T) {
	if raced {
		t.Skip("runs without the race detector")
	}
	cuts := powerCuts
	if long() {
		cuts = powerCutsLong
	}
	random := rand.New(rand.NewPCG(7, 8))
	while := func() time.Duration { return time.Duration(random.IntN(int(200 * time.Millisecond))) }

	d := newDisk(t)
	var all []string
	for i := range cuts {
		all = append(all, d.takeOrders(t, while())...)
		if lost := d.lost(t, all); len(lost) > 0 {
			t.Fatalf("cut %d: of %d acknowledged orders %d are lost: %s", i+1, len(all), len(lost), lost)
		}
	}
	if len(all) < 10*cuts {
		t.Errorf("only %d orders were acknowledged in %d cuts: this test proves little", len(all), cuts)
	}

	loose := newDisk(t)
	gone, sent := 0, 0
	for range 3 {
		said := loose.takeOrders(t, while()+50*time.Millisecond, powerLoose+"=1")
		sent += len(said)
		gone += len(loose.lost(t, said))
	}
	if gone == 0 {
		t.Errorf("with synchronous=NORMAL none of %d acknowledged orders was lost: the cut is no cut", sent)
	}
	t.Logf("%d cuts, %d orders acknowledged, 0 lost; with synchronous=NORMAL %d of %d", cuts, len(all), gone, sent)
}
