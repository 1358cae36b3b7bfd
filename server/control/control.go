// Package control is how a command on the box reaches its shop: with the store when no shop runs, over the running shop's
// socket when one does.
package control

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"weir/server/access"
	"weir/server/store"
	"weir/shop/guard"
)

// Admin is what commands beside the shop may do. There is only ever one writer.
type Admin interface {
	AddKey(ctx context.Context, channel string) (key, id string, err error)
	Keys(ctx context.Context) ([]store.Key, error)
	RevokeKey(ctx context.Context, id string) error
	Pair(ctx context.Context, owner bool) (Pairing, error)
	Backup(ctx context.Context, file string) error
	Check(ctx context.Context) error
	Claim(ctx context.Context) error // this box is the shop
	// Join joins the fleet that a code is from, and returns its name.
	Join(ctx context.Context, code string) (string, error)
	URL(ctx context.Context) (string, error) // where the running shop answers
	// Menu is the menu that counts, as a table for a spreadsheet.
	Menu(ctx context.Context) (MenuFile, error)
	// PreviewMenu says what a menu would change. Nothing is changed.
	PreviewMenu(ctx context.Context, m MenuFile) (MenuPlan, error)
	// ChangeMenu puts a menu in the place of the one that counts, if that is still the one the plan was made with.
	ChangeMenu(ctx context.Context, m MenuFile, base string) error
	// Report is what the running shop says of itself to a supporter, in lines of text without personal data.
	Report(ctx context.Context) (string, error)
}

// Pairing is a one-time code that lets a tablet or the owner in.
type Pairing struct {
	Digits      string    `json:"digits"`
	Expires     time.Time `json:"expires"`
	Pages       []string  `json:"pages"` // where it is typed, the best address first
	Fingerprint string    `json:"fingerprint,omitempty"`
}

// Socket is how other commands speak to a running shop. A call may be a backup of a large database on slow flash.
var Socket = guard.Socket{Program: "weir", File: "weir.sock", Max: 1 << 20, Timeout: 10 * time.Minute}

// request is a call on the socket, response what comes back.
type request struct {
	Do   string    `json:"do"`
	Arg  string    `json:"arg,omitempty"`
	Menu *MenuFile `json:"menu,omitempty"`
}

type response struct {
	Key  string      `json:"key,omitempty"`
	ID   string      `json:"id,omitempty"`
	Keys []store.Key `json:"keys,omitempty"`
	Pair *Pairing    `json:"pair,omitempty"`
	URL  string      `json:"url,omitempty"`
	Text string      `json:"text,omitempty"`
	Menu *MenuFile   `json:"menu,omitempty"`
	Plan *MenuPlan   `json:"plan,omitempty"`
}

// Serve answers calls on the socket: a carries each out.
func Serve(a Admin) http.Handler {
	return guard.Answer(Socket, func(ctx context.Context, call request) (response, error) { return carryOut(ctx, a, call) })
}

// carryOut does what a call asks for. An unknown call is an error.
func carryOut(ctx context.Context, a Admin, call request) (answer response, err error) {
	switch call.Do {
	case "key add":
		answer.Key, answer.ID, err = a.AddKey(ctx, call.Arg)
	case "key list":
		answer.Keys, err = a.Keys(ctx)
	case "key revoke":
		err = a.RevokeKey(ctx, call.Arg)
	case "pair":
		var p Pairing
		p, err = a.Pair(ctx, call.Arg == access.CodeForOwner)
		answer.Pair = &p
	case "claim":
		err = a.Claim(ctx)
	case "join":
		answer.Text, err = a.Join(ctx, call.Arg)
	case "backup":
		err = a.Backup(ctx, call.Arg)
	case "check":
		err = a.Check(ctx)
	case "menu":
		var m MenuFile
		m, err = a.Menu(ctx)
		answer.Menu = &m
	case "menu preview":
		var p MenuPlan
		p, err = a.PreviewMenu(ctx, call.menu())
		answer.Plan = &p
	case "menu change":
		err = a.ChangeMenu(ctx, call.menu(), call.Arg)
	case "report":
		answer.Text, err = a.Report(ctx)
	case "url":
		answer.URL, err = a.URL(ctx)
	default:
		err = fmt.Errorf("the running weir does not know %q; is it of an older version?", call.Do)
	}
	return answer, err
}
