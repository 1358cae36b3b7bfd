package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"weir/shop"
)

const (
	// spaceMin is the free space below which no new order is taken. The rest is kept for orders that are accepted: that
	// they are made, handed over and settled is written, too. An evening's orders take about 5 MB.
	spaceMin = 64 << 20
	// ballastSize is the size of a file that is deleted when the disk is full, so that taps can still be stored
	// while somebody makes space.
	ballastSize = 32 << 20
	// openSpace is the free space that SQLite needs to open a database in WAL mode, with some to spare.
	openSpace = 4 << 20
	// spaceCheckEvery is how often the free space is measured. Nothing in a shop fills spaceMin in that time.
	spaceCheckEvery = 5 * time.Second
)

// ballastName is the file in the data directory that is given up when the disk is full.
const ballastName = "ballast"

// space is the disk that the database is on.
type space struct {
	dir          string
	min, ballast uint64 // bytes
}

var errNoSpace = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage,
	Detail: "the shop's disk is nearly full; nothing was made, ask again later"}

// errNoTombstone is the answer to a cancellation whose order is not known while the disk is short: a row would be kept for
// each ref that somebody thinks of.
var errNoTombstone = &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Unknown: true,
	Detail: "the shop's disk is nearly full, and there is no order with this ref yet; nothing was kept of the cancellation, send it again"}

// Short reports whether the disk is too full for new orders.
func (s *Store) Short() bool { return s.short.Load() }

// checkSpace decides whether orders are taken, and puts the ballast back when there is room for it again.
func (s *Store) checkSpace() {
	free, err := s.space.free()
	if err != nil {
		s.log.Warn("cannot tell how full the disk is", "error", err)
		return
	}
	short := free < s.space.min
	if s.short.Swap(short) != short {
		if short {
			s.log.Error("the disk is nearly full: no new orders are taken; make space", "free_bytes", free, "dir", s.space.dir)
		} else {
			s.log.Info("the disk has space again", "free_bytes", free)
		}
		s.bell.Ring()
	}
	if free < s.space.min+s.space.ballast {
		return
	}
	if err := s.space.fill(); err != nil {
		s.log.Warn("cannot keep space in reserve", "error", err)
	}
}

// outOfSpace gives up the ballast when a write failed for want of space.
func (s *Store) outOfSpace(cause error) {
	if primaryCode(cause) != sqlite3.SQLITE_FULL && !errors.Is(cause, syscall.ENOSPC) {
		return
	}
	if s.space.release() {
		s.log.Error("the disk is full: the space kept in reserve is given up; make space", "dir", s.space.dir)
	}
	s.checkSpace()
}

// Space is the disk with the data in bytes: what is left to the shop, and its size. Both are 0 when the system does not say.
func (s *Store) Space() (free, size uint64) {
	free, size, err := s.space.measure()
	if err != nil {
		return 0, 0
	}
	return free, size
}

// measure is the space that is left to the shop and the size of the disk, in bytes.
func (s space) measure() (free, size uint64, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.dir, &disk); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", s.dir, err)
	}
	return disk.Bavail * uint64(disk.Bsize), disk.Blocks * uint64(disk.Bsize), nil
}

// free is the space that is left to the shop, in bytes.
func (s space) free() (uint64, error) {
	free, _, err := s.measure()
	return free, err
}

// toOpen gives up the ballast where there is no room to open the database.
func (s space) toOpen() {
	if free, err := s.free(); err == nil && free < openSpace {
		s.release()
	}
}

// fill makes the ballast, unless it is there.
func (s space) fill() error {
	path := filepath.Join(s.dir, ballastName)
	if info, err := os.Stat(path); err == nil && uint64(info.Size()) == s.ballast {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make the ballast: %w", err)
	}
	if err := errors.Join(reserve(f, int64(s.ballast)), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("reserve the ballast: %w", err), os.Remove(path))
	}
	return nil
}

// release gives up the ballast, if it is there.
func (s space) release() bool {
	return os.Remove(filepath.Join(s.dir, ballastName)) == nil
}
