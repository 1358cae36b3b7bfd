//go:build unix

package printer

import (
	"errors"
	"syscall"
)

// gone tells whether a device was unplugged.
func gone(err error) bool {
	return errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO)
}
