package printer

import (
	"context"
	"errors"
	"time"

	"weir/printer/tspl"
	"weir/printer/zpl"
)

// tsplDialect talks to TSPL label printers. They have no fence among the commands every clone knows; that the printer
// has nothing left to do stands for it.
type tsplDialect struct{}

func (tsplDialect) read(b []byte) (answer, int) {
	return answer{kind: saidStatus, status: []byte{b[0]}}, 1
}

func (tsplDialect) hello(remains) []byte { return tspl.Flush }

func (tsplDialect) question() []byte { return tspl.AskStatus }

func (d tsplDialect) sync(ctx context.Context, l *link, _ remains, _ Voice) (Voice, error) {
	return untilIdle(ctx, l, d)
}

func (tsplDialect) look(ctx context.Context, l *link) (condition, error) {
	b, err := l.ask(ctx, tspl.AskStatus)
	if err != nil {
		return condition{}, err
	}
	s := tspl.Status(b[0])
	c := condition{busy: s&tspl.Printing != 0}
	for _, fault := range []struct {
		bit tspl.Status
		why Reason
	}{
		{tspl.HeadOpen | tspl.Cover, ReasonCover}, {tspl.PaperOut, ReasonPaper}, {tspl.Ribbon, ReasonRibbon},
		{tspl.Jam, ReasonJam}, {tspl.Paused, ReasonPaused}, {tspl.Other, ReasonError},
	} {
		if s&fault.bit != 0 {
			c.reason = fault.why
			break
		}
	}
	return c, nil
}

func (tsplDialect) fence(*link, int64) []byte { return nil }

// zplDialect talks to Zebras. Their host status counts the labels that wait, begun and printing; none left stands for
// the fence.
type zplDialect struct{}

func (zplDialect) read(b []byte) (answer, int) {
	_, n, ok := zpl.ReadStatus(b)
	if !ok {
		return answer{}, n
	}
	return answer{kind: saidStatus, status: append([]byte(nil), b[:n]...)}, n
}

func (zplDialect) hello(remains) []byte { return zpl.Flush }

func (zplDialect) question() []byte { return zpl.AskStatus }

func (d zplDialect) sync(ctx context.Context, l *link, _ remains, _ Voice) (Voice, error) {
	return untilIdle(ctx, l, d)
}

func (zplDialect) look(ctx context.Context, l *link) (condition, error) {
	b, err := l.ask(ctx, zpl.AskStatus)
	if err != nil {
		return condition{}, err
	}
	s, _, _ := zpl.ReadStatus(b) // read has accepted it already
	c := condition{busy: s.Busy}
	switch {
	case s.HeadOpen:
		c.reason = ReasonCover
	case s.PaperOut:
		c.reason = ReasonPaper
	case s.RibbonOut:
		c.reason = ReasonRibbon
	case s.Fault:
		c.reason = ReasonError
	case s.Paused:
		c.reason = ReasonPaused
	}
	return c, nil
}

func (zplDialect) fence(*link, int64) []byte { return nil }

// untilIdle waits until a printer has nothing left to do, so that its being idle later says something about our job. The
// idleness of a printer that never has, or that does not answer, proves nothing: VoiceNoFence.
func untilIdle(ctx context.Context, l *link, d dialect) (Voice, error) {
	for deadline := time.Now().Add(l.timing.fence(l.timing.Buffer)); ; {
		c, err := d.look(ctx, l)
		switch {
		case errors.Is(err, errSilent):
			return VoiceNoFence, nil
		case err != nil:
			return VoiceIdle, err
		case c.reason != ReasonNone:
			return VoiceIdle, errBlocked
		case !c.busy:
			return VoiceIdle, nil
		case !time.Now().Before(deadline):
			return VoiceNoFence, nil
		}
		if _, err := l.await(ctx, l.timing.Settle, never); !errors.Is(err, errSilent) {
			return VoiceIdle, err
		}
	}
}

func never(answer) bool { return false }
