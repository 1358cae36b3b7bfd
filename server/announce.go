package main

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// url is where the shop is reached.
func (h *house) url() string { return "http://" + h.listener.Addr().String() }

func (h *house) brokerURL() string {
	switch {
	case h.serve.Broker != "":
		return h.uplink.Status().Broker
	case h.broker.Addr() == "":
		return ""
	}
	return "tcp://" + h.broker.Addr()
}

// loopback reports whether only this machine can reach the shop.
func (h *house) loopback() bool {
	host, _, err := net.SplitHostPort(h.listener.Addr().String())
	return err == nil && net.ParseIP(host).IsLoopback()
}

// announce says where everything is, on the first lines.
func (h *house) announce(w io.Writer) {
	lines := [][2]string{
		{"shop", fmt.Sprintf("%s (%s), data in %s", h.config.Name.ZH, h.config.Store, h.serve.Data)},
		{"start", h.url() + "/"}, {"board", h.url() + "/kds"}, {"printers", h.url() + "/printers"},
		{"platform", h.url() + "/v1/capacity"}, {"docs", h.url() + "/docs"},
	}
	if broker := h.brokerURL(); broker != "" {
		lines = append(lines, [2]string{"mqtt", broker + "  topics weir/v1/" + h.config.Store + "/#"})
	}
	for i, p := range h.printers {
		lines = append(lines, [2]string{"paper", fmt.Sprintf("%s at %s", h.config.Printers[i].Name, p.Status().Address)})
	}
	channels := make([]string, 0, len(h.config.Channels))
	for _, ch := range h.config.Channels {
		channels = append(channels, ch.ID)
	}
	slices.Sort(channels)
	lines = append(lines, [2]string{"key", "go run ./server key add --channel " + strings.Join(channels, "|")})
	if h.loopback() {
		lines = append(lines, [2]string{"open", "on this machine only, without sign-in"})
	}
	for _, l := range lines {
		fmt.Fprintf(w, "%-9s%s\n", l[0], l[1])
	}
}
