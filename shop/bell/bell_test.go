package bell

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestARingIsNotMissed(t *testing.T) {
	var b Bell
	b.Ring() // nobody waits
	first, second := b.Wait(), b.Wait()
	select {
	case <-first:
		t.Fatal("rung before it was")
	default:
	}
	b.Ring()
	<-first
	<-second
	select {
	case <-b.Wait():
		t.Error("one ring was heard twice")
	default:
	}
}

func TestSleepEndsWithTheTimeOrTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if !Sleep(t.Context(), time.Minute) || time.Since(began) != time.Minute {
			t.Errorf("slept %v", time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if Sleep(ctx, time.Hour) || time.Since(began) != time.Minute+time.Second {
			t.Errorf("slept %v", time.Since(began))
		}
	})
}
