package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrRunning is the answer to opening a data directory that another Weir has open.
var ErrRunning = errors.New("another weir is running on this data directory; stop it, or name another directory with --data")

// Lock keeps every other Weir off a data directory until the file that it returns is closed or the process ends. It is
// an advisory lock of the kernel, so it ends with the process however that ends. [Open] locks by itself. A shop that has
// its socket in one directory and its database in another locks the first with it.
func Lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w; name another with --data", err)
	}
	path := filepath.Join(dir, FileName+".lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, ErrRunning)
	}
	return f, nil
}
