package virtual_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/printer/virtual"
)

// listen runs a printer until the test ends and connects to it.
func listen(t *testing.T, p *virtual.Printer) net.Conn {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return dial(t, ln.Addr().String())
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// ask writes a question and reads an answer of so many bytes.
func ask(t *testing.T, conn net.Conn, question string, n int) string {
	t.Helper()
	if _, err := io.WriteString(conn, question); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(conn, b); err != nil {
		t.Fatalf("answer to %q: %v", question, err)
	}
	return string(b)
}

// What hosts ask, and what printers answer, whole and broken. Epson's reference gives the bits.
func TestAnswers(t *testing.T) {
	paper := func(f *virtual.Faults) { f.PaperOut = true }
	cover := func(f *virtual.Faults) { f.CoverOpen = true }
	low := func(f *virtual.Faults) { f.NearEnd = true }
	for _, c := range []struct {
		name      string
		lang      *virtual.Language
		fault     func(*virtual.Faults)
		ask, want string
	}{
		{"on line", virtual.ESCPOS, nil, "\x10\x04\x01", "\x12"},
		{"off line", virtual.ESCPOS, cover, "\x10\x04\x01", "\x1a"},
		{"cause", virtual.ESCPOS, nil, "\x10\x04\x02", "\x12"},
		{"cover", virtual.ESCPOS, cover, "\x10\x04\x02", "\x16"},
		{"paper stop", virtual.ESCPOS, paper, "\x10\x04\x02", "\x32"},
		{"error", virtual.ESCPOS, nil, "\x10\x04\x03", "\x12"},
		{"paper low", virtual.ESCPOS, low, "\x10\x04\x04", "\x1e"},
		{"paper end", virtual.ESCPOS, paper, "\x10\x04\x04", "\x7e"},
		{"in a picture", virtual.ESCPOS, nil, "\x1dv0\x00\x03\x00\x02\x00abc\x10\x04\x02", "\x12"},
		{"maker", virtual.ESCPOS, nil, "\x1dIB\x1dIC", "_WEIR\x00_VIRTUAL\x00"},
		{"automatic", virtual.ESCPOS, nil, "\x1b@\x1da\xff", "\x14\x00\x00\x0f"},
		{"automatic, low", virtual.ESCPOS, low, "\x1da\xff", "\x14\x00\x03\x0f"},
		{"fence", virtual.ESCPOS, nil, "text\n\x1dr1", "\x00"},
		{"fence, low", virtual.ESCPOS, low, "\x1dr\x01", "\x03"},
		{"after a flood of zeros", virtual.ESCPOS, nil, strings.Repeat("\x00", 8192) + "\x1dr1", "\x00"},
		{"ready", virtual.TSPL, nil, "\x1b!?", "\x00"},
		{"head", virtual.TSPL, cover, "\x1b!?", "\x01"},
		{"paper", virtual.TSPL, paper, "CLS\r\n\x1b!?", "\x04"},
		{"ready", virtual.ZPL, nil, "~HS\r\n",
			"\x02030,0,0,0240,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"},
		{"paper", virtual.ZPL, paper, "~HS", "\x02030,1,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := virtual.New(c.lang, 384)
			if c.fault != nil {
				p.Change(c.fault)
			}
			if got := ask(t, listen(t, p), c.ask, len(c.want)); got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
}

// Automatic status comes by itself when something changes, and stops with the connection.
func TestAutomaticStatus(t *testing.T) {
	p := virtual.New(virtual.ESCPOS, 384)
	conn := listen(t, p)
	ask(t, conn, "\x1da\xff", 4)
	p.Change(func(f *virtual.Faults) { f.CoverOpen = true })
	if got := ask(t, conn, "", 4); got != "\x3c\x00\x00\x0f" {
		t.Errorf("cover open: % x", got)
	}
	p.Change(func(f *virtual.Faults) { f.CoverOpen, f.PaperOut = false, true })
	if got := ask(t, conn, "", 4); got != "\x1c\x00\x0f\x0f" {
		t.Errorf("paper out: % x", got)
	}
}

// While it cannot print it takes in a buffer full and no more, and still answers; mended, it prints it all.
func TestBufferFillsAndDrains(t *testing.T) {
	p := virtual.New(virtual.ESCPOS, 384)
	p.Change(func(f *virtual.Faults) { f.PaperOut = true })
	conn := listen(t, p)
	if got := ask(t, conn, "one\ntwo\n\x1dVB\x00\x10\x04\x04", 1); got != "\x7e" {
		t.Errorf("answered % x", got)
	}
	if n := len(p.Paper()); n != 0 {
		t.Errorf("%d sheets without paper", n)
	}
	p.Change(func(f *virtual.Faults) { f.PaperOut = false })
	if got := ask(t, conn, "\x1dr1", 1); got != "\x00" {
		t.Errorf("fence % x", got)
	}
	sheets := p.Paper()
	if len(sheets) != 1 || !sheets[0].Cut {
		t.Fatalf("%d sheets", len(sheets))
	}
	if diff := cmp.Diff([]string{"one", "two"}, sheets[0].Text()); diff != "" {
		t.Error(diff)
	}
}

func TestDropsTheConnection(t *testing.T) {
	p := virtual.New(virtual.ESCPOS, 384)
	conn := listen(t, p)
	ask(t, conn, "\x1dr1", 1)
	p.DropAfter(5)
	if _, err := io.WriteString(conn, "123456789\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("still connected")
	}
	if n := p.Taken(); n != 3+5 {
		t.Errorf("%d bytes taken", n)
	}
	again := dial(t, conn.RemoteAddr().String())
	ask(t, again, "\n\x1dr1", 1)
	if got := p.Paper()[0].Text()[0]; got != "12345" {
		t.Errorf("printed %q", got)
	}
	p.Tear()
	if len(p.Paper()) != 0 {
		t.Error("paper left")
	}
}

// Sheets beyond the bound are forgotten, the oldest first.
func TestKeepsNoEndlessPaper(t *testing.T) {
	p := virtual.New(virtual.ESCPOS, 384)
	ask(t, listen(t, p), strings.Repeat("x\n\x1dV\x00", 300)+"\x1dr1", 1)
	if sheets := p.Paper(); len(sheets) != 200 || sheets[199].No != 300 {
		t.Errorf("%d sheets, the last is no. %d", len(sheets), sheets[len(sheets)-1].No)
	}
}

var languages = []*virtual.Language{virtual.ESCPOS, virtual.TSPL, virtual.ZPL}

// Printers swallow anything.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"\x1b@\x1c&\xd5\xe4\xd6\xe9\n\x1d!\x11x\n\x1dVB\x00", "\x1dv0\x00\xff\xff\xff\xff", "\x1d(k\xff\xff", "\x1b&\x03AZ",
		"SIZE 40 mm,30 mm\r\nBITMAP 0,0,3,24,0,x\r\nTEXT 1,1,\"a\",0,1,1,\"b\"\r\nPRINT 1,1\r\n", "BITMAP -1,0,999999,999999,0,",
		"^XA^FO1,1^GFA,9,9,3,zzF,:!^FS^BQN,2,4^FDMA,x^FS^XZ", "^XA^GFA,99999999,99999999,1,zzzzzzzzzzzzzF^XZ",
	} {
		for lang := range languages {
			f.Add(lang, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, lang int, b []byte) {
		if lang < 0 || lang >= len(languages) {
			return
		}
		sheets, _, unfinished := virtual.Decode(languages[lang], 384, b)
		if unfinished < 0 || unfinished > len(b) {
			t.Fatalf("%d of %d bytes unfinished", unfinished, len(b))
		}
		for _, s := range sheets {
			if s.Width <= 0 || s.Height < 0 {
				t.Fatalf("a sheet of %d×%d dots", s.Width, s.Height)
			}
		}
	})
}
