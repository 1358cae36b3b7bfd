package printer

import (
	"context"
	"errors"
	"slices"
	"time"

	"weir/printer/escpos"
)

// What can go wrong on a link.
var (
	errSilent  = errors.New("the printer does not answer")
	errLost    = errors.New("the connection was lost")
	errBlocked = errors.New("the printer has stopped being ready")
)

// answerKind tells answers apart; see answer.
type answerKind int

const (
	saidNothing answerKind = iota // bytes that mean nothing to us
	saidStatus                    // to a status question
	saidFence                     // to a fence without a name
	saidNamed                     // to a fence with a name
	saidMaker                     // to the question for the maker, in buffer order
)

// answer is one thing a printer said, in the terms of its dialect.
type answer struct {
	kind   answerKind
	status []byte
	text   string
	id     uint32
	paper  bool // of a fence: paper ended, so it proves nothing
}

// dialect is how one make of printer is talked to.
type dialect interface {
	// read takes the first answer off b and returns it with its length, 0 if b ends before it does.
	read(b []byte) (answer, int)
	// hello ends whatever an earlier connection broke off in. Where there may be such a thing it is written before
	// everything else: even a question could be taken for a length, and swallow what follows.
	hello(r remains) []byte
	// question is one the printer answers whatever its state, to find out whether it answers at all.
	question() []byte
	// sync is called once the printer is ready. It finds out how the printer confirms jobs, before being how it did on
	// the connection before, and leaves no fence of an earlier connection under way. It returns errBlocked if the printer
	// stops being ready meanwhile.
	sync(ctx context.Context, l *link, r remains, before Voice) (Voice, error)
	// look asks how the printer stands.
	look(ctx context.Context, l *link) (condition, error)
	// fence is what is written behind a job so that the printer tells when it is through; nil where idleness tells.
	fence(l *link, job int64) []byte
}

// condition is how a printer says it stands.
type condition struct {
	reason Reason // ReasonNone: ready
	near   bool   // paper is low
	busy   bool   // still at work on what it was sent
}

// answersWaiting bounds answers nobody took yet; a printer says a few a second at most.
const answersWaiting = 256

// answerBytesMax bounds an unfinished answer.
const answerBytesMax = 4 << 10

// pledge is a fence under way.
type pledge struct {
	job int64
	id  uint32
}

// link is one connection to a printer. One goroutine uses it; another one reads for it.
type link struct {
	conn    conn
	timing  Timing
	said    chan answer // closed when the connection is lost
	asked   int         // status questions not answered yet
	pledges []pledge    // fences under way, oldest first
	proofs  *proofs     // where jobs that are through are noted
	doubt   []int64     // jobs whose fence came back but proves nothing
	voice   Voice       // how it confirms jobs, once synced; see dialect.sync
	maker   string      // of the printer, once it has said so
	strays  int         // fences that came although no job waits for one, since the maker's name
	looks   int         // that must still find it idle before its jobs are through; see idleProof
	used    time.Time   // last job
}

func newLink(c conn, d dialect, t Timing, proofs *proofs) *link {
	l := &link{conn: c, timing: t, proofs: proofs, said: make(chan answer, answersWaiting)}
	go l.listen(d)
	return l
}

// listen reads answers until the connection ends. Answers beyond the bound are dropped: nobody is waiting for them.
func (l *link) listen(d dialect) {
	defer close(l.said)
	var buf []byte
	chunk := make([]byte, 256)
	for {
		n, err := l.conn.Read(chunk)
		buf = append(buf, chunk[:n]...)
		for len(buf) > 0 {
			a, n := d.read(buf)
			if n == 0 && len(buf) > answerBytesMax {
				n = 1
			}
			if n == 0 {
				break
			}
			buf = slices.Delete(buf, 0, n)
			if a.kind != saidNothing {
				select {
				case l.said <- a:
				default:
				}
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *link) close() {
	l.conn.Close() // whatever it says, the link is not used again
	for range l.said {
		// until the reader has ended
	}
}

// write sends b, within limit, and returns how many bytes went out.
func (l *link) write(b []byte, limit time.Duration) (int, error) {
	if err := l.conn.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return 0, errors.Join(errLost, err)
	}
	n, err := l.conn.Write(b)
	if err != nil {
		err = errors.Join(errLost, err)
	}
	return n, err
}

// await takes answers until one is wanted. Fences are noted on the way, wanted or not.
func (l *link) await(ctx context.Context, limit time.Duration, want func(answer) bool) (answer, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return answer{}, ctx.Err()
		case <-timer.C:
			return answer{}, errSilent
		case a, ok := <-l.said:
			if !ok {
				return answer{}, errLost
			}
			l.note(a)
			if want(a) {
				return a, nil
			}
		}
	}
}

