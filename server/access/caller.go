package access

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"weir/server/store"
	"weir/shop/guard"
)

// Role is what somebody may do. A higher one may do what a lower one may.
type Role uint8

// The roles.
const (
	Anyone  Role = iota // a stranger on the shop's Wi-Fi
	Tablet              // a paired device, nobody signed in on it: everything that makes drinks
	Staff               // somebody with a PIN on it
	Manager             // intake, staff on duty, devices
	Owner               // terms, people, keys and money
)

var roleNames = [...]string{"anyone", "tablet", "staff", "manager", "owner"}

// String returns the role's word.
func (r Role) String() string { return roleNames[r] }

// ParseRole reads the role of a person. A word that is no role makes nobody anything special.
func ParseRole(word string) (r Role, ok bool) {
	for r := Staff; r <= Owner; r++ {
		if r.String() == word {
			return r, true
		}
	}
	return Tablet, false
}

// RoleOf is a member's role.
func RoleOf(m store.Member) Role {
	r, _ := ParseRole(m.Role)
	return r
}

// Caller is who asks.
type Caller struct {
	Role     Role
	DeviceID string    // "" is no paired device
	Device   string    // its name
	MemberID string    // "" is nobody signed in
	Member   string    // display name
	ProvedAt time.Time // when PIN or password was last given
	Open     bool      // reached an open trial, where nobody has to sign in
	session  guard.Hash
}

// By is how the caller is named in the log: the device and the display name, and nothing else personal.
func (c Caller) By() string {
	switch {
	case c.Member != "" && c.Device != "":
		return "tablet:" + c.Device + " · " + c.Member
	case c.MemberID == ownerID:
		return "owner:" + c.Member
	case c.Member != "":
		return "open · " + c.Member
	case c.Device != "":
		return "tablet:" + c.Device
	case c.Open:
		return "open"
	}
	return "stranger"
}

// known reports whether a caller has shown who they are: a paired device or somebody who is signed in. Whoever merely
// reached an open trial has not.
func (c Caller) known() bool { return c.DeviceID != "" || c.MemberID != "" }

// Watcher says who looks at a screen, for the bounds of streams: key names the device, the person or the address, paired
// is false for strangers. In an open trial everybody is as good as paired.
func Watcher(c echo.Context) (key string, paired bool) {
	caller := CallerOf(c.Request().Context())
	switch {
	case caller.DeviceID != "":
		return "device:" + caller.DeviceID, true
	case caller.MemberID != "":
		return "member:" + caller.MemberID, true
	case caller.Open:
		return "", true
	case guard.IsLoopback(c.Request().RemoteAddr):
		return "", false // a proxy: behind it are many
	}
	return guard.AddressKey(c.Request().RemoteAddr), false
}

type callerKey struct{}

// CallerOf is who asks, as [Guard.Protect] has found out. Without it, it is a stranger.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Who names the caller of a request for the log.
func Who(c echo.Context) string { return CallerOf(c.Request().Context()).By() }
