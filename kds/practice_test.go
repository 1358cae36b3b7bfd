package kds

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/shop"
	"weir/shop/memory"
)

// files lists a directory with sizes, to see that nothing was written.
func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPracticeIsAnotherShop(t *testing.T) {
	dir := t.TempDir()
	k := open(t, options{dir: dir})
	k.order("meituan", "37", cup("matcha", 1))
	before, written := k.store.Snapshot().Counters, files(t, dir)
	if status, to, body := k.post("/practice/begin/1400", url.Values{}); status != http.StatusSeeOther || to != "/practice/kds" {
		t.Fatalf("%d to %s\n%s", status, to, body)
	}
	status, board := k.get("/practice/kds")
	if status != 200 || !strings.Contains(board, "<b>1400</b>") || !strings.Contains(board, `class="banner"`) {
		t.Errorf("%d: the practice board does not show 1400 cups and its banner", status)
	}
	if strings.Contains(board, `"/kds`) {
		t.Error("the practice board leads to the real shop")
	}
	if status, answer := k.call("/practice/kds/cups/c1-1/done", `{}`); status != 200 {
		t.Errorf("a tap in the practice: %d %s", status, answer)
	}
	if after := k.store.Snapshot().Counters; after.Seq != before.Seq || after.Order != before.Order {
		t.Error("the practice changed the real shop")
	}
	if now := files(t, dir); !slices.Equal(written, now) {
		t.Errorf("the practice wrote files: %v", now)
	}
	if _, real := k.get("/kds"); strings.Contains(real, `class="banner"`) || !strings.Contains(real, `data-cup="c1-1"`) {
		t.Error("the real board is not the real shop's any more")
	}
}

// The first real order ends the practice on every tablet, and nothing of it is left.
func TestPracticeEndsAtTheFirstRealOrder(t *testing.T) {
	k := open(t, options{})
	k.post("/practice/begin/rush", url.Values{})
	w := k.watchAt(t, "/practice/kds/live")
	w.until("<b>120</b>")
	k.do(shop.SetAvailable{Item: "grape", Available: false}) // no order: the practice goes on
	if p := k.screens.practice; p.gone() != "" {
		t.Fatal("the practice ended without a real order")
	}
	k.order("meituan", "37", cup("matcha", 1))
	w.until(`data-go="/practice"`)
	if left := k.screens.practice.shop.Snapshot(); left.Orders.Len() != 0 {
		t.Errorf("%d orders of the practice are left", left.Orders.Len())
	}
	if _, err := k.screens.practice.shop.Order(t.Context(), 1); !errors.Is(err, shop.ErrNotFound) {
		t.Errorf("an order of the practice is remembered: %v", err)
	}
	r, err := http.NewRequest(http.MethodGet, k.url+"/practice/kds", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, to, _ := k.send(r); status != http.StatusSeeOther || to != "/practice" {
		t.Errorf("the practice board: %d to %s", status, to)
	}
	if status, _ := k.call("/practice/kds/counter", `{"cups":1}`); status != http.StatusConflict {
		t.Errorf("a tap after the end: %d, want 409", status)
	}
}

func TestPracticeOrdersKeepComing(t *testing.T) {
	k := open(t, options{})
	k.post("/practice/begin/warm-up", url.Values{})
	w := k.watchAt(t, "/practice/kds/live")
	w.until(`id="c` + strconv.Itoa(int(k.screens.practice.shop.Snapshot().Counters.Order)) + `-1"`)
	next := strconv.Itoa(int(k.screens.practice.shop.Snapshot().Counters.Order) + 1)
	k.clock.Move(rushes[0].every)
	w.until(`id="c` + next + `-1"`)
}

// TestPracticeScreensAnswerWhileItFills: 1400 cups take a while to come in, and no screen waits for them.
func TestPracticeScreensAnswerWhileItFills(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	var armed atomic.Bool
	k := open(t, options{hub: func(h *hub) {
		p := h.screens.practice
		p.shop = memory.New(p.real.Kitchen.Snapshot().Config, func() time.Time {
			if armed.CompareAndSwap(true, false) {
				close(inside)
				<-goOn
			}
			return p.real.Now()
		})
	}})
	armed.Store(true)
	begun := make(chan int, 1)
	go func() {
		status, _, _ := k.post("/practice/begin/warm-up", url.Values{})
		begun <- status
	}()
	<-inside
	answered := make(chan struct{})
	go func() { k.screens.practice.gone(); close(answered) }()
	select {
	case <-answered:
	case <-time.After(10 * time.Second):
		t.Error("a screen waits until the practice is full")
	}
	close(goOn)
	if status := <-begun; status != http.StatusSeeOther {
		t.Errorf("begun with %d", status)
	}
}
