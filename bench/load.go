package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// target is where orders are posted and what a post looks like.
type target struct {
	addr string // host:port
	post func(ref string) []byte
	end  func(answer []byte) ([]byte, error) // the request that ends the order; nil leaves orders open
}

// outcome is what a load came to.
type outcome struct {
	orders   int // acknowledged with 200 or 201
	perS     float64
	p50, p99 time.Duration
}

// limits bound a load.
type limits struct {
	lasts     time.Duration
	ordersMax int64
}

// answerMax is how long an answer may take before the bench gives up.
const answerMax = 30 * time.Second

// run posts orders from so many clients at once, each on a connection of its own, one after the other.
func (t target) run(ctx context.Context, prefix string, clients int, l limits) (outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sent atomic.Int64
	took, errs := make([][]time.Duration, clients), make([]error, clients)
	begin := make(chan struct{})
	var ready, all sync.WaitGroup
	ready.Add(clients)
	for i := range clients {
		all.Go(func() {
			c, err := t.dial()
			ready.Done()
			if err != nil {
				errs[i] = err
				return
			}
			defer c.conn.Close()
			<-begin
			for end := time.Now().Add(l.lasts); ctx.Err() == nil && time.Now().Before(end) && sent.Add(1) <= l.ordersMax; {
				lasted, err := t.order(c, fmt.Sprint(prefix, "-", i, "-", len(took[i])))
				if errs[i] = err; err != nil {
					cancel()
					return
				}
				took[i] = append(took[i], lasted)
			}
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	all.Wait()
	lasted := time.Since(start)
	every := slices.Concat(took...)
	if err := errors.Join(errs...); err != nil || len(every) == 0 {
		return outcome{}, fmt.Errorf("load of %d clients after %d orders: %w", clients, len(every), errors.Join(err, ctx.Err()))
	}
	slices.Sort(every)
	return outcome{
		orders: len(every), perS: float64(len(every)) / lasted.Seconds(),
		p50: every[len(every)/2], p99: every[len(every)*99/100],
	}, nil
}

// order posts one order and, where that is wanted, ends it. Only the post is timed.
func (t target) order(c *client, ref string) (lasted time.Duration, err error) {
	start := time.Now()
	answer, err := c.ask(t.post(ref))
	lasted = time.Since(start)
	if err != nil || t.end == nil {
		return lasted, err
	}
	last, err := t.end(answer)
	if err == nil {
		_, err = c.ask(last)
	}
	return lasted, err
}

// client is one connection. It is simpler and cheaper than [http.Client], which on a small machine would take the
// time that is to be measured.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func (t target) dial() (*client, error) {
	conn, err := net.DialTimeout("tcp", t.addr, answerMax)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &client{conn, bufio.NewReader(conn)}, nil
}

// ask sends a request and reads its answer.
func (c *client) ask(request []byte) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerMax)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, fmt.Errorf("post: %w", err)
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s: %s", answer.Status, body)
	}
	return body, nil
}

// post is a POST of JSON as it goes over the wire.
func post(addr, path, header, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
		path, addr, header, len(body), body)
}
