//go:build race

package printer_test

// raced says that the race detector is in this test binary. The proof that kills it again and again then takes
// minutes; it runs in the ordinary binary, see .ci/test.
const raced = true
