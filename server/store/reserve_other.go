//go:build !linux

package store

import "os"

// reserve makes a file of a size. Only Linux, where shops run, is asked for the blocks themselves: elsewhere the
// ballast may weigh nothing.
func reserve(f *os.File, size int64) error { return f.Truncate(size) }
