package printer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"weir/printer/escpos"
)

// escposDialect talks to ESC/POS printers.
type escposDialect struct{}

func (escposDialect) read(b []byte) (answer, int) {
	a, n := escpos.Read(b)
	switch a.Kind {
	case escpos.Status:
		return answer{kind: saidStatus, status: []byte{a.Byte}}, n
	case escpos.Fence:
		return answer{kind: saidFence, paper: a.Byte&0x0C != 0}, n
	case escpos.Named:
		return answer{kind: saidNamed, id: a.ID}, n
	case escpos.Block:
		return answer{kind: saidMaker, text: a.Block}, n
	}
	return answer{}, n
}

func (escposDialect) hello(stump bool) []byte {
	if stump {
		return slices.Concat(escpos.Flush, escpos.Stump)
	}
	return escpos.Flush
}

func (escposDialect) question() []byte { return escpos.AskOffline.Bytes() }

// look asks for the reasons to be off-line and for the paper; only where the first answer says "error" for the error.
func (escposDialect) look(ctx context.Context, l *link) (condition, error) {
	var c condition
	offline, err := l.ask(ctx, escpos.AskOffline.Bytes())
	if err != nil {
		return c, err
	}
	paper, err := l.ask(ctx, escpos.AskPaper.Bytes())
	if err != nil {
		return c, err
	}
	c.near = paper[0]&0x0C != 0
	switch {
	case offline[0]&0x04 != 0:
		c.reason = ReasonCover
	case offline[0]&0x20 != 0 || paper[0]&0x60 != 0:
		c.reason = ReasonPaper
	case offline[0]&0x40 != 0:
		fault, err := l.ask(ctx, escpos.AskError.Bytes())
		if err != nil {
			return c, err
		}
		c.reason = ReasonError
		if fault[0]&0x08 != 0 {
			c.reason = ReasonCutter
		}
	}
	return c, nil
}

func (escposDialect) fence(l *link, job int64) []byte {
	if !l.named {
		return escpos.AskFence
	}
	return slices.Concat(escpos.AskFence, escpos.NamedFence(escpos.FenceID(job)))
}

// sync finds out whether the printer answers fences, and who made it. Both questions are answered in buffer order: a
// fence that an earlier connection left under way comes before the maker's name, or with a printer that gives no name
// right before our own fence, and is thrown away. It returns errSilent from a printer that answers no fences.
func (d escposDialect) sync(ctx context.Context, l *link, broken bool) error {
	limit := l.timing.Answer
	if broken {
		limit = l.timing.FenceBase
	}
	err := errSilent
	for try := 0; try < l.timing.Polls && errors.Is(err, errSilent); try++ {
		if _, err = l.write(slices.Concat(escpos.AskMaker, escpos.AskFence), l.timing.Answer); err == nil {
			err = d.awaitSync(ctx, l, limit)
		}
	}
	l.stray = false
	if errors.Is(err, errSilent) {
		if c, err := d.look(ctx, l); err != nil || c.reason != ReasonNone {
			return errors.Join(errBlocked, err) // no wonder that no fence came
		}
	}
	return err
}

func (escposDialect) awaitSync(ctx context.Context, l *link, limit time.Duration) error {
	maker, fenced := "", false
	for {
		wait := limit
		if fenced {
			wait = l.timing.Quiet
		}
		a, err := l.await(ctx, wait, func(a answer) bool { return a.kind == saidFence || a.kind == saidMaker })
		switch {
		case errors.Is(err, errSilent) && fenced:
			return nil
		case err != nil:
			return err
		case a.kind == saidMaker:
			maker, fenced = a.text, false
			l.named = strings.EqualFold(maker, makerWithNames)
		case maker != "":
			return nil
		default:
			fenced = true
		}
	}
}

// makerWithNames is the maker whose printers know fences with a name (GS ( H).
const makerWithNames = "EPSON"
