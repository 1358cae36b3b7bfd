package printer

import (
	"context"
	"net"
)

// DialWith makes a printer reach its device another way; for tests in a bubble, where sockets are not.
func (p *Printer) DialWith(d func(context.Context) (net.Conn, error)) {
	p.dial = func(ctx context.Context) (conn, error) { return d(ctx) }
}
