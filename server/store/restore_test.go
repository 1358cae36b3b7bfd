package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// backedUp is a backup of a shop with an order.
func backedUp(t *testing.T) (file string) {
	t.Helper()
	s, stop := running(t, t.TempDir())
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	stop()
	return file
}

// TestRestoreDoesNotBelieveTheFile: what was changed in a backup is noticed before there is a database, and nothing in it
// runs. The control is the same backup, unchanged.
func TestRestoreDoesNotBelieveTheFile(t *testing.T) {
	for name, change := range map[string]string{
		"unchanged":                     ``,
		"a damaged row":                 `UPDATE orders SET doc = replace(doc, '"qty":2', '"qty":3')`,
		"a row without its checksum":    `UPDATE orders SET crc = 0`,
		"the last epoch there is":       `UPDATE part SET doc = json_set(doc, '$.epoch', 9223372036854775807) WHERE name = 'counters'`,
		"an epoch that is not whole":    `UPDATE part SET doc = json_set(doc, '$.epoch', 9007199254740992) WHERE name = 'counters'`,
		"a negative epoch":              `UPDATE part SET doc = json_set(doc, '$.epoch', -5) WHERE name = 'counters'`,
		"an epoch that is no number":    `UPDATE part SET doc = json_set(doc, '$.epoch', 'x') WHERE name = 'counters'`,
		"counters that are gone":        `DELETE FROM part WHERE name = 'counters'`,
		"a ledger that does not add up": `UPDATE part SET doc = json_set(doc, '$.ordered', 99) WHERE name = 'ledger'`,
		"a trigger": `CREATE TRIGGER t AFTER UPDATE ON part BEGIN INSERT INTO member VALUES ('owner', 'x', 'owner', '$', ` +
			`0); END`,
		"a view":                      `CREATE VIEW v AS SELECT * FROM orders`,
		"a view in a table's place":   `ALTER TABLE person RENAME TO p2; CREATE VIEW person AS SELECT * FROM p2`,
		"a table of somebody else's":  `CREATE TABLE more (x)`,
		"an index of somebody else's": `CREATE INDEX more ON orders (channel)`,
		"a column more":               `ALTER TABLE member ADD COLUMN x TEXT`,
		"a table less":                `DROP TABLE statement`,
		"no version":                  `DELETE FROM goose_db_version`,
		"a version to come":           `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			file, dir := backedUp(t), t.TempDir()
			if change != "" {
				db, err := sql.Open("sqlite", fileDSN(file))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := db.Exec(change); err != nil {
					t.Fatal(err)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
			}
			err := Restore(t.Context(), file, dir, spacious(t), noon)
			left, readErr := os.ReadDir(dir)
			if readErr != nil {
				t.Fatal(readErr)
			}
			switch {
			case change == "" && (err != nil || len(left) != 1):
				t.Errorf("%v, left %v", err, left)
			case change != "" && (err == nil || len(left) != 0):
				t.Errorf("%v, left %v; want it refused and nothing there", err, left)
			}
		})
	}
}

// TestRestoreTakesFilesOnly: a pipe is not waited for, and a directory is none.
func TestRestoreTakesFilesOnly(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, link, t.TempDir(), "/dev/zero", text, filepath.Join(t.TempDir(), "nothing")} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		dir := t.TempDir()
		ended := make(chan error, 1)
		go func() { ended <- Restore(ctx, file, dir, spacious(t), noon) }()
		select {
		case err := <-ended:
			if _, there := os.Stat(filepath.Join(dir, FileName)); err == nil || !errors.Is(there, os.ErrNotExist) {
				t.Errorf("%s: %v, %v; want it refused", file, err, there)
			}
		case <-ctx.Done():
			t.Fatalf("%s: waited for", file)
		}
		cancel()
	}
}

// TestADirectoryMayBeCalledWhatItLikes: what ends a path in a URI does not end it here, for a shop, a backup and a restore.
func TestADirectoryMayBeCalledWhatItLikes(t *testing.T) {
	above := t.TempDir()
	dir := filepath.Join(above, "50%25 off? #1 & mode=memory 店")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, stop := running(t, filepath.Join(dir, "data?"))
	if _, err := s.Do(t.Context(), place("r1")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "backup?.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := Restore(t.Context(), file, filepath.Join(dir, "again#"), spacious(t), noon); err != nil {
		t.Fatal(err)
	}
	again, _ := running(t, filepath.Join(dir, "again#"))
	if o, err := again.OrderByRef(t.Context(), "shangou", "r1"); err != nil || o.Ref != "r1" {
		t.Errorf("%+v, %v", o, err)
	}
	for in, want := range map[string]int{above: 1, dir: 3} {
		if files, err := os.ReadDir(in); err != nil || len(files) != want {
			t.Errorf("%s holds %v, %v; want %d", in, files, err, want)
		}
	}
}
