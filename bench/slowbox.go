package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A slow box: the cheapest computer that a shop might have, on its busiest day.
const (
	boxShare   = 0.10                   // of one core
	boxPeriod  = 100 * time.Millisecond // in which the share is counted, the kernel's default
	boxSync    = 10 * time.Millisecond  // more for every fsync
	boxCups    = 1400                   // to make, as one shop had on 6 February 2026
	boxBoards  = 4                      // open
	boxPerS    = 10                     // orders, and as many taps, a second
	boxFor     = 30 * time.Second
	boxSettle  = 5 * time.Second // after the boards were opened
	boxTapMax  = 120 * time.Millisecond
	boxPostMax = 180 * time.Millisecond
)

// slowBox measures taps and orders on a slow box, and prints a table.
func (b *bench) slowBox(ctx context.Context, out io.Writer, share float64) error {
	data := filepath.Join(b.dir, "slowbox")
	w, err := startWeir(ctx, b.builds.weir, b.shop, data, boxSync)
	if err != nil {
		return err
	}
	defer w.stop()
	cups, err := w.fill(boxCups / 2)
	if err != nil {
		return err
	}
	watching, enough := context.WithCancel(ctx)
	defer enough()
	for range boxBoards {
		if err := w.look(watching); err != nil {
			return err
		}
	}
	free, err := confine(w.cmd.Process.Pid, share)
	if err != nil {
		return err
	}
	defer free()
	select {
	case <-time.After(boxSettle):
	case <-ctx.Done():
		return ctx.Err()
	}
	before, err := w.cpu()
	if err != nil {
		return err
	}
	orders, taps := w.busy(ctx, cups)
	after, err := w.cpu()
	if err := errors.Join(err, orders.err, taps.err); err != nil {
		return err
	}
	fmt.Fprintf(out, "slow box: %.0f %% of a core (%.1f %% used), fsync %v more, %d cups to make, %d boards, %d orders and %d taps a second\n",
		share*100, (after-before).Seconds()/boxFor.Seconds()*100, boxSync, boxCups, boxBoards, boxPerS, boxPerS)
	for _, row := range []struct {
		name string
		of   *spell
		max  time.Duration
	}{{"tap", taps, boxTapMax}, {"order", orders, boxPostMax}} {
		p99 := row.of.at(99)
		word := "reached"
		if p99 > row.max {
			word = "missed"
		}
		fmt.Fprintf(out, "%-6s %4d answered, p50 %v, p99 %v, goal %v: %s\n", row.name, len(row.of.took), row.of.at(50).Round(time.Millisecond),
			p99.Round(time.Millisecond), row.max, word)
	}
	return nil
}

// fill places orders of two cups, and returns a cup of each.
func (w *weir) fill(orders int) (cups []string, err error) {
	c, err := w.dial()
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	for i := range orders {
		answer, err := c.ask(w.post(fmt.Sprint("fill-", i)))
		if err != nil {
			return nil, err
		}
		var order struct{ Cups []struct{ ID string } }
		if err := json.Unmarshal(answer, &order); err != nil || len(order.Cups) == 0 {
			return nil, errors.Join(errors.New("an answer without cups"), err)
		}
		cups = append(cups, order.Cups[0].ID)
	}
	return cups, nil
}

// look opens a board, and reads it until ctx ends.
func (w *weir) look(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addr+"/kds/live", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("open a board: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return fmt.Errorf("open a board: %s", resp.Status)
	}
	go func() {
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body) // until the stream ends
	}()
	return nil
}

// spell is how long each of many requests took.
type spell struct {
	took []time.Duration
	err  error
}

func (s *spell) at(percent int) time.Duration { return s.took[len(s.took)*percent/100] }

// busy sends orders and taps at once, each at its pace whatever the answers take, as customers and crews do.
func (w *weir) busy(ctx context.Context, cups []string) (orders, taps *spell) {
	orders, taps = &spell{}, &spell{}
	var both sync.WaitGroup
	both.Go(func() { w.atPace(ctx, orders, func(i int) []byte { return w.post(fmt.Sprint("busy-", i)) }) })
	both.Go(func() {
		w.atPace(ctx, taps, func(i int) []byte {
			return post(w.addr, "/kds/cups/"+cups[i]+"/done", "Accept: application/json\r\n", `{}`)
		})
	})
	both.Wait()
	return orders, taps
}

// atPace sends requests at moments that are fixed beforehand; a late answer delays no other. Each is timed from its moment.
func (w *weir) atPace(ctx context.Context, s *spell, request func(i int) []byte) {
	var mu sync.Mutex
	var all sync.WaitGroup
	note := func(lasted time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		s.took, s.err = append(s.took, lasted), errors.Join(s.err, err)
	}
	idle := make(chan *client, boxPerS*int(boxFor/time.Second))
	begin := time.Now()
	for i := range boxPerS * int(boxFor/time.Second) {
		due := begin.Add(time.Duration(i) * time.Second / boxPerS)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			note(0, ctx.Err())
			return
		}
		all.Go(func() {
			var c *client
			var err error
			select {
			case c = <-idle:
			default:
				if c, err = w.dial(); err != nil {
					note(0, err)
					return
				}
			}
			_, err = c.ask(request(i))
			note(time.Since(due), err)
			idle <- c
		})
	}
	all.Wait()
	close(idle)
	for c := range idle {
		c.conn.Close() // it has served
	}
	slices.Sort(s.took)
}

// confine gives a process a share of one core (cgroups, version 1 or 2); free ends that. It takes root.
func confine(pid int, share float64) (free func(), err error) {
	name := fmt.Sprintf("weir-bench-%d", os.Getpid())
	quota := fmt.Sprint(int64(share * float64(boxPeriod/time.Microsecond)))
	period := fmt.Sprint(int64(boxPeriod / time.Microsecond))
	dir, limits := filepath.Join("/sys/fs/cgroup/cpu", name), [][2]string{{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", quota}}
	home := "/sys/fs/cgroup/cpu"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		home, dir, limits = "/sys/fs/cgroup", filepath.Join("/sys/fs/cgroup", name), [][2]string{{"cpu.max", quota + " " + period}}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("confine the server: %w; it takes root and cgroups", err)
	}
	free = func() {
		os.WriteFile(filepath.Join(home, "cgroup.procs"), fmt.Append(nil, pid), 0) // it may have ended
		os.Remove(dir)
	}
	for _, l := range append(limits, [2]string{"cgroup.procs", fmt.Sprint(pid)}) {
		if err := os.WriteFile(filepath.Join(dir, l[0]), []byte(l[1]), 0); err != nil {
			free()
			return nil, fmt.Errorf("confine the server: %w", err)
		}
	}
	return free, nil
}
