package printer

import "time"

// Timing is how patient the worker is. Tests shorten it.
type Timing struct {
	Dial       time.Duration // to make a connection
	Answer     time.Duration // to answer a status question
	Polls      int           // unanswered questions after which a printer is said not to answer
	Poll       time.Duration // between looks at a printer that works on a job
	Blocked    time.Duration // between looks at one that cannot print; each question takes room in its buffer
	Quiet      time.Duration // without another answer after which nothing of an older job is still to come
	Settle     time.Duration // between two looks that find a label printer idle: it may not have begun yet at the first
	Stuck      time.Duration // without taking a byte in the middle of a job
	Buffer     int           // bytes of older jobs a printer may hold
	FenceBase  time.Duration // for a fence, however short the job
	FenceSpeed int           // bytes a second a slow printer prints, at least
	LateGrace  time.Duration // during which a late fence is waited for before a job is reprinted
	Idle       time.Duration // after which an unused connection is closed; printers reset it after about 90 s
	Look       time.Duration // between looks at a printer that has nothing to print
	RetryMin   time.Duration // between attempts to connect
	RetryMax   time.Duration
	HoldAfter  time.Duration // past its release, a job waits for a person
	Farewell   time.Duration // for the fence of the job in hand when we are told to stop
}

// DefaultTiming suits shop printers: a cheap 58 mm printer makes 50 mm/s, that is some 250 bytes of text a second.
var DefaultTiming = Timing{
	Dial: 3 * time.Second, Answer: time.Second, Polls: 3, Poll: time.Second, Blocked: 2 * time.Second, Quiet: 300 * time.Millisecond,
	Settle: 250 * time.Millisecond, Stuck: 2 * time.Minute,
	Buffer: 4 << 10, FenceBase: 10 * time.Second, FenceSpeed: 250, LateGrace: 10 * time.Second, Idle: 30 * time.Second, Look: time.Minute,
	RetryMin: time.Second, RetryMax: 10 * time.Second, HoldAfter: 15 * time.Minute, Farewell: 2 * time.Second,
}

// fence is how long the fence behind n bytes may take.
func (t Timing) fence(n int) time.Duration {
	return t.FenceBase + time.Duration(n)*time.Second/time.Duration(t.FenceSpeed)
}
