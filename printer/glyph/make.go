//go:build ignore

// Make draws glyphs.bin from an outline font:
//
//	go run make.go -font NotoSansCJK-Regular.ttc -face 'Noto Sans Mono CJK SC' -unihan Unihan_OtherMappings.txt
//
// It alone needs golang.org/x/image, which go mod tidy drops because this file is not built with the rest: go get it again.
//
// The characters are ASCII, those of GBK (from its decoder) that printers with a Chinese font have, and the Table of
// General Standard Chinese Characters of 2013 (Unihan's kTGH): every character a person or a shop in China may officially
// be called by. So a label that is drawn shows whatever one that is printed from the printer's font does.
package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"weir/printer/gbk"
)

const (
	dots  = 24 // of a glyph
	super = 8  // samples a dot, across and down
)

func main() {
	fontFile := flag.String("font", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "OpenType collection")
	faceName := flag.String("face", "Noto Sans Mono CJK SC",
		"font of the collection; its Latin letters must be half as wide as its Chinese ones")
	unihan := flag.String("unihan", "/usr/share/unicode/Unihan_OtherMappings.txt", "Unihan table with kTGH")
	ink := flag.Int("ink", 38, "per cent of a dot that must be covered to burn it")
	out := flag.String("o", "glyphs.bin", "file to write")
	flag.Parse()
	runes, err := wanted(*unihan)
	check(err)
	source, err := open(*fontFile, *faceName)
	check(err)
	check(write(*out, source, runes, *ink))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func wanted(unihan string) ([]rune, error) {
	set := map[rune]bool{}
	for r := rune(0x21); r < 0x7F; r++ {
		set[r] = true
	}
	for r := rune(0x80); r <= 0xFFFF; r++ {
		if r != 0x3000 && gbk.Has(r) {
			set[r] = true
		}
	}
	f, err := os.Open(unihan)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var r rune
		if _, err := fmt.Sscanf(s.Text(), "U+%X\tkTGH", &r); err == nil && strings.Contains(s.Text(), "\tkTGH\t") {
			set[r] = true
		}
	}
	runes := make([]rune, 0, len(set))
	for r := range set {
		runes = append(runes, r)
	}
	slices.Sort(runes)
	return runes, nil
}

// outlines is a font and its face at the size samples are taken.
type outlines struct {
	font.Face
	font *sfnt.Font
}

func open(file, name string) (*outlines, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := opentype.ParseCollection(b)
	if err != nil {
		return nil, err
	}
	for i := range all.NumFonts() {
		f, err := all.Font(i)
		if err != nil {
			return nil, err
		}
		if full, err := f.Name(nil, sfnt.NameIDFamily); err == nil && full == name {
			face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: dots * super, DPI: 72})
			return &outlines{face, f}, err
		}
	}
	return nil, fmt.Errorf("%s has no face %q", file, name)
}

func write(file string, source *outlines, runes []rune, ink int) error {
	var heads, rows bytes.Buffer
	last, n := rune(0), 0
	for _, r := range runes {
		width := dots
		if r < 0x80 {
			width = dots / 2
		}
		glyph, ok := draw(source, r, width, ink)
		if !ok {
			log.Printf("no glyph for %U", r)
			continue
		}
		heads.Write(binary.AppendUvarint(nil, uint64(r-last)))
		last = r
		rows.Write(glyph)
		n++
	}
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return err
	}
	for _, part := range []io.Reader{bytes.NewReader(binary.AppendUvarint(nil, uint64(n))), &heads, &rows} {
		if _, err := io.Copy(z, part); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	log.Printf("%d glyphs, %d bytes", n, out.Len())
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// draw samples the outline and burns every dot that is covered enough.
func draw(source *outlines, r rune, width, ink int) ([]byte, bool) {
	img := image.NewGray(image.Rect(0, 0, width*super, dots*super))
	if i, err := source.font.GlyphIndex(nil, r); err != nil || i == 0 {
		return nil, false
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.White), Face: source, Dot: fixed.P(0, dots*super*88/100)}
	d.DrawString(string(r))
	glyph := make([]byte, dots*dots/8)
	for y := range dots {
		for x := range width {
			sum := 0
			for dy := range super {
				for dx := range super {
					sum += int(img.GrayAt(x*super+dx, y*super+dy).Y)
				}
			}
			if sum*100 >= ink*255*super*super {
				glyph[y*3+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return glyph, true
}
