package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	boxesLost     = 3  // how often the data directory is deleted; with WEIR_LONG=1 it is boxesLostLong
	boxesLostLong = 30 //
	copyClients   = 4
	copyLoad      = 2 * time.Second // of orders before each loss
)

// copied is an order that the shop has accepted.
type copied struct {
	body    []byte
	receipt string
	at      time.Time // when the answer was there
}

// copyLedger is what a channel was told, over every box that the shop has had.
type copyLedger struct {
	k      *killable
	mu     sync.Mutex
	n      int
	orders map[string]copied
}

// place sends an order; an error is an answer that is no acceptance.
func (l *copyLedger) place(ctx context.Context, body []byte) (receipt string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.k.url+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.k.keys["shangou"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var told struct{ Receipt string }
	if resp.StatusCode/100 != 2 || json.Unmarshal(text, &told) != nil || told.Receipt == "" {
		return "", fmt.Errorf("%s: %s", resp.Status, text)
	}
	return told.Receipt, nil
}

// load sends orders until ctx ends or the shop is gone.
func (l *copyLedger) load(ctx context.Context) {
	for ctx.Err() == nil {
		l.mu.Lock()
		l.n++
		ref := fmt.Sprintf("c-%d", l.n)
		l.mu.Unlock()
		body := fmt.Appendf(nil, `{"ref":%q,"fulfilment":"delivery","items":[{"item":"tea","qty":1}],`+
			`"totals":{"total_fen":900,"paid_fen":900,"subsidy_fen":0}}`, ref)
		receipt, err := l.place(ctx, body)
		if err != nil {
			return
		}
		l.mu.Lock()
		l.orders[ref] = copied{body, receipt, time.Now()}
		l.mu.Unlock()
	}
}

// copiedUntil is what the shop says of its copy.
func copiedUntil(t *testing.T, k *killable) time.Time {
	t.Helper()
	at := time.Now()
	resp, err := http.Get(k.url + "/metrics")
	if err != nil {
		return time.Time{}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return time.Time{}
	}
	m := regexp.MustCompile(`(?m)^weir_copy_age_seconds (\S+)$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("the metrics do not say how old the copy is:\n%s", text)
	}
	age, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(-time.Duration(age * float64(time.Second)))
}

// refs are the orders in a data directory that no shop has open, by how often each is there.
func refs(t *testing.T, dir string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "weir.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT ref FROM orders WHERE channel = 'shangou'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			t.Fatal(err)
		}
		all[ref]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// restoreFrom runs weir restore, as a person does on a new box.
func restoreFrom(t *testing.T, k *killable, target string) ([]byte, error) {
	args := []string{"restore", "--from", target, "--data", k.dir, "--config", k.config()}
	return exec.CommandContext(t.Context(), k.program, args...).CombinedOutput()
}

// loseBox kills the shop and deletes all that it has on its disk.
func loseBox(t *testing.T, k *killable) {
	t.Helper()
	k.kill()
	shop, err := os.ReadFile(k.config())
	if err == nil {
		err = os.RemoveAll(k.dir)
	}
	if err == nil {
		err = os.Mkdir(k.dir, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.write(t, "shop.yaml", string(shop))
}

// TestABoxIsLostUnderLoad deletes the whole data directory while orders come in, again and again, and goes on from the copy.
// What the shop said is copied is there; what the channel was told and the copy lacks, it sends again with its receipt, and
// then every order is there once.
func TestABoxIsLostUnderLoad(t *testing.T) {
	k, target := newKillable(t, nil), t.TempDir()
	t.Run("the control, without a copy", func(t *testing.T) { withoutACopy(t, k.sibling(t)) })
	k.args = []string{"--replica", target}
	l := &copyLedger{k: k, orders: map[string]copied{}}
	rounds := boxesLost
	if os.Getenv("WEIR_LONG") == "1" {
		rounds = boxesLostLong
	}
	k.start(t)
	for round := range rounds {
		ctx, stop := context.WithTimeout(t.Context(), copyLoad)
		var all sync.WaitGroup
		for range copyClients {
			all.Go(func() { l.load(ctx) })
		}
		<-ctx.Done()
		stop()
		var until time.Time
		for deadline := time.Now().Add(startMax); until.IsZero() || until.Before(time.Now().Add(-startMax)); {
			if until = copiedUntil(t, k); time.Now().After(deadline) {
				t.Fatalf("nothing was copied\n%s", k.log(t))
			}
		}
		lost := time.Now()
		loseBox(t, k)
		all.Wait()

		out, err := restoreFrom(t, k, target)
		if err != nil {
			t.Fatalf("restore: %v: %s", err, out)
		}
		took := time.Since(lost)
		there, missing, oldest := refs(t, k.dir), 0, time.Duration(0)
		for ref, o := range l.orders {
			if there[ref] == 0 {
				missing++
				oldest = max(oldest, lost.Sub(o.at))
				if o.at.Before(until) {
					t.Errorf("%s was accepted %v before the shop said all is copied, and is not in the copy", ref, until.Sub(o.at))
				}
			}
		}
		k.start(t)
		if err := k.check(t.Context()); err != nil {
			t.Error(err)
		}
		for ref, o := range l.orders {
			if there[ref] == 0 {
				again := append(bytes.TrimSuffix(o.body, []byte("}")), fmt.Sprintf(`,"accepted":{"receipt":%q}}`, o.receipt)...)
				if _, err := l.place(t.Context(), again); err != nil {
					t.Errorf("%s is known to be accepted, and is not taken again: %v", ref, err)
				}
			}
		}
		t.Logf("loss %d: %d orders, %d not in the copy, the oldest of them %v; back after %v", round, len(l.orders), missing, oldest, took)
	}
	k.kill()
	for ref, n := range refs(t, k.dir) {
		if n != 1 {
			t.Errorf("%s is there %d times", ref, n)
		}
	}
	if there := refs(t, k.dir); len(there) < len(l.orders) {
		t.Errorf("%d orders are there, %d were accepted", len(there), len(l.orders))
	}
}

// withoutACopy is the control: the same loss without a copy leaves nothing, and says so.
func withoutACopy(t *testing.T, k *killable) {
	target := t.TempDir()
	l := &copyLedger{k: k, orders: map[string]copied{}}
	k.start(t)
	ctx, stop := context.WithTimeout(t.Context(), copyLoad/4)
	l.load(ctx)
	stop()
	if len(l.orders) == 0 {
		t.Fatal("no order was accepted")
	}
	loseBox(t, k)
	out, err := restoreFrom(t, k, target)
	if err == nil || !strings.Contains(string(out), "there is no copy at "+target) {
		t.Errorf("restore without a copy: %v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(k.dir, "weir.db")); err == nil {
		t.Error("a database is there")
	}
}
