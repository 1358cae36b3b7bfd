package tspl

// AskStatus asks how the printer stands (<ESC>!?); it is answered at once with a Status.
var AskStatus = []byte{0x1B, '!', '?'}

// Flush is sent first on a new connection: empty lines complete whatever command the last connection broke off in,
// and print nothing. It is longer than the longest bitmap this package writes.
var Flush = func() []byte {
	b := make([]byte, flushBytes)
	for i := range b {
		b[i] = "\r\n"[i%2]
	}
	return b
}()

const flushBytes = 512

// Status is the answer to AskStatus. Its bits are those of the TSPL manual.
type Status byte

// The bits of a Status; 0 is ready.
const (
	HeadOpen Status = 0x01
	Jam      Status = 0x02
	PaperOut Status = 0x04
	Ribbon   Status = 0x08
	Paused   Status = 0x10
	Printing Status = 0x20
	Cover    Status = 0x40
	Other    Status = 0x80
)
