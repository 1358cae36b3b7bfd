package escpos

// Question is a status question (DLE EOT n), answered at once, before whatever waits in the printer's buffer.
type Question byte

// The questions a printer answers with one byte each. The answers look alike: ask one, read one.
const (
	AskPrinter Question = 1 // on-line?
	AskOffline Question = 2 // why off-line: cover, paper, error
	AskError   Question = 3 // cutter and other errors
	AskPaper   Question = 4 // near end, end
)

// Bytes is the question as sent.
func (q Question) Bytes() []byte { return []byte{0x10, 0x04, byte(q)} }

// AskMaker asks for the maker's name (GS I 66), answered in buffer order with a Block.
var AskMaker = []byte{gs, 'I', 'B'}

// AskFence asks for the paper sensor (GS r 1), answered in buffer order: the answer proves that everything before
// it has been carried out. The answer carries no name; count them.
var AskFence = []byte{gs, 'r', '1'}

// NamedFence asks an Epson to send back id when it gets there (GS ( H, function 48). id is kept to printable bytes.
func NamedFence(id uint32) []byte {
	name := fenceName(id)
	return append([]byte{gs, '(', 'H', 6, 0, '0', '0'}, name[:]...)
}

// fenceName spells 24 bits of id in four bytes of 0x20 … 0x5F, the range GS ( H allows.
func fenceName(id uint32) [4]byte {
	return [4]byte{0x20 + byte(id>>18&0x3F), 0x20 + byte(id>>12&0x3F), 0x20 + byte(id>>6&0x3F), 0x20 + byte(id&0x3F)}
}

// Flush is sent first on a new connection. Zeros complete whatever command the last connection broke off in and
// print nothing themselves; it is longer than the longest command this package writes.
var Flush = make([]byte, 512)

// Stump is sent after a ticket that was not finished: it feeds the printed part out and cuts it off from the next ticket.
var Stump = []byte{esc, '@', '\n', esc, 'd', 2, gs, 'V', 'B', 0}

// Answer is one thing a printer said.
type Answer struct {
	Kind  AnswerKind
	Byte  byte    // Status: the DLE EOT answer. Fence: the paper sensor
	Auto  [4]byte // Auto: automatic status back
	Block string  // Block: what stands between the leading '_' and the zero
	ID    uint32  // Named: the id given to NamedFence
}

// AnswerKind tells answers apart.
type AnswerKind int

// The answers Read knows. Other is a byte or block that means nothing to us (flow control, unknown blocks).
const (
	Other AnswerKind = iota
	Status
	Auto
	Fence
	Named
	Block
)

// blockMax bounds a block answer; the longest real one is a model name.
const blockMax = 80

// Read takes the first answer off b and returns it with the number of bytes it took; 0 if b ends before it does.
// Answers are told apart by their fixed bits: DLE EOT 0xx1xx10, ASB 0xx1xx00 then three of 0xx0xxxx, GS r 0xx0xxxx.
func Read(b []byte) (Answer, int) {
	if len(b) == 0 {
		return Answer{}, 0
	}
	switch c := b[0]; {
	case c == 0x35 || c == 0x37 || c == 0x3B || c == 0x3D || c == 0x5F:
		return readBlock(b)
	case c&0x93 == 0x12:
		return Answer{Kind: Status, Byte: c}, 1
	case c&0x93 == 0x10:
		return readAuto(b)
	case c&0x90 == 0:
		return Answer{Kind: Fence, Byte: c}, 1
	}
	return Answer{}, 1
}

func readAuto(b []byte) (Answer, int) {
	for _, c := range b[1:min(len(b), 4)] {
		if c&0x90 != 0 {
			return Answer{}, 1
		}
	}
	if len(b) < 4 {
		return Answer{}, 0
	}
	return Answer{Kind: Auto, Auto: [4]byte(b[:4])}, 4
}

func readBlock(b []byte) (Answer, int) {
	for i, c := range b {
		if i > blockMax {
			return Answer{}, 1
		}
		if c != 0 {
			continue
		}
		body := b[1:i]
		switch {
		case b[0] == 0x37 && len(body) == 5 && body[0] == 0x22:
			var id uint32
			for _, c := range body[1:] {
				id = id<<6 | uint32(c-0x20)&0x3F
			}
			return Answer{Kind: Named, ID: id}, i + 1
		case b[0] == 0x5F:
			return Answer{Kind: Block, Block: string(body)}, i + 1
		}
		return Answer{}, i + 1
	}
	return Answer{}, 0
}

// FenceID shortens a number to the 24 bits NamedFence carries.
func FenceID(n int64) uint32 { return uint32(n) & (1<<24 - 1) }
