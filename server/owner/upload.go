package owner

import (
	"crypto/rand"
	"sync"
	"time"
)

const (
	// uploadsMax is how many files may wait for a decision at once: one person decides about one after the other.
	uploadsMax = 4
	// uploadKept is how long a file waits for a decision.
	uploadKept = 15 * time.Minute
)

// upload is a file that waits until a person has decided about some of its lines.
type upload struct {
	name string
	text []byte
	at   time.Time // when it came, by the machine's monotonic clock
}

// uploads keeps files between two pages, in memory only. The zero value is empty.
type uploads struct {
	mu   sync.Mutex
	kept map[string]upload
}

// keep keeps a file and returns the name under which it is found again. The oldest makes room.
func (u *uploads) keep(name string, text []byte) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.kept == nil {
		u.kept = map[string]upload{}
	}
	oldest := ""
	for token, f := range u.kept {
		if time.Since(f.at) > uploadKept {
			delete(u.kept, token)
		} else if oldest == "" || f.at.Before(u.kept[oldest].at) {
			oldest = token
		}
	}
	if len(u.kept) >= uploadsMax {
		delete(u.kept, oldest)
	}
	token := rand.Text()
	u.kept[token] = upload{name, text, time.Now()}
	return token
}

// find is the file that was kept under a name; ok is false when it has waited too long.
func (u *uploads) find(token string) (f upload, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f, ok = u.kept[token]
	return f, ok && time.Since(f.at) <= uploadKept
}

// drop forgets a file.
func (u *uploads) drop(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.kept, token)
}
