package access

import (
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const pairingURL = "https://192.168.123.45:8443/pair?code=12345678"

// TestTheTerminalsCodeCanBeScanned reads the text as a camera would see it.
func TestTheTerminalsCodeCanBeScanned(t *testing.T) {
	text, err := QRText(pairingURL, true)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]bool
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimRight(line, "\n"), "\x1b[30;107m"), "\x1b[0m")
		var top, bottom []bool
		for _, r := range line {
			top = append(top, r == '█' || r == '▀')
			bottom = append(bottom, r == '█' || r == '▄')
		}
		rows = append(rows, top, bottom)
	}
	if got := scan(t, len(rows[0]), len(rows), func(x, y int) bool { return rows[y][x] }); got != pairingURL {
		t.Errorf("scanned %q, want %q", got, pairingURL)
	}
}

var runOf = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)

func TestThePagesCodeCanBeScanned(t *testing.T) {
	path, size, err := QRPath(pairingURL)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for _, m := range runOf.FindAllStringSubmatch(path, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	if got := scan(t, size, size, func(x, y int) bool { return dark[[2]int{x, y}] }); got != pairingURL {
		t.Errorf("scanned %q, want %q", got, pairingURL)
	}
}

func scan(t *testing.T, width, height int, dark func(x, y int) bool) string {
	t.Helper()
	const scale = 6
	picture := image.NewGray(image.Rect(0, 0, width*scale, height*scale))
	for y := range height * scale {
		for x := range width * scale {
			shade := color.Gray{Y: 255}
			if dark(x/scale, y/scale) {
				shade.Y = 0
			}
			picture.SetGray(x, y, shade)
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}
