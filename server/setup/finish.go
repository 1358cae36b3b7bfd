package setup

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"weir/server/access"
	"weir/shop/guard"
	"weir/shop/shopfile"
	"weir/shop/words"
)

// takeOwner ends the setup: it writes the file and gives the owner on.
func (s *Setup) takeOwner(l words.Lang, form url.Values) error {
	for _, t := range steps {
		if !s.filled[t.id] && t.id != ownerStep {
			return wrong{"setup.step_missing", []any{l.T("setup.step." + t.id)}}
		}
	}
	owner := Owner{form.Get("name"), form.Get("password")}
	switch {
	case !access.GoodName(owner.Name):
		return wrong{id: "sign_in.name_rule"}
	case owner.Password != form.Get("again"):
		return wrong{id: "sign_in.the_two_passwords_differ"}
	case !guard.GoodPassword(owner.Password):
		return wrong{id: "sign_in.a_password_has_at"}
	}
	text := s.draft.Text(l)
	if _, err := shopfile.Parse(filepath.Base(s.File), text); err != nil {
		return wrong{"setup.file_refused", []any{err.Error()}}
	}
	err := writeNew(s.File, text)
	if err == nil {
		if err := syncDir(filepath.Dir(s.File)); err != nil { // the file is there: what went wrong is how sure it is
			s.Log.Warn("the shop's file may not survive a power cut in this minute", "error", err)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return wrong{"setup.file_exists", []any{s.File}}
	}
	if err != nil {
		s.Log.Error("cannot write the shop's file", "error", err)
		return wrong{"setup.file_failed", []any{s.File}}
	}
	s.over = true
	s.finished <- owner // it has room for the one
	return nil
}

// fileMode lets the shop's user and its group read the file.
const fileMode = 0o640

// writeNew makes a file with a text, whole or not at all. A file of that name is never touched: the error is then [os.ErrExist].
func writeNew(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // the name goes; the file has another one by then, if all went well
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(fileMode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename it replaces nothing
		return fmt.Errorf("name %s: %w", path, err)
	}
	return nil
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Writable returns an error where a first start could not write its file in the end.
func Writable(file string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-")
	if err != nil {
		return fmt.Errorf("a first start writes %s, and cannot: %w", file, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
