package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"weir/server/access"
	"weir/server/control"
	"weir/shop/guard"
)

// pair is the command. Codes are kept in the memory of the running shop, where they are used up.
type pair struct {
	place
	Owner bool `help:"A code that sets the owner's password: the first one, or a new one when it is forgotten."`
}

// Run implements the command.
func (c *pair) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a control.Admin) error {
		p, err := a.Pair(ctx, c.Owner)
		if err != nil {
			return err
		}
		return printPairing(stdout, p, c.Owner)
	})
}

// printPairing shows the code to a person at the box, in both languages, and to a camera.
func printPairing(w io.Writer, p control.Pairing, owner bool) error {
	what := [2]string{"配对码", "Pairing code"}
	if owner {
		what = [2]string{"店主一次性码", "Owner's code"}
	}
	fmt.Fprintf(w, "%s  %s: %s\n", what[0], what[1], guard.Code{Digits: p.Digits}.Spaced())
	fmt.Fprintf(w, "只能用一次，%s 前有效  good once, until %[1]s\n", p.Expires.Local().Format(time.TimeOnly))
	for _, page := range p.Pages {
		fmt.Fprintf(w, "打开  open: %s\n", page)
	}
	if p.Fingerprint != "" {
		fmt.Fprintf(w, "根证书  root certificate SHA-256:\n%s\n", p.Fingerprint)
	}
	if len(p.Pages) == 0 {
		return nil
	}
	code, err := access.QRText(p.Pages[0]+"?code="+p.Digits, isTerminal(w))
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, code)
	return err
}

// isTerminal reports whether a person looks at what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
