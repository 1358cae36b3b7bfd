package virtual

// carriedOut notes a command by name for Decode; a leading question mark says that it is not known.
func (p *Printer) carriedOut(name string) {
	if p.trace != nil {
		p.trace(name)
	}
}

// Decode puts b on paper without a printer; tests read with it what was sent to one. It returns the sheets, the names of the
// commands it carried out in order ("?" before those it does not know), and how many bytes at the end are an unfinished command.
func Decode(lang *Language, dots int, b []byte) (sheets []Sheet, commands []string, unfinished int) {
	p := New(lang, dots)
	p.trace = func(name string) { commands = append(commands, name) }
	for _, c := range b {
		p.decoder.urgent(p, c)
	}
	for len(p.buf) > 0 {
		n := p.decoder.step(p, p.buf)
		if n == 0 {
			break
		}
		p.buf = p.buf[n:]
	}
	return p.Paper(), commands, len(p.buf)
}
