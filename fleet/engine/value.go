package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/shop/bell"
)

// Errors of values.
var (
	// ErrConflict says that somebody else has written since the value was read. Read it again.
	ErrConflict = errors.New("the value has changed")
	// ErrUnsure says that it is not known whether a write got through. Read before going on.
	ErrUnsure = errors.New("it is not known whether the value was written")
)

// Value is what a subject holds. A subject that was never written is the zero Value.
type Value struct {
	Data     []byte
	Revision uint64
	At       time.Time
	Made     time.Time // when its stream was made; only of what is followed
}

// Place is how far a stream has been followed.
type Place struct {
	Made time.Time `json:"made"` // when the stream was made
	Seq  uint64    `json:"seq"`  // of the last value; 0 is none
}

// Get reads what a subject of a stream holds, at the node that leads the stream: no other one may be asked, because a
// copy may be behind, and what is written next is compared with what was read.
func (e *Engine) Get(ctx context.Context, stream, subject string) (Value, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	name, err := e.home(ctx, stream, subject)
	if err != nil {
		return Value{}, err
	}
	ask, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return Value{}, fmt.Errorf("read %s: %w", subject, err)
	}
	m, err := e.Conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+name, ask)
	var said struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Data     []byte    `json:"data"`
			Sequence uint64    `json:"seq"`
			Time     time.Time `json:"time"`
		} `json:"message"`
	}
	if err == nil {
		err = json.Unmarshal(m.Data, &said)
	}
	switch {
	case err != nil:
		return Value{}, fmt.Errorf("read %s: %w", subject, err)
	case said.Error != nil && said.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return Value{}, nil
	case said.Error != nil:
		return Value{}, fmt.Errorf("read %s: %w", subject, said.Error)
	}
	return Value{Data: said.Message.Data, Revision: said.Message.Sequence, At: said.Message.Time}, nil
}

// SeemsNew reports whether a node, usually this one, knows of nothing that was ever written to a subject of orders. It may
// be behind by a moment, so this holds only once a write has found nothing, too. False says nothing.
func (e *Engine) SeemsNew(ctx context.Context, subject string) bool {
	name, err := e.home(ctx, Orders, subject)
	if err != nil {
		return false
	}
	m, err := e.Conn.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+name+"."+subject, nil)
	return err == nil && m.Header.Get("Status") == "404"
}

// streamOf is a handle of the stream that keeps a subject; asking for it once is enough.
func (e *Engine) streamOf(ctx context.Context, stream, subject string) (jetstream.Stream, error) {
	name, err := e.home(ctx, stream, subject)
	if err != nil {
		return nil, err
	}
	if s, ok := e.handles.Load(name); ok {
		return s.(jetstream.Stream), nil
	}
	s, err := e.JS.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", name, err)
	}
	e.handles.Store(name, s)
	return s, nil
}

// codes of the server for a write that compared and found another sequence.
const (
	wrongLastSequence         = 10071
	wrongLastSequenceConstant = 10164
)

// Mark says something of a write besides its value.
type Mark func(nats.Header)

// Once lets an event that is written twice within two minutes be kept once.
func Once(id string) Mark { return func(h nats.Header) { h.Set(jetstream.MsgIDHeader, id) } }

// Lives is how long a value is kept, where it is not as long as its stream says. Orders only.
func Lives(d time.Duration) Mark { return func(h nats.Header) { h.Set(lifeHeader, d.String()) } }

// Forever keeps a value until it is overwritten. Orders only.
func Forever(h nats.Header) { h.Set(lifeHeader, "never") }

// lifeHeader says how long a message lives.
const lifeHeader = "Nats-TTL"

// Put writes a value if the subject still has the revision; 0 is "never written". The next revision is returned.
func (e *Engine) Put(ctx context.Context, stream, subject string, data []byte, revision uint64, marks ...Mark) (uint64, error) {
	m, err := e.message(ctx, stream, subject, data, marks)
	if err != nil {
		return 0, err
	}
	return e.put(ctx, m, jetstream.WithExpectLastSequencePerSubject(revision))
}

// Set writes a value whatever was there.
func (e *Engine) Set(ctx context.Context, stream, subject string, data []byte, marks ...Mark) error {
	m, err := e.message(ctx, stream, subject, data, marks)
	if err == nil {
		_, err = e.put(ctx, m)
	}
	return err
}

// message is a write to the stream that keeps its subject, and to no other one.
func (e *Engine) message(ctx context.Context, stream, subject string, data []byte, marks []Mark) (*nats.Msg, error) {
	name, err := e.home(ctx, stream, subject)
	if err != nil {
		return nil, err
	}
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{jetstream.ExpectedStreamHeader: {name}}}
	for _, mark := range marks {
		mark(m.Header)
	}
	return m, nil
}

func (e *Engine) put(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	ack, err := e.JS.PublishMsg(ctx, m, opts...)
	if err != nil {
		return 0, refusal(m.Subject, err)
	}
	return ack.Sequence, nil
}

// Forget removes what a subject holds. Followers are not told.
func (e *Engine) Forget(ctx context.Context, stream, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	s, err := e.streamOf(ctx, stream, subject)
	if err != nil {
		return err
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
		return fmt.Errorf("forget %s: %w", subject, err)
	}
	return nil
}

// persist does something with the streams until it succeeds, is refused, or ctx ends. In a cluster the nodes find each
// other one by one, and an election takes up to ten seconds: that they do not answer is no reason to give up.
func persist(ctx context.Context, do func(ask context.Context) error) error {
	for {
		ask, cancel := context.WithTimeout(ctx, askMax)
		err := do(ask)
		cancel()
		if err == nil {
			return nil
		}
		said := (*jetstream.APIError)(nil)
		if errors.As(err, &said) && said.Code < 500 && !strings.Contains(said.Description, "peers") {
			return err
		}
		if !bell.Sleep(ctx, persistEvery) {
			return errors.Join(err, ctx.Err())
		}
	}
}

// persistEvery is the time between two questions.
const persistEvery = 200 * time.Millisecond
