package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// stopWithin bounds the end of a server: answers under way are finished, then it closes.
const stopWithin = 3 * time.Second

// Serve serves what l accepts until ctx ends, and then finishes what is under way. A server that ends before is an error.
func Serve(ctx context.Context, server *http.Server, l net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return errors.Join(server.Close()) // somebody would not let go; what was answered has been stored before
	}
	return nil
}
