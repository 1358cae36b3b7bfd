package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrRunning is the answer to opening a data directory that another Weir has open.
var ErrRunning = errors.New("another weir is running on this data directory; stop it, or name another directory with --data")

// lockFile takes an advisory lock that the kernel drops when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
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
