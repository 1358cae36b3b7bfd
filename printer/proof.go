package printer

import (
	"slices"

	"weir/printer/escpos"
)

// proofs are jobs that fences have shown to be through, until that is written down. They outlive the connection.
type proofs struct {
	jobs  []int64
	names []uint32 // of fences that came on another connection than their job; see escpos.FenceID
}

func (p *proofs) of(job int64) bool {
	return slices.Contains(p.jobs, job) || slices.Contains(p.names, escpos.FenceID(job))
}

func (p *proofs) empty() bool { return len(p.jobs) == 0 && len(p.names) == 0 }
