package control

import (
	"context"
	"errors"

	"weir/server/access"
)

// Running is what the running shop offers on its control socket. Make it with [NewRunning].
type Running struct {
	Local
	Broker string // where the shop is connected, host:port; what the fleet compares with its own
	guard  *access.Guard
	report func() (string, error)
}

// NewRunning makes one. Guard is whose codes are given out, report what the shop says of itself.
func NewRunning(local Local, guard *access.Guard, report func() (string, error)) Running {
	return Running{Local: local, guard: guard, report: report}
}

// Report implements [Admin].
func (a Running) Report(context.Context) (string, error) { return a.report() }

// URL implements [Admin]. The last address is the machine's own, where it has one.
func (a Running) URL(context.Context) (string, error) {
	urls := a.guard.URLs()
	if len(urls) == 0 {
		return "", errors.New("the shop has no address")
	}
	return urls[len(urls)-1], nil
}

// Pair implements [Admin].
func (a Running) Pair(ctx context.Context, owner bool) (Pairing, error) {
	code, err := a.guard.NewCode(ctx, Console, owner)
	if err != nil {
		return Pairing{}, err
	}
	p := Pairing{Digits: code.Digits, Expires: code.Expires}
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
