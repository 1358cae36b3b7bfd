package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/server/control"
)

// url is where the shop is best reached.
func (h *house) url() string { return h.urls[0] }

// own is where this machine reaches the shop, without a proxy.
func (h *house) own() string { return h.urls[len(h.urls)-1] }

func (h *house) brokerURL() string {
	if h.serve.Broker != "" {
		return h.uplink.Status().Broker
	}
	return h.broker.URL()
}

// announce says where everything is, on the first lines.
func (h *house) announce(w io.Writer) {
	lines := [][2]string{
		{"shop", fmt.Sprintf("%s (%s), data in %s", h.config.Name.ZH, h.config.ID, h.serve.Data)},
		{"start", h.url() + "/"}, {"board", h.url() + "/kds"}, {"printers", h.url() + "/printers"},
		{"platform", h.url() + "/v1/capacity"}, {"docs", h.url() + "/docs"},
	}
	if broker := h.brokerURL(); broker != "" {
		lines = append(lines, [2]string{"mqtt", broker + "  topics weir/v1/" + h.config.ID + "/#"})
	}
	for i, p := range h.printers {
		lines = append(lines, [2]string{"paper", fmt.Sprintf("%s at %s", h.config.Printers[i].Name, p.Status().Address)})
	}
	channels := make([]string, 0, len(h.config.Channels))
	for _, ch := range h.config.Channels {
		channels = append(channels, ch.ID)
	}
	slices.Sort(channels)
	lines = append(lines, [2]string{"key", calledAs(os.Args[0]) + " key add --channel " + strings.Join(channels, "|")})
	for _, url := range h.urls[1:] {
		lines = append(lines, [2]string{"also", url + "/"})
	}
	if h.root != nil {
		lines = append(lines, [2]string{"root", h.root.Fingerprint()})
	}
	switch {
	case h.guard.Open():
		lines = append(lines, [2]string{"open", "a trial without a password: whoever reaches this address may do everything, " +
			"also through a proxy on this machine; weir pair --owner ends the trial"})
	case !h.guard.Secure:
		lines = append(lines, [2]string{"warning", "PINs and the owner's password cross the network in the clear; use --tls auto"})
	}
	for _, l := range lines {
		fmt.Fprintf(w, "%-9s%s\n", l[0], l[1])
	}
}

// calledAs is how a person calls this program again, by the name that it was called by. What go run has built is in a
// directory that goes with the process.
func calledAs(name string) string {
	switch {
	case strings.Contains(filepath.ToSlash(name), "/go-build"):
		return "go run ./server"
	case filepath.IsAbs(name):
		return filepath.Base(name)
	}
	return name
}

// welcomeOwner prints the one-time code with which the owner sets the first password, where one is needed.
func (h *house) welcomeOwner(ctx context.Context, w io.Writer) error {
	if h.guard.Open() || h.guard.HasOwner() {
		return nil
	}
	code, err := h.guard.NewCode(ctx, control.Console, true)
	if ctx.Err() != nil {
		return nil // the shop is being stopped
	}
	if err != nil {
		return fmt.Errorf("make the owner's first code: %w", err)
	}
	fmt.Fprintf(w, "%-9s%s/owner/setup  code %s, good for ten minutes; again with weir pair --owner\n", "owner", h.url(), code.Spaced())
	return nil
}
