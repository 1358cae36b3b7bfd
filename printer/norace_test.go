//go:build !race

package printer_test

const raced = false
