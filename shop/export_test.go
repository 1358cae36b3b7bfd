package shop

// Unheld is the state of a shop that counts its stock and forgets what its queue will take: the control of the tests that
// no cup is accepted which cannot be made.
func (s State) Unheld() State {
	s.held = nil
	return s
}
