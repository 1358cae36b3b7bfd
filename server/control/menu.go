package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/shop"
	"weir/shop/sheet"
	"weir/shop/shopfile"
	"weir/shop/words"
	"weir/templates"
)

// MenuFile is a menu as a table, or the one of shop.yaml.
type MenuFile struct {
	Table []byte    `json:"table,omitempty"`
	First bool      `json:"first,omitempty"` // that of shop.yaml, without a table
	By    string    `json:"by,omitempty"`    // of the menu that counts: who put it there; "" is shop.yaml's
	At    time.Time `json:"at,omitzero"`     // when
}

// MenuPlan is what a menu would change, in English.
type MenuPlan struct {
	Base    string   `json:"base"` // the menu that counts while the plan is made
	Changes []string `json:"changes"`
	Effects []string `json:"effects"`
}

func (r request) menu() MenuFile {
	if r.Menu == nil {
		return MenuFile{}
	}
	return *r.Menu
}

// Menu implements [Admin].
func (a Local) Menu(context.Context) (m MenuFile, err error) {
	state := a.store.Snapshot()
	if by, at, own := state.OwnMenu(); own {
		m.By, m.At = by, at
	}
	m.Table, err = shopfile.WriteMenu(state.Config, state.Config.Menu)
	return m, err
}

// PreviewMenu implements [Admin].
func (a Local) PreviewMenu(_ context.Context, m MenuFile) (MenuPlan, error) {
	state := a.store.Snapshot()
	next, err := menuOf(state, m)
	if err != nil {
		return MenuPlan{}, err
	}
	if next == nil {
		next = state.FileMenu()
	}
	p, err := state.PreviewMenu(next, time.Now())
	if err != nil {
		return MenuPlan{}, told(err)
	}
	plan := MenuPlan{Base: p.Base, Effects: templates.MenuEffectWords(words.EN, state.Config, p.MenuEffects)}
	for _, c := range p.Changes {
		plan.Changes = append(plan.Changes, templates.MenuChangeWord(words.EN, state.Config, c))
	}
	return plan, nil
}

// ChangeMenu implements [Admin].
func (a Local) ChangeMenu(ctx context.Context, m MenuFile, base string) error {
	next, err := menuOf(a.store.Snapshot(), m)
	if err != nil {
		return err
	}
	_, err = a.store.Do(ctx, shop.ChangeMenu{By: Console, Base: base, Menu: next})
	return told(err)
}

// menuOf reads the menu that a file is about; nil is that of shop.yaml.
func menuOf(state *shop.State, m MenuFile) (*shop.Menu, error) {
	if m.First {
		return nil, nil
	}
	next, err := shopfile.ReadMenu(state.Config, m.Table)
	if refused := (*sheet.Refused)(nil); errors.As(err, &refused) {
		what, lines := refused.Told(words.EN)
		return nil, errors.New(strings.Join(append([]string{what}, lines...), "\n  "))
	}
	return next, err
}

// told is a refusal with every reason in it: a command line shows nothing but the text of an error.
func told(err error) error {
	refusal := (*shop.Error)(nil)
	if !errors.As(err, &refusal) {
		return err
	}
	text := refusal.Detail
	for _, f := range refusal.Fields {
		text += "\n  " + f.Detail
	}
	return fmt.Errorf("%s", text)
}
