package escpos_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/printer/escpos"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		in   string
		want escpos.Answer
		n    int
	}{
		{"", escpos.Answer{}, 0},
		{"\x12", escpos.Answer{Kind: escpos.Status, Byte: 0x12}, 1},
		{"\x16\x12", escpos.Answer{Kind: escpos.Status, Byte: 0x16}, 1},
		{"\x72", escpos.Answer{Kind: escpos.Status, Byte: 0x72}, 1},
		{"\x00", escpos.Answer{Kind: escpos.Fence}, 1},
		{"\x0f", escpos.Answer{Kind: escpos.Fence, Byte: 0x0F}, 1},
		{"\x14\x00\x00\x0f", escpos.Answer{Kind: escpos.Auto, Auto: [4]byte{0x14, 0, 0, 0x0F}}, 4},
		{"\x14\x00\x00", escpos.Answer{}, 0},
		{"\x14\x12", escpos.Answer{}, 1}, // what follows is not automatic status: skip the byte, keep the answer
		{"_EPSON\x00\x00", escpos.Answer{Kind: escpos.Block, Block: "EPSON"}, 7},
		{"_EPS", escpos.Answer{}, 0},
		{"\x37\x22 #! \x00", escpos.Answer{Kind: escpos.Named, ID: 3<<12 | 1<<6}, 7},
		{"\x37\x21x\x00", escpos.Answer{}, 4},
		{"\x11", escpos.Answer{}, 1},
		{"\x13", escpos.Answer{}, 1},
	} {
		got, n := escpos.Read([]byte(c.in))
		if diff := cmp.Diff(c.want, got); diff != "" || n != c.n {
			t.Errorf("Read(%q) took %d, want %d; (-want +got)\n%s", c.in, n, c.n, diff)
		}
	}
}

func TestNamedFenceComesBack(t *testing.T) {
	for _, id := range []int64{0, 1, 63, 64, 1234567, 1<<24 - 1, 1 << 24, -1} {
		sent := escpos.NamedFence(escpos.FenceID(id))
		for _, c := range sent[7:] {
			if c < 0x20 || c > 0x7E {
				t.Errorf("%d: byte %#x", id, c)
			}
		}
		answer := append(append([]byte{0x37, 0x22}, sent[7:]...), 0)
		if a, n := escpos.Read(answer); a.Kind != escpos.Named || a.ID != escpos.FenceID(id) || n != len(answer) {
			t.Errorf("%d came back as %+v", id, a)
		}
	}
}

// Whatever a printer says, reading ends, moves on, and never reads beyond what is there.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"\x12\x00\x14\x00\x00\x0f", "_WEIR\x00", "\x37\x22abcd\x00", "\x5f\x5f\x5f", "\x10\x10\x10\x10"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			a, n := escpos.Read(b)
			if n < 0 || n > len(b) {
				t.Fatalf("%d of %d bytes", n, len(b))
			}
			if n == 0 {
				if len(b) > 100 {
					t.Fatalf("still waiting after %d bytes", len(b))
				}
				return
			}
			if a.Kind != escpos.Other && n == 0 {
				t.Fatal("an answer of no bytes")
			}
			b = b[n:]
		}
	})
}
