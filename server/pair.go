package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"weir/server/access"
	"weir/shop/guard"
)

// pairing is a one-time code as the command prints it.
type pairing struct {
	Digits      string    `json:"digits"`
	Expires     time.Time `json:"expires"`
	Pages       []string  `json:"pages"` // where it is typed, the best address first
	Fingerprint string    `json:"fingerprint,omitempty"`
}

// pair is the command. Codes are kept in the memory of the running shop, where they are used up.
type pair struct {
	place
	Owner bool `help:"A code that sets the owner's password: the first one, or a new one when it is forgotten."`
}

// Run implements the command.
func (c *pair) Run(ctx context.Context, stdout io.Writer) error {
	return c.do(ctx, func(a admin) error {
		p, err := a.Pair(ctx, c.Owner)
		if err != nil {
			return err
		}
		return p.print(stdout, c.Owner)
	})
}

// print shows the code to a person at the box, in both languages, and to a camera.
func (p *pairing) print(w io.Writer, owner bool) error {
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

// Pair implements [admin]: without a running shop there is nobody whose code it could be.
func (a localAdmin) Pair(context.Context, bool) (pairing, error) {
	return pairing{}, errors.New("no weir is running on this data directory, and a code is good for the running one only; start it and ask again")
}

// runningAdmin is what the running shop offers on its control socket.
type runningAdmin struct {
	localAdmin
	guard *access.Guard
}

// URL implements [admin]. The last address is the machine's own, where it has one.
func (a runningAdmin) URL(context.Context) (string, error) {
	urls := a.guard.URLs()
	if len(urls) == 0 {
		return "", errors.New("the shop has no address")
	}
	return urls[len(urls)-1], nil
}

// Pair implements [admin].
func (a runningAdmin) Pair(ctx context.Context, owner bool) (pairing, error) {
	code, err := a.guard.NewCode(ctx, "console", owner)
	if err != nil {
		return pairing{}, err
	}
	p := pairing{Digits: code.Digits, Expires: code.Expires}
	page := "/pair"
	if owner {
		page = "/owner/setup"
	}
	for _, url := range a.guard.URLs() {
		p.Pages = append(p.Pages, url+page)
	}
	if a.guard.Root != nil {
		p.Fingerprint = a.guard.Root.Fingerprint()
	}
	return p, nil
}

// Pair implements [admin].
func (a remoteAdmin) Pair(ctx context.Context, owner bool) (pairing, error) {
	call := controlCall{Do: "pair", Arg: access.CodeForTablet}
	if owner {
		call.Arg = access.CodeForOwner
	}
	answer, err := a.call(ctx, call)
	if err != nil {
		return pairing{}, err
	}
	if answer.Pair == nil {
		return pairing{}, errors.New("the running weir gave no code; is it of an older version?")
	}
	return *answer.Pair, nil
}
