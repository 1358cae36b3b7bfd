package access

import (
	"context"
	"errors"
	"slices"
	"strings"

	"weir/server/store"
	"weir/shop"
	"weir/shop/guard"
	"weir/shop/wire"
)

// ownerID is the member that signs in with a password and from anywhere. There is one.
const ownerID = "owner"

// membersMax is more people than work in a shop in a year.
const membersMax = 100

// Why a PIN, password or role is not taken.
var (
	ErrPIN      = errors.New("a PIN has 4 to 8 digits that are not all the same or in a row")
	ErrPassword = errors.New("a password has at least 8 characters, of at least 4 kinds, and is not one that is tried first")
	ErrRole     = errors.New("a role is staff or manager")
)

// Members lists the people who sign in with a PIN, the first added first.
func (g *Guard) Members() []store.Member {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []store.Member
	for id, m := range g.members {
		if id != ownerID {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b store.Member) int {
		if c := a.AddedAt.Compare(b.AddedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// HasOwner reports whether the owner has set a password.
func (g *Guard) HasOwner() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[ownerID].ID != ""
}

// AddMember lets somebody sign in with a PIN. role is [Staff] or [Manager].
func (g *Guard) AddMember(ctx context.Context, by, name string, role Role, pin string) error {
	pin = wire.Typed(pin)
	name, ok := cleanName(name)
	switch {
	case !ok || g.memberNamed(name):
		return ErrName
	case role != Staff && role != Manager:
		return ErrRole
	case !guard.GoodPIN(pin):
		return ErrPIN
	case len(g.Members()) >= membersMax:
		return ErrFull
	}
	m := store.Member{ID: newID("m"), Name: name, Role: role.String(), AddedAt: g.Now().UTC()}
	return g.putMember(ctx, by, shop.AuditMemberAdded, m, pin)
}

func (g *Guard) memberNamed(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if strings.EqualFold(m.Name, name) {
			return true
		}
	}
	return false
}

// ChangeMember gives somebody another role, and another PIN unless that is empty. They have to sign in again.
// It is [shop.ErrNotFound] when there is none of that id.
func (g *Guard) ChangeMember(ctx context.Context, by, id string, role Role, pin string) error {
	pin = wire.Typed(pin)
	g.mu.Lock()
	m, ok := g.members[id]
	g.mu.Unlock()
	switch {
	case !ok || id == ownerID:
		return shop.ErrNotFound
	case role != Staff && role != Manager:
		return ErrRole
	case pin != "" && !guard.GoodPIN(pin):
		return ErrPIN
	}
	m.Role = role.String()
	return g.putMember(ctx, by, shop.AuditMemberChanged, m, pin)
}

// putMember stores a member with a new secret, or the old one when secret is empty, and signs them out.
func (g *Guard) putMember(ctx context.Context, by, what string, m store.Member, secret string) (err error) {
	if secret != "" {
		if m.Secret, err = g.hasher.Hash(ctx, secret); err != nil {
			return err
		}
	}
	if err := g.audit(ctx, by, what, m.Name+" ("+m.Role+")"); err != nil {
		return err
	}
	if err := g.Store.PutMember(ctx, m); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen := g.open()
	g.members[m.ID] = m
	g.signOutAll(m.ID)
	if wasOpen && !g.open() {
		g.cut(func(c Caller) bool { return c.Open })
	}
	return nil
}

// RemoveMember ends somebody's access at once. It is [shop.ErrNotFound] when there is none of that id.
func (g *Guard) RemoveMember(ctx context.Context, by, id string) error {
	ctx, cancel := finish(ctx)
	defer cancel()
	g.mu.Lock()
	m, ok := g.members[id]
	if ok = ok && id != ownerID; ok {
		delete(g.members, id)
		g.signOutAll(id)
	}
	g.mu.Unlock()
	if !ok {
		return shop.ErrNotFound
	}
	if err := g.Store.RemoveMember(ctx, id); err != nil {
		return err
	}
	return g.audit(ctx, by, shop.AuditMemberEnded, m.Name)
}

// signOutAll ends every session of a member in memory. The caller holds the lock.
func (g *Guard) signOutAll(id string) {
	for h, s := range g.sessions {
		if s.Member == id {
			delete(g.sessions, h)
		}
	}
	g.cut(func(c Caller) bool { return c.MemberID == id })
}

// SetOwner sets the owner's name and password with a code from the box itself. It ends the owner's sessions.
// What is wrong with name or password leaves the code good.
func (g *Guard) SetOwner(ctx context.Context, typed, name, password, address string) error {
	name, ok := cleanName(name)
	if !ok {
		return ErrName
	}
	if !guard.GoodPassword(password) {
		return ErrPassword
	}
	c, err := g.useCode(typed, CodeForOwner, address)
	if err != nil {
		return err
	}
	m := store.Member{ID: ownerID, Name: name, Role: Owner.String(), AddedAt: g.Now().UTC()}
	return g.putMember(ctx, c.By, shop.AuditOwnerSet, m, password)
}

// SetPassword changes the owner's password and ends the owner's sessions.
func (g *Guard) SetPassword(ctx context.Context, by, password string) error {
	if !guard.GoodPassword(password) {
		return ErrPassword
	}
	g.mu.Lock()
	m, ok := g.members[ownerID]
	g.mu.Unlock()
	if !ok {
		return shop.ErrNotFound
	}
	return g.putMember(ctx, by, shop.AuditOwnerSet, m, password)
}
