package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// TryOut prints a test page on a printer that no shop works with yet, and hangs up. answers reports whether the printer
// answers questions of its kind: one that does not is mute, or is of another kind. The error says that it cannot be reached,
// has gone away, or is no kind that there is. Virtual printers have no paper; it is an error to ask for theirs.
func TryOut(ctx context.Context, c Config) (answers bool, err error) {
	kind, err := find(c.Model)
	if err != nil {
		return false, err
	}
	var open dial
	switch c.Address.Scheme {
	case "tcp":
		open = dialTCP(c.Address.Where)
	case "file":
		open = openFile(c.Address.Where)
	default:
		return false, fmt.Errorf("printer %s: there is no paper at %s", c.Name, c.Address)
	}
	body, err := testPageOf(c)
	if err != nil {
		return false, err
	}
	dialing, cancel := context.WithTimeout(ctx, DefaultTiming.Dial)
	defer cancel()
	conn, err := open(dialing)
	if err != nil {
		return false, err
	}
	l := newLink(conn, kind.dialect, DefaultTiming, &proofs{})
	defer l.close()
	if _, err = l.greet(ctx, kind.dialect, halfCommand); err != nil && !errors.Is(err, errSilent) {
		return false, err
	}
	answers = err == nil
	for written := 0; written < len(body); {
		n, err := l.write(body[written:], DefaultTiming.FenceBase)
		if written += n; err != nil {
			return answers, fmt.Errorf("print the test page: %w", err)
		}
	}
	// A connection that is closed at once takes what the printer has not read along. One that half closes lets it read on.
	if half, ok := conn.(*net.TCPConn); ok {
		if err := half.CloseWrite(); err != nil {
			return answers, fmt.Errorf("hang up: %w", err)
		}
	}
	_, err = l.await(ctx, tryOutMax, func(answer) bool { return false })
	if errors.Is(err, errSilent) || errors.Is(err, errLost) {
		err = nil
	}
	return answers, err
}

// tryOutMax is how long a connection is kept behind a test page, if the printer does not end it.
const tryOutMax = time.Second
