package printer_test

import (
	"bytes"
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"weir/printer"
	"weir/printer/tspl"
	"weir/printer/virtual"
)

// labelModels are the kinds that print labels.
func labelModels() []printer.Model {
	return slices.DeleteFunc(printer.Models(), func(m printer.Model) bool {
		_, labels, err := printer.ParseModel(string(m))
		return err != nil || !labels
	})
}

// stocks are sizes that shops buy, and the smallest and largest there are.
var stocks = []string{"", "40x30", "50x30", "60x40", "104x150"}

// Every label on every size, as text and as a picture: it has the size that was set, nothing leaves it, nothing lies over
// anything else, and the code can be read by a reader that is not ours.
func TestLabelsOfAnySize(t *testing.T) {
	t.Parallel()
	for _, size := range stocks {
		stock, err := printer.ParseStock(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, pictures := range []bool{false, true} {
			stock.Pictures = pictures
			for _, m := range labelModels() {
				for name, ticket := range golden() {
					if ticket.Kind == printer.Kitchen || ticket.Kind == printer.Receipt {
						continue
					}
					b, err := printer.Encode(m, stock, ticket)
					if err != nil {
						t.Fatal(err)
					}
					sheets, _, unfinished := virtual.Decode(decoders[m].lang, 320, b)
					if len(sheets) != 1 || unfinished != 0 {
						t.Fatalf("%s on %s %s: %d sheets, %d bytes unfinished", name, m, stock, len(sheets), unfinished)
					}
					s := sheets[0]
					if s.Width != stock.WidthMM*8 || s.Height != stock.HeightMM*8 {
						t.Errorf("%s on %s %s: %d×%d dots", name, m, stock, s.Width, s.Height)
					}
					apart(t, name+" on "+string(m)+" "+stock.String(), s)
					if got := scan(t, s); got != ticket.Code {
						t.Errorf("%s on %s %s, pictures %v: the code says %q, want %q", name, m, stock, pictures, got, ticket.Code)
					}
				}
			}
		}
	}
}

// apart checks that all marks are on the sheet and none covers another.
func apart(t *testing.T, what string, s virtual.Sheet) {
	t.Helper()
	for i, k := range s.Marks {
		if k.X < 0 || k.Y < 0 || k.X+k.Width > (s.Width+7)/8*8 || k.Y+k.Height > s.Height {
			t.Errorf("%s: %q leaves the label: %d,%d %d×%d", what, k.Text, k.X, k.Y, k.Width, k.Height)
		}
		for _, o := range s.Marks[:i] {
			if k.X < o.X+o.Width && o.X < k.X+k.Width && k.Y < o.Y+o.Height && o.Y < k.Y+k.Height {
				t.Errorf("%s: %q at %d,%d lies over %q at %d,%d", what, k.Text, k.X, k.Y, o.Text, o.X, o.Y)
			}
		}
	}
}

// picture is the sheet as dots, without text that the printer's own font draws.
func picture(s virtual.Sheet) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, s.Width, s.Height))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for _, m := range s.Marks {
		for y := range m.Height {
			for x := range m.Width {
				if m.Bits != nil && m.Bits.Black(x*m.Bits.Width/m.Width, y*m.Bits.Height/m.Height) {
					img.SetGray(m.X+x, m.Y+y, color.Gray{})
				}
			}
		}
	}
	return img
}

// scan reads the code on a sheet; "" if there is none.
func scan(t *testing.T, s virtual.Sheet) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture(s))
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return ""
	}
	return got.GetText()
}

// A label as a picture asks for nothing but pictures: no font, no code. It shows the dots of the glyphs in the place
// where the text would be.
func TestPicturesNeedNoFont(t *testing.T) {
	t.Parallel()
	for m, commands := range map[printer.Model]string{
		printer.TSPL: "SIZE GAP DIRECTION CLS BITMAP PRINT", printer.ZPL: "XA PW LL LH FO GF FS PQ XZ",
	} {
		ticket := golden()["label"]
		b, err := printer.Encode(m, printer.Stock{Pictures: true}, ticket)
		if err != nil {
			t.Fatal(err)
		}
		_, used, _ := virtual.Decode(decoders[m].lang, 320, b)
		for _, c := range used {
			if c != "" && !slices.Contains(strings.Fields(commands), c) {
				t.Errorf("%s: command %s", m, c)
			}
		}
		compare(t, filepath.Join("testdata", "golden", string(m)+"-label-pictures"+endings[m]), b)
		drawn, err := printer.Encode(printer.ZPL, printer.Stock{}, ticket) // Zebra's text is drawn on any stock
		if err != nil {
			t.Fatal(err)
		}
		whole, _, _ := virtual.Decode(decoders[m].lang, 320, b)
		parts, _, _ := virtual.Decode(virtual.ZPL, 320, drawn)
		if !bytes.Equal(picture(whole[0]).Pix, picture(parts[0]).Pix) {
			t.Errorf("%s: the picture differs from its parts", m)
		}
	}
}

// A picture that breaks off is ended by the flush, also on a label as wide as they come.
func TestFlushEndsAnyPicture(t *testing.T) {
	t.Parallel()
	b, err := printer.Encode(printer.TSPL, printer.Stock{WidthMM: 104, HeightMM: 30, Pictures: true}, golden()["label-full"])
	if err != nil {
		t.Fatal(err)
	}
	whole, err := printer.Encode(printer.TSPL, printer.Stock{}, golden()["label"])
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(b)-len("PRINT 1,1\r\n"); at += 29 {
		sheets, _, unfinished := virtual.Decode(virtual.TSPL, 320, slices.Concat(b[:at], tspl.Flush, whole))
		if len(sheets) != 1 || unfinished != 0 || sheets[0].Width != 320 {
			t.Fatalf("broken off at byte %d: %d sheets, %d bytes unfinished", at, len(sheets), unfinished)
		}
	}
}

func TestParseStock(t *testing.T) {
	t.Parallel()
	for size, want := range map[string]string{
		"": "40x30", "50x30": "50x30", "104x150": "104x150",
		"39x30": "!", "40x29": "!", "105x30": "!", "40": "!", "40x": "!", "x30": "!", "40x30mm": "!", "-40x30": "!", "40 30": "!",
		"99999999999999999999x30": "!",
	} {
		s, err := printer.ParseStock(size)
		if want == "!" && err == nil || want != "!" && (err != nil || s.String() != want) {
			t.Errorf("ParseStock(%q) = %s, %v, want %s", size, s, err, want)
		}
	}
}
