package main

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// rawSyncs counts how often a page of a file can be written and synced a second: what the disk does at most for one
// writer.
func (o *options) rawSyncs() (perS float64, err error) {
	f, err := os.OpenFile(filepath.Join(o.dir, "raw"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	page, n, began := make([]byte, 4096), 0, time.Now()
	for ; time.Since(began) < time.Second; n++ {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
