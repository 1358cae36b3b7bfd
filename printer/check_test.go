package printer_test

import (
	"context"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"weir/printer"
	"weir/printer/virtual"
)

// node runs one of the scripts in check/ and returns what it wrote.
func node(t *testing.T, script string, args ...string) (string, error) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("check", "node_modules")); err != nil {
		t.Fatal("the independent checks are not installed; run: (cd printer/check && npm ci)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", append([]string{filepath.Join("check", script)}, args...)...).CombinedOutput()
	return string(out), err
}

// Every golden ticket tokenises with npos, which refuses unknown opcodes, and its text is what people read in the .txt.
func TestNposReadsTheGoldenTickets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*.bin")
	if err != nil || len(files) < 18 {
		t.Fatalf("%d golden tickets, %v", len(files), err)
	}
	if out, err := node(t, "tokens.js", files...); err != nil || strings.Count(out, "ok ") != len(files) {
		t.Errorf("%v\n%s", err, out)
	}
}

// The check above can fail: on an unknown opcode, and on one wrong character.
func TestNposRefusesBrokenTickets(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile("testdata/golden/escpos58-kitchen.bin")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/golden/escpos58-kitchen.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{
		"opcode":    "\x1d\x99" + string(good),
		"character": strings.Replace(string(good), "\xd5\xe4\xd6\xe9", "\xd5\xe4\xd6\xe8", 1),
	} {
		file := filepath.Join(t.TempDir(), name+".bin")
		write(t, file, []byte(broken))
		write(t, strings.TrimSuffix(file, ".bin")+".txt", text)
		if out, err := node(t, "tokens.js", file); err == nil {
			t.Errorf("%s: accepted\n%s", name, out)
		}
	}
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// receiptio is a host that is not ours: our virtual printer must satisfy its handshake and tell it the truth.
func TestReceiptioAsHost(t *testing.T) {
	t.Parallel()
	for want, fault := range map[string]func(*virtual.Faults){
		"success":    func(*virtual.Faults) {},
		"coveropen":  func(f *virtual.Faults) { f.CoverOpen = true },
		"paperempty": func(f *virtual.Faults) { f.PaperOut = true },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			p := virtual.New(virtual.ESCPOS, 576)
			p.Change(fault)
			run(t, func(ctx context.Context) error { return p.Run(ctx, ln) })
			out, err := node(t, "host.js", strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
			if got := strings.TrimSpace(out); err != nil || got != want {
				t.Fatalf("receiptio says %q, %v, want %q", got, err, want)
			}
			if want != "success" {
				return
			}
			paper := p.Paper()
			if len(paper) != 1 || !strings.Contains(strings.Join(paper[0].Text(), "\n"), "珍珠奶茶") {
				t.Errorf("paper %v", paper)
			}
		})
	}
}

// A renderer that is not ours draws our ZPL, and a reader that is not ours finds the cup's code on it.
func TestZPLRendersAndScans(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"40", "30"}
	want := map[string]string{}
	eachGolden(func(m printer.Model, name string, ticket printer.Ticket) {
		if m != printer.ZPL {
			return
		}
		b, err := printer.Encode(m, printer.Stock{}, ticket)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".zpl")
		write(t, file, b)
		args = append(args, file)
		want[filepath.Join(dir, name+".png")] = ticket.Code
	})
	if out, err := node(t, "zpl.js", args...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for file, code := range want {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		sameInk(t, file, img)
		if code == "" {
			continue
		}
		got, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil || got.GetText() != code {
			t.Errorf("%s: scanned %v, %v, want %q", filepath.Base(file), got, err, code)
		}
	}
}

// sameInk compares the picture with what our own decoder makes of the same label, dot by dot.
func sameInk(t *testing.T, file string, img image.Image) {
	t.Helper()
	b, err := os.ReadFile(strings.TrimSuffix(file, ".png") + ".zpl")
	if err != nil {
		t.Fatal(err)
	}
	sheets, _, _ := virtual.Decode(virtual.ZPL, 320, b)
	differ, ink := 0, 0
	for _, m := range sheets[0].Marks {
		if m.Code != "" {
			continue // masks may differ
		}
		for y := range m.Bits.Height {
			for x := range m.Bits.Width {
				r, _, _, _ := img.At(m.X+x, m.Y+y).RGBA()
				if m.Bits.Black(x, y) {
					ink++
				}
				if m.Bits.Black(x, y) != (r < 0x8000) && m.X+x < 320 {
					differ++
				}
			}
		}
	}
	if ink == 0 || differ > 0 {
		t.Errorf("%s: %d of %d dots differ", filepath.Base(file), differ, ink)
	}
}
