package engine

import (
	"context"
	"fmt"
	"testing"

	"weir/shop/bell"
)

// TestTheTrailTellsTheLastValues writes before the trail begins and after, and makes the streams anew under it, as happens
// when a copy of the streams is brought back.
func TestTheTrailTellsTheLastValues(t *testing.T) {
	e, ctx := start(t, nil), bounded(t)
	if err := e.MakeStreams(ctx, OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	subject := func(i int) string { return fmt.Sprintf("fleet.ord.%d.first.%d", i%Partitions, i) }
	write := func(i int, text string) {
		if err := e.Set(ctx, Orders, subject(i), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	const before, after = 50, 20
	for i := range before {
		write(i, "old")
		write(i, "before")
	}
	write(0, "last")
	type told struct{ subject, text string }
	heard := make(chan told, 1024)
	walk, stop := context.WithCancel(ctx)
	defer stop()
	if err := e.Trail(walk, Orders, "fleet.ord.*.*.*", func(s string, v Value) { heard <- told{s, string(v.Data)} }); err != nil {
		t.Fatal(err)
	}
	want := func(n int, text func(i int) string) {
		t.Helper()
		got := map[string]string{}
		for len(got) < n {
			select {
			case v := <-heard:
				got[v.subject] = v.text
			case <-ctx.Done():
				t.Fatalf("heard %d of %d", len(got), n)
			}
		}
		for i := range n {
			if got[subject(i)] != text(i) {
				t.Errorf("%s is %q", subject(i), got[subject(i)])
			}
		}
	}
	want(before, func(i int) string {
		if i == 0 {
			return "last"
		}
		return "before"
	})
	for i := range after {
		write(i, "after")
	}
	want(after, func(int) string { return "after" })
	names, err := e.homes(ctx, Orders)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := e.JS.DeleteStream(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.MakeStreams(ctx, OrdersKeepMin); err != nil {
		t.Fatal(err)
	}
	for i := range after {
		write(i, "anew") // their numbers are below those that were read
	}
	want(after, func(int) string { return "anew" })
	select {
	case v := <-heard:
		t.Errorf("told what was not written: %v", v)
	default:
	}
	stop()
	bell.Sleep(ctx, 2*trailEvery)
	write(0, "late")
	bell.Sleep(ctx, 2*trailEvery)
	if len(heard) > 0 {
		t.Error("a trail that was ended still tells")
	}
}
