package printer_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"weir/printer"
	"weir/printer/virtual"
)

// cable is a pseudo-terminal: a device file on our side, on the other a virtual printer, as if at /dev/usb/lp0.
type cable struct {
	*os.File
	once sync.Once
	used chan struct{}
}

func plugIn(t *testing.T, lang *virtual.Language, dots int) (device string, v *virtual.Printer, unplug func()) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	var unlock, number int32
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	device = filepath.Join("/dev/pts", strconv.Itoa(int(number)))
	raw, err := os.OpenFile(device, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	var mode syscall.Termios
	ioctl(t, raw, syscall.TCGETS, unsafe.Pointer(&mode))
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	mode.Cc[syscall.VMIN] = 1
	ioctl(t, raw, syscall.TCSETS, unsafe.Pointer(&mode))
	c := &cable{File: master, used: make(chan struct{})}
	v = virtual.New(lang, dots)
	run(t, func(ctx context.Context) error { return v.Run(ctx, c) })
	return device, v, func() { master.Close() }
}

func ioctl(t *testing.T, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) { _, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg)) })
	if err != nil || errno != 0 {
		t.Fatal(err, errno)
	}
}

// Accept hands out the one connection a cable is.
func (c *cable) Accept() (net.Conn, error) {
	first := false
	c.once.Do(func() { first = true })
	if first {
		return plug{c.File}, nil
	}
	<-c.used
	return nil, net.ErrClosed
}

func (c *cable) Close() error {
	close(c.used)
	return c.File.Close()
}

func (c *cable) Addr() net.Addr { return plug{c.File} }

type plug struct{ *os.File }

func (plug) LocalAddr() net.Addr  { return plug{} }
func (plug) RemoteAddr() net.Addr { return plug{} }
func (plug) Network() string      { return "cable" }
func (plug) String() string       { return "cable" }

func TestDeviceFile(t *testing.T) {
	t.Parallel()
	for _, m := range printer.Models() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			device, v, unplug := plugIn(t, decoders[m].lang, decoders[m].dots)
			s := newSpool(t)
			patience := quick
			patience.Answer = 500 * time.Millisecond // an unplugged pseudo-terminal says nothing
			p := newPrinter(printer.Config{Name: "usb", Model: m, Address: printer.Address{Scheme: "file", Where: device}}, s, render, patience)
			run(t, p.Run)
			id := s.add(printer.Job{Printer: "usb", Kind: printer.Label, Pickup: "A037"})
			s.waitFor(id, printer.Done)
			if n := len(v.Paper()); n != 1 {
				t.Errorf("%d sheets", n)
			}
			unplug()
			next := s.add(printer.Job{Printer: "usb", Kind: printer.Label, Pickup: "B038"})
			waitStatus(t, p, "unplugged", func(s printer.Status) bool { return s.Reason == printer.ReasonUnreachable })
			for {
				bell := s.Bell() // a question that was under way when it was unplugged is first taken for silence
				if j := s.waitFor(next, printer.Blocked); j.Reason == printer.ReasonUnreachable {
					break
				}
				<-bell
			}
		})
	}
}

// A device that takes no more bytes in the middle of a job, for want of paper: the job waits and then comes out, once.
// If it takes none for too long, the job is given up as unconfirmed.
func TestDeviceStuckInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, mended := range []bool{true, false} {
		t.Run(strconv.FormatBool(mended), func(t *testing.T) {
			t.Parallel()
			device, v, _ := plugIn(t, virtual.ESCPOS, 384)
			s := newSpool(t)
			s.hook = func(m printer.Move) {
				if m.To == printer.Sending {
					v.Change(func(f *virtual.Faults) { f.Stall = true })
				}
			}
			long := func(_ context.Context, j printer.Job) (printer.Ticket, error) {
				ticket := sample("A037")
				ticket.Items = slices.Repeat(ticket.Items, 200) // more than the pseudo-terminal takes in
				return ticket, nil
			}
			patience := quick
			patience.Answer, patience.FenceBase, patience.Stuck = 200*time.Millisecond, 200*time.Millisecond, 400*time.Millisecond
			if mended {
				patience.Stuck = waitMax
			}
			p := newPrinter(printer.Config{Name: "usb", Model: printer.ESCPOS58, Address: printer.Address{Scheme: "file", Where: device}}, s,
				long, patience)
			run(t, p.Run)
			id := s.add(printer.Job{Printer: "usb", Kind: printer.Receipt})
			waitStatus(t, p, "no answer", func(s printer.Status) bool { return s.Reason == printer.ReasonSilent })
			if !mended {
				if j := s.waitFor(id, printer.Unconfirmed); j.Reason != printer.ReasonLost {
					t.Errorf("unconfirmed for %q", j.Reason)
				}
				return
			}
			v.Change(func(f *virtual.Faults) { f.Stall = false })
			s.waitFor(id, printer.Done)
			if n := len(v.Paper()); n != 1 {
				t.Errorf("%d sheets", n)
			}
		})
	}
}

// A file that may only be written to, or a plain one, is a printer that never answers.
func TestPlainFile(t *testing.T) {
	t.Parallel()
	patience := quick
	patience.Answer = 20 * time.Millisecond
	file := filepath.Join(t.TempDir(), "paper.bin")
	write(t, file, nil)
	s := newSpool(t)
	c := printer.Config{Name: "file", Model: printer.ESCPOS58, Address: printer.Address{Scheme: "file", Where: file}}
	run(t, newPrinter(c, s, render, patience).Run)
	id := s.add(printer.Job{Printer: "file", Kind: printer.Kitchen, Pickup: "A037"})
	if j := s.waitFor(id, printer.Unconfirmed); j.Reason != printer.ReasonNoStatus {
		t.Errorf("unconfirmed for %q", j.Reason)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sheets, _, _ := virtual.Decode(virtual.ESCPOS, 384, b); len(sheets) != 1 {
		t.Errorf("%d sheets in the file", len(sheets))
	}
}

// A file that is not there is not made: a typing error in an address must not fill a disk.
func TestMissingDevice(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "lp0")
	s := newSpool(t)
	start(t, printer.Config{Name: "usb", Model: printer.ESCPOS58, Address: printer.Address{Scheme: "file", Where: file}}, s)
	id := s.add(printer.Job{Printer: "usb", Kind: printer.Kitchen})
	if j := s.waitFor(id, printer.Blocked); j.Reason != printer.ReasonUnreachable {
		t.Errorf("blocked for %q", j.Reason)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file was made")
	}
}