// ask puts one status question and returns its answer. Questions that were not answered in time may be answered
// late; as answers do not say what they answer, the last of all that are due counts.
func (l *link) ask(ctx context.Context, question []byte) ([]byte, error) {
	l.asked++
	if _, err := l.write(question, l.timing.Answer); err != nil {
		return nil, err
	}
	isStatus := func(a answer) bool { return a.kind == saidStatus }
	a, err := l.await(ctx, l.timing.Answer, isStatus)
	for err == nil && l.asked > 0 {
		var later answer
		if later, err = l.await(ctx, 2*l.timing.Answer, isStatus); err == nil {
			a = later
		} else if errors.Is(err, errSilent) {
			l.asked, err = 0, nil
		}
	}
	return a.status, err
}

// greet asks until there is an answer, a few times; errSilent if there is none. What an earlier connection may have broken
// off in is ended first where that is known to be needed, else before the second question. It returns what remains.
func (l *link) greet(ctx context.Context, d dialect, r remains) (remains, error) {
	said := false
	err := errSilent
	for try := 0; try < l.timing.Polls && errors.Is(err, errSilent); try++ {
		if (r >= halfCommand || try > 0) && !said {
			if _, err := l.write(d.hello(r), l.timing.Answer); err != nil {
				return r, err
			}
			r, said = min(r, fencesDue), true
		}
		_, err = l.ask(ctx, d.question())
	}
	return r, err
}

// lost tells whether the connection has ended, as far as is known.
func (l *link) lost() bool {
	for {
		select {
		case a, ok := <-l.said:
			if !ok {
				return true
			}
			l.note(a)
		default:
			return false
		}
	}
}

// pledge notes that a job's last byte, and its fence, is about to be written.
func (l *link) pledge(job int64) {
	l.pledges = append(l.pledges, pledge{job: job, id: escpos.FenceID(job)})
	l.looks = idleLooks
}

// idleLooks is how many looks in a row must find a printer idle that was not seen at work: at the first it may not have
// begun yet.
const idleLooks = 2

// idleProof draws the conclusion from a look at a printer whose idleness confirms its jobs. One look is enough for a
// printer that was seen at work.
func (l *link) idleProof(c condition) {
	switch {
	case l.voice != VoiceIdle || len(l.pledges) == 0:
	case c.busy:
		l.looks = 1
	case c.reason != ReasonNone:
		l.looks = idleLooks
	default:
		if l.looks--; l.looks <= 0 {
			l.pass(len(l.pledges), false)
		}
	}
}

// note keeps count of questions and fences.
func (l *link) note(a answer) {
	switch a.kind {
	case saidStatus:
		l.asked = max(0, l.asked-1)
	case saidMaker:
		l.maker, l.strays = a.text, 0
	case saidFence:
		if len(l.pledges) == 0 {
			l.strays++
		} else if l.voice != VoiceNamed {
			l.pass(1, a.paper)
		}
	case saidNamed:
		for i, m := range l.pledges {
			if m.id == a.id {
				l.pass(i+1, false)
				return
			}
		}
		l.proofs.names = append(l.proofs.names, a.id)
	}
}

// pass takes the first n pledges off: what they stand for is through, unless paper ended on the way.
func (l *link) pass(n int, paper bool) {
	for _, m := range l.pledges[:n] {
		if paper {
			l.doubt = append(l.doubt, m.job)
		} else {
			l.proofs.jobs = append(l.proofs.jobs, m.job)
		}
	}
	l.pledges = slices.Delete(l.pledges, 0, n)
}
