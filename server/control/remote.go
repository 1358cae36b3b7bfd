package control

import (
	"context"
	"errors"

	"weir/server/access"
	"weir/server/store"
	"weir/shop/guard"
)

// remoteAdmin is an [Admin] that works over the control socket of a running shop.
type remoteAdmin struct{ line *guard.Line }

// Dial reaches the running shop of a data directory. It is [guard.ErrNotRunning] when there is none.
func Dial(ctx context.Context, data string) (Admin, error) {
	line, err := Socket.Dial(ctx, data)
	if err != nil {
		return nil, err
	}
	return remoteAdmin{line}, nil
}

func (a remoteAdmin) call(ctx context.Context, call request) (answer response, err error) {
	err = a.line.Call(ctx, call, &answer)
	return answer, err
}

// AddKey implements [Admin].
func (a remoteAdmin) AddKey(ctx context.Context, channel string) (key, id string, err error) {
	answer, err := a.call(ctx, request{Do: "key add", Arg: channel})
	return answer.Key, answer.ID, err
}

// Keys implements [Admin].
func (a remoteAdmin) Keys(ctx context.Context) ([]store.Key, error) {
	answer, err := a.call(ctx, request{Do: "key list"})
	return answer.Keys, err
}

// RevokeKey implements [Admin].
func (a remoteAdmin) RevokeKey(ctx context.Context, id string) error {
	_, err := a.call(ctx, request{Do: "key revoke", Arg: id})
	return err
}

// Backup implements [Admin].
func (a remoteAdmin) Backup(ctx context.Context, file string) error {
	_, err := a.call(ctx, request{Do: "backup", Arg: file})
	return err
}

// Check implements [Admin].
func (a remoteAdmin) Check(ctx context.Context) error {
	_, err := a.call(ctx, request{Do: "check"})
	return err
}

// URL implements [Admin].
func (a remoteAdmin) URL(ctx context.Context) (string, error) {
	answer, err := a.call(ctx, request{Do: "url"})
	return answer.URL, err
}

// Report implements [Admin].
func (a remoteAdmin) Report(ctx context.Context) (string, error) {
	answer, err := a.call(ctx, request{Do: "report"})
	return answer.Text, err
}

// Pair implements [Admin].
func (a remoteAdmin) Pair(ctx context.Context, owner bool) (Pairing, error) {
	call := request{Do: "pair", Arg: access.CodeForTablet}
	if owner {
		call.Arg = access.CodeForOwner
	}
	answer, err := a.call(ctx, call)
	if err != nil {
		return Pairing{}, err
	}
	if answer.Pair == nil {
		return Pairing{}, errors.New("the running weir gave no code; is it of an older version?")
	}
	return *answer.Pair, nil
}

// Claim implements [Admin].
func (a remoteAdmin) Claim(ctx context.Context) error {
	_, err := a.call(ctx, request{Do: "claim"})
	return err
}

// Menu implements [Admin].
func (a remoteAdmin) Menu(ctx context.Context) (MenuFile, error) {
	answer, err := a.call(ctx, request{Do: "menu"})
	if err != nil {
		return MenuFile{}, err
	}
	if answer.Menu == nil {
		return MenuFile{}, errors.New("the running weir gave no menu; is it of an older version?")
	}
	return *answer.Menu, nil
}

// PreviewMenu implements [Admin].
func (a remoteAdmin) PreviewMenu(ctx context.Context, m MenuFile) (MenuPlan, error) {
	answer, err := a.call(ctx, request{Do: "menu preview", Menu: &m})
	if err != nil || answer.Plan == nil {
		return MenuPlan{}, err
	}
	return *answer.Plan, nil
}

// ChangeMenu implements [Admin].
func (a remoteAdmin) ChangeMenu(ctx context.Context, m MenuFile, base string) error {
	_, err := a.call(ctx, request{Do: "menu change", Arg: base, Menu: &m})
	return err
}
