//go:build race

package store

// raced says that the race detector is in this test binary. The proofs that start it hundreds of times
// under a tracer then take minutes; they run in the ordinary binary, see .ci/test.
const raced = true
