package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	killsPerShop = 20 // then its orders are counted and another shop opens
	shopsLong    = 50 // with WEIR_LONG=1; otherwise one
	killClients  = 6  // over HTTP
	// lifeMin and lifeMax are how long a life lasts once orders come in: from a commit or two to a few hundred.
	lifeMin, lifeMax = 2 * time.Millisecond, 200 * time.Millisecond
	// holdEvery is how many lives pass between two comparisons of the whole ledger, which grows.
	holdEvery = 10
)

// TestKillNineLosesNothing kills the server at random moments while orders come in, and holds it against a ledger of
// its clients: what was acknowledged is there, once, as it was acknowledged.
func TestKillNineLosesNothing(t *testing.T) {
	k, shops := newKillable(t, nil), 1
	if os.Getenv("WEIR_LONG") == "1" {
		shops = shopsLong
	}
	for shop := range shops {
		t.Run(fmt.Sprint("shop ", shop), func(t *testing.T) { livesOfAShop(t, k.sibling(t)) })
	}
}

func livesOfAShop(t *testing.T, k *killable) {
	http, mqtt := k.ledger("shangou"), k.ledger("meituan")
	mqtt.customers = func(ctx context.Context) { mqtt.overMQTT(ctx, k.broker) }
	for life := range killsPerShop {
		if err := live(t, k, life%holdEvery == 0, http, mqtt); err != nil {
			t.Fatalf("after %d kills: %v\n%s", life, err, k.log(t))
		}
	}
	k.start(t)
	for _, l := range []*killLedger{http, mqtt} {
		if err := errors.Join(l.settle(t.Context()), l.holdAgainst(t.Context(), k)); err != nil {
			t.Errorf("%s after %d kills: %v\n%s", l.channel, killsPerShop, err, k.log(t))
		}
		t.Logf("%s: %d kills, %d orders, %d events", l.channel, killsPerShop, len(l.orders), len(l.events))
	}
	if err := k.stopPolitely(); err != nil {
		t.Errorf("stop: %v\n%s", err, k.log(t))
	}
}

// live is one life of the shop: it comes up, answers what was left open, takes orders, and is killed.
func live(t *testing.T, k *killable, whole bool, ledgers ...*killLedger) error {
	t.Helper()
	ctx := t.Context()
	k.start(t)
	var all sync.WaitGroup
	for _, l := range ledgers {
		if err := l.settle(ctx); err != nil {
			return err
		}
		if whole {
			if err := l.holdAgainst(ctx, k); err != nil {
				return err
			}
		}
		all.Go(func() { l.customers(ctx) })
		all.Go(func() { l.follow(ctx) })
	}
	<-time.After(lifeMin + rand.N(lifeMax-lifeMin))
	k.kill()
	all.Wait()
	return nil
}

// TestAnsweringBeforeTheCommitIsCaught is the control: the same server with one line moved, so that it answers before
// the commit, is killed in the same way and must be caught by the same ledger.
func TestAnsweringBeforeTheCommitIsCaught(t *testing.T) {
	file, err := filepath.Abs("store/store.go")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const commit = "if err := s.rows.commit(ctx); err != nil {"
	const answerFirst = `for i := range batch {
		batch[i].reply <- replies[i]
		batch[i].reply = make(chan reply, 1) // nobody listens to the answer after the commit
	}
	time.Sleep(2 * time.Millisecond) // a disk that is not quite as fast
	`
	hasty := strings.Replace(string(source), commit, answerFirst+commit, 1)
	if hasty == string(source) {
		t.Fatalf("%s has no %q; say here where the commit is", file, commit)
	}
	k := newKillable(t, map[string]string{file: writeFile(t, "store.go", hasty)})
	l := k.ledger("shangou")
	for range killsPerShop {
		if err := live(t, k, true, l); err != nil {
			t.Logf("caught: %v", err)
			return
		}
	}
	t.Error("a server that answers before the commit was not caught: the kill proof cannot fail")
}

// TestADiskThatFailsIsAnUnknown makes writes or syncs of the running server fail: for a while, and once on each thread.
// Nobody is told a refusal or a success, the process lives, and when the disk is well again everything is taken, once.
func TestADiskThatFailsIsAnUnknown(t *testing.T) {
	plain := newKillable(t, nil)
	for _, inject := range []string{"fsync:error=EIO", "pwrite64:error=ENOSPC", "fsync:error=EIO:when=1", "pwrite64:error=ENOSPC:when=2"} {
		t.Run(inject, func(t *testing.T) {
			k := plain.sibling(t)
			l := k.ledger("shangou")
			k.start(t)
			l.try(t, 5)
			if left := len(l.unknown()); left != 0 {
				t.Fatalf("%d orders are open before anything failed", left)
			}
			heal := k.inject(t, inject)
			l.try(t, 20)
			left := len(l.unknown())
			if once := strings.Contains(inject, "when="); left == 0 || left == 20 && once || left < 20 && !once {
				t.Errorf("%d of 20 orders are open beside the failing disk", left)
			}
			k.await(t, "/healthz")
			heal()
			whole := func() error { return errors.Join(l.settle(t.Context()), l.holdAgainst(t.Context(), k)) }
			if err := whole(); err != nil {
				t.Errorf("with the disk well again: %v\n%s", err, k.log(t))
			}
			k.kill()
			k.start(t)
			if err := whole(); err != nil {
				t.Errorf("after a kill: %v\n%s", err, k.log(t))
			}
		})
	}
}
