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

func (escposDialect) hello(r remains) []byte {
	if r == halfJob {
		return slices.Concat(escpos.Flush, escpos.Stump)
	}
	return escpos.Flush
}

func (escposDialect) question() []byte { return escpos.AskOffline.Bytes() }

// look asks for the reasons to be off-line. Only then, to save the room questions take in the printer's buffer, it asks
// what the error is, or whether paper is low.
func (escposDialect) look(ctx context.Context, l *link) (condition, error) {
	var c condition
	offline, err := l.ask(ctx, escpos.AskOffline.Bytes())
	if err != nil {
		return c, err
	}
	switch {
	case offline[0]&0x04 != 0:
		c.reason = ReasonCover
	case offline[0]&0x20 != 0:
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
	default:
		paper, err := l.ask(ctx, escpos.AskPaper.Bytes())
		if err != nil {
			return c, err
		}
		c.near = paper[0]&0x0C != 0
		if paper[0]&0x60 != 0 {
			c.reason = ReasonPaper
		}
	}
	return c, nil
}

func (escposDialect) fence(l *link, job int64) []byte {
	if l.voice != VoiceNamed {
		return escpos.AskFence
	}
	return slices.Concat(escpos.AskFence, escpos.NamedFence(escpos.FenceID(job)))
}

// sync finds out whether the printer answers fences, and who made it. Both questions are answered in buffer order: a
// fence that an earlier connection left under way comes before the maker's name, or with a printer that gives no name
// right before our own fence, and is thrown away.
func (d escposDialect) sync(ctx context.Context, l *link, r remains, before Voice) (Voice, error) {
	limit, tries := l.timing.Answer, l.timing.Polls
	switch {
	case before == VoiceNoFence:
		tries = 1
	case r >= fencesDue:
		limit = l.timing.fence(l.timing.Buffer)
	}
	l.maker, l.strays = "", 0
	err := errSilent
	for ; tries > 0 && errors.Is(err, errSilent); tries-- {
		if _, err = l.write(slices.Concat(escpos.AskMaker, escpos.AskFence), l.timing.Answer); err == nil {
			err = d.awaitSync(ctx, l, limit)
		}
		limit = l.timing.Answer
	}
	l.strays = 0
	switch {
	case errors.Is(err, errSilent):
		return VoiceNoFence, nil
	case err == nil && strings.EqualFold(l.maker, makerWithNames):
		return VoiceNamed, nil
	}
	return VoiceFence, err
}

// awaitSync waits for the answers to one sync, looking meanwhile whether the printer is still ready: if it is not, no
// fence comes, and that means nothing.
func (d escposDialect) awaitSync(ctx context.Context, l *link, limit time.Duration) error {
	news := func(a answer) bool { return a.kind == saidFence || a.kind == saidMaker }
	for deadline := time.Now().Add(limit); l.strays == 0 || l.maker == ""; {
		wait := min(l.timing.Poll, time.Until(deadline))
		if l.strays > 0 {
			wait = l.timing.Quiet
		}
		_, err := l.await(ctx, wait, news)
		switch {
		case errors.Is(err, errSilent) && l.strays > 0:
			return nil
		case errors.Is(err, errSilent):
			if c, err := d.look(ctx, l); err != nil || c.reason != ReasonNone {
				return errors.Join(errBlocked, err)
			}
			if l.strays == 0 && !time.Now().Before(deadline) {
				return errSilent
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// makerWithNames is the maker whose printers know fences with a name (GS ( H).
const makerWithNames = "EPSON"
