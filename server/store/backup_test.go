package store

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/shop/shopfile"
)

// TestABackupIsAShopThatGoesOn: what is restored has every order, new numbers and a new epoch.
func TestABackupIsAShopThatGoesOn(t *testing.T) {
	s, stop := running(t, t.TempDir())
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), file); err == nil {
		t.Error("a backup was overwritten")
	}
	after, err := s.Do(t.Context(), place("r2"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	stop()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName+".half"), []byte("of a restore that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), file, dir, spacious(t), noon); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 || files[0].Name() != FileName {
		t.Errorf("after the restore there are %v, %v; want the database alone", files, err)
	}
	if err := Restore(t.Context(), file, dir, spacious(t), noon); err == nil {
		t.Error("a database was overwritten")
	}
	restored, _ := running(t, dir)
	if err := restored.Check(t.Context()); err != nil {
		t.Errorf("check at once after restore: %v", err)
	}
	if o, err := restored.OrderByRef(t.Context(), "shangou", "r1"); err != nil || o.Customer.Name != "李" {
		t.Errorf("order r1 = %+v, %v", o, err)
	}
	if epoch := restored.Snapshot().Counters.Epoch; epoch != 2 {
		t.Errorf("epoch %d after the restore, want 2", epoch)
	}
	r, err := restored.Do(t.Context(), place("r2"))
	if err != nil || r.Order.ID <= after.Order.ID {
		t.Errorf("order r2 = %+v, %v; its number may be on a label already", r.Order, err)
	}
	if err := restored.Check(t.Context()); err != nil {
		t.Errorf("check after restore: %v", err)
	}
}

// TestABoxIsNamedOnceAndAnewAfterARestore: the name stays over a restart, and no other directory has it.
func TestABoxIsNamedOnceAndAnewAfterARestore(t *testing.T) {
	open := func(dir string) *Store {
		t.Helper()
		config, err := shopfile.Demo()
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, config, slog.New(slog.DiscardHandler), func() time.Time { return noon })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	s, stop := running(t, dir)
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	first := s.Box()
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	stop()
	s = open(dir)
	if s.Box() != first || len(first) < 20 {
		t.Errorf("box %q, and %q after a restart", first, s.Box())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := Restore(t.Context(), copied, restored, spacious(t), noon); err != nil {
		t.Fatal(err)
	}
	s = open(restored)
	defer s.Close()
	if s.Box() == first || s.Box() == "" {
		t.Errorf("box %q after a restore of a copy of %q", s.Box(), first)
	}
}
