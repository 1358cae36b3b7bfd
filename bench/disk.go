package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// rawSyncs writes a page and calls fdatasync, again and again, as the fastest possible log would, and returns how
// often a second that goes.
func rawSyncs(dir string, lasts time.Duration) (perS float64, err error) {
	f, err := os.Create(filepath.Join(dir, "raw"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	const pages, pageSize = 1024, 4096 // written in advance: what is measured is the disk, not the growing of a file
	if _, err := f.Write(make([]byte, pages*pageSize)); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	page, n, start := make([]byte, pageSize), 0, time.Now()
	for ; time.Since(start) < lasts; n++ {
		if _, err := f.WriteAt(page, int64(n%pages)*pageSize); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, fmt.Errorf("fdatasync: %w", err)
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
