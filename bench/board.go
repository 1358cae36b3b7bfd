package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// boardOrders is how many orders are followed to the kitchen's board, and boardPause what lies between two, so
	// that each finds a board at rest.
	boardOrders = 20
	boardPause  = 200 * time.Millisecond
	// boardGap is the least time between two frames of a board.
	boardGap = 150 * time.Millisecond
)

// board is how long an order took to be answered and to be on a tablet, both from the first byte of the post.
type board struct {
	answered, shown time.Duration // medians
}

// follow posts orders one by one and watches for each on a tablet's stream.
func (w *weir) follow(ctx context.Context) (board, error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	seen, err := w.watch(ctx)
	if err != nil {
		return board{}, err
	}
	c, err := w.dial()
	if err != nil {
		return board{}, err
	}
	defer c.conn.Close()
	var answered, shown []float64
	for i := range boardOrders {
		start := time.Now()
		answer, err := c.ask(w.post(fmt.Sprint("board-", i)))
		if err != nil {
			return board{}, err
		}
		answered = append(answered, time.Since(start).Seconds())
		var order struct{ Cups []struct{ ID string } }
		if err := json.Unmarshal(answer, &order); err != nil || len(order.Cups) == 0 {
			return board{}, errors.Join(errors.New("an answer without cups"), err)
		}
		at, err := seen.wait(ctx, order.Cups[0].ID)
		if err != nil {
			return board{}, err
		}
		shown = append(shown, at.Sub(start).Seconds())
		select {
		case <-time.After(boardPause):
		case <-ctx.Done():
			return board{}, ctx.Err()
		}
	}
	return board{seconds(median(answered)), seconds(median(shown))}, nil
}

// frame is a line of the stream that holds a screen, and when it came.
type frame struct {
	text string
	at   time.Time
}

// frames are the frames that came, newest last, until the stream ends.
type frames <-chan frame

// watch opens the board as a tablet does.
func (w *weir) watch(ctx context.Context) (frames, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.addr+"/kds/live", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("open the board: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("open the board: %s", resp.Status)
	}
	out := make(chan frame, 1024)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: <main") {
				select {
				case out <- frame{lines.Text(), time.Now()}:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out, nil
}

// wait waits for the first frame that shows a cup.
func (f frames) wait(ctx context.Context, cup string) (time.Time, error) {
	for {
		select {
		case shown, ok := <-f:
			if !ok {
				return time.Time{}, errors.New("the board's stream ended")
			}
			if strings.Contains(shown.text, cup) {
				return shown.at, nil
			}
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("cup %s does not come up on the board: %w", cup, ctx.Err())
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
