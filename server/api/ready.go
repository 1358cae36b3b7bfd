package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"weir/shop"
)

// Check is a part of the box and whether it is well.
type Check struct {
	Name string `json:"name"` // storage, disk, broker, printer kitchen …
	OK   bool   `json:"ok"`
	Say  string `json:"say,omitempty"` // what is not well, in words
}

// readiness is what readyz answers to who may know all.
type readiness struct {
	Status string  `json:"status"` // ready, or not-ready
	Checks []Check `json:"checks"`
}

// readyz says whether orders can be stored. Asked with ?verbose by a paired device or somebody who is signed in, it names
// every part; the status is the same, because a shop whose printer is out is ready.
func (a *API) readyz(c echo.Context) error {
	why := a.notReady()
	if _, all := c.QueryParams()["verbose"]; all && a.checks != nil && a.insider(c) {
		r := readiness{Status: "ready", Checks: append([]Check{{Name: "storage", OK: why == "", Say: why}}, a.checks()...)}
		status := http.StatusOK
		if why != "" {
			r.Status, status = "not-ready", http.StatusServiceUnavailable
		}
		return a.json(c, status, r)
	}
	if why != "" {
		return &shop.Error{Kind: shop.Unavailable, Type: shop.ProblemStorage, Detail: why}
	}
	return a.json(c, http.StatusOK, map[string]string{"status": "ready"})
}

// notReady says why no orders can be stored; "" when they can.
func (a *API) notReady() string {
	select {
	case <-a.stopping:
		return "the shop's server is stopping"
	default:
	}
	switch {
	case !a.shop.Healthy():
		return "the last write failed"
	case a.shop.Short():
		return "the disk is nearly full: no new orders are taken"
	}
	return ""
}
