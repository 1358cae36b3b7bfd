package printer

import (
	"fmt"

	"weir/printer/tspl"
	"weir/printer/zpl"
)

// Stock is the roll of labels in a label printer, and how it is printed on. The zero value is the usual label of
// 40 × 30 mm, text in the printer's own font.
type Stock struct {
	WidthMM, HeightMM int
	// Pictures prints every label as one picture, for printers without a Chinese font or without QR codes.
	Pictures bool
}

// Sizes of labels, in mm. Narrower or lower ones have no room for a number, a drink with its options, and a code; print
// heads are at most four inches wide.
const (
	stockWidthMM     = 40 // unless the shop says otherwise
	stockHeightMM    = 30
	stockWidthMMMin  = 40
	stockWidthMMMax  = 104
	stockHeightMMMin = 30
	stockHeightMMMax = 150
)

// ParseStock reads a size as "40x30": width, then height in mm. The empty text is the usual size.
func ParseStock(size string) (Stock, error) {
	if size == "" {
		return Stock{}.orDefault(), nil
	}
	var s Stock
	var rest string
	if n, _ := fmt.Sscanf(size, "%dx%d%s", &s.WidthMM, &s.HeightMM, &rest); n != 2 {
		return Stock{}, fmt.Errorf("label size %q: write width and height in mm, as 40x30", size)
	}
	if s.WidthMM < stockWidthMMMin || s.WidthMM > stockWidthMMMax || s.HeightMM < stockHeightMMMin || s.HeightMM > stockHeightMMMax {
		return Stock{}, fmt.Errorf("label size %q: from %dx%d to %dx%d mm; on a smaller one number, drink and code do not fit",
			size, stockWidthMMMin, stockHeightMMMin, stockWidthMMMax, stockHeightMMMax)
	}
	return s, nil
}

// String writes the size as ParseStock reads it.
func (s Stock) String() string {
	s = s.orDefault()
	return fmt.Sprintf("%dx%d", s.WidthMM, s.HeightMM)
}

func (s Stock) orDefault() Stock {
	if s.WidthMM == 0 && s.HeightMM == 0 {
		s.WidthMM, s.HeightMM = stockWidthMM, stockHeightMM
	}
	return s
}

// newTSPL starts a label in TSPL.
func newTSPL(s Stock) labelBuilder {
	b := tspl.NewBuilder(s.WidthMM, s.HeightMM)
	if s.Pictures {
		return newCanvas(s.WidthMM*tspl.DotsPerMM, s.HeightMM*tspl.DotsPerMM, b)
	}
	return b
}

// newZPL starts a label in ZPL.
func newZPL(s Stock) labelBuilder {
	b := zpl.NewBuilder(s.WidthMM, s.HeightMM)
	if s.Pictures {
		return newCanvas(s.WidthMM*zpl.DotsPerMM, s.HeightMM*zpl.DotsPerMM, b)
	}
	return b
}
