package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// conn is an open way to a printer. Read blocks until the printer says something or the conn is closed.
type conn interface {
	io.ReadWriteCloser
	SetWriteDeadline(time.Time) error
}

// dial opens the way to a printer.
type dial func(ctx context.Context) (conn, error)

// dialTCP reaches a network printer.
func dialTCP(where string) dial {
	return func(ctx context.Context) (conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", where)
		if err != nil {
			return nil, fmt.Errorf("connect to printer %s: %w", where, err)
		}
		return c, nil
	}
}

// openFile reaches a printer through its device, /dev/usb/lp0. A device we may only write to never answers.
func openFile(path string) dial {
	return func(context.Context) (conn, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
		if errors.Is(err, os.ErrPermission) {
			f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		}
		if err != nil {
			return nil, fmt.Errorf("open printer: %w", err)
		}
		return &fileConn{File: f, closed: make(chan struct{})}, nil
	}
}

// fileConn is an open printer device.
type fileConn struct {
	*os.File
	once   sync.Once
	closed chan struct{}
}

// readPause is how often a device that has nothing to say is asked again: the driver reports that as end of file.
const readPause = 50 * time.Millisecond

// Read waits where the device reports an end of file, or cannot be read at all.
func (f *fileConn) Read(b []byte) (int, error) {
	for {
		n, err := f.File.Read(b)
		if n > 0 || err == nil {
			return n, nil
		}
		if errors.Is(err, os.ErrClosed) || gone(err) {
			return 0, err
		}
		select {
		case <-f.closed:
			return 0, os.ErrClosed
		case <-time.After(readPause):
		}
	}
}

// SetWriteDeadline does nothing for a device that has no deadlines; a regular file, for one.
func (f *fileConn) SetWriteDeadline(t time.Time) error {
	if err := f.File.SetWriteDeadline(t); !errors.Is(err, os.ErrNoDeadline) {
		return err
	}
	return nil
}

func (f *fileConn) Close() error {
	f.once.Do(func() { close(f.closed) })
	return f.File.Close()
}
