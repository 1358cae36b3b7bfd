package store

import (
	"os"
	"syscall"
)

// reserve takes blocks of the disk for a file without writing them: flash is not worn, and a disk that
// compresses cannot make nothing of it.
func reserve(f *os.File, size int64) error { return syscall.Fallocate(int(f.Fd()), 0, 0, size) }
