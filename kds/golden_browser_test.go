package kds

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"weir/printer"
	"weir/printer/virtual"
	"weir/shop"
	"weir/shop/try"
	"weir/shop/words"
	"weir/templates"
)

var update = flag.Bool("update", false, "take the pictures in docs/screens anew; look at them before you commit")

// picturesDir is where the pictures of every page are, for people to look at and for this test to compare.
const picturesDir = "../docs/screens"

// How far a page may be from its picture: fonts are drawn a little differently from machine to machine,
// so that blocks are compared and not dots.
const (
	blockSide   = 20   // pixels
	blockOff    = 24.0 // of 255: a block that differs by more has other content
	blocksShare = 0.03 // of the blocks may
)

// shown is a printer as the screens see it: its status as told, its paper real.
type shown struct {
	status printer.Status
	paper  *virtual.Printer
}

func (s shown) Status() printer.Status    { return s.status }
func (s shown) Virtual() *virtual.Printer { return s.paper }
func (s shown) Test()                     {}

// printed is a virtual printer that has printed tickets.
func printed(t *testing.T, tickets ...printer.Ticket) *virtual.Printer {
	t.Helper()
	v := virtual.New(virtual.ESCPOS, 576)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go v.Run(ctx, listener)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i, ticket := range tickets {
		bytes, err := printer.Encode(printer.ESCPOS80, printer.Stock{}, ticket)
		if err != nil {
			t.Fatal(err)
		}
		bell := v.Bell()
		if _, err := conn.Write(bytes); err != nil {
			t.Fatal(err)
		}
		for len(v.Paper()) < i+1 || !v.Paper()[i].Cut {
			select {
			case <-bell:
				bell = v.Bell()
			case <-time.After(10 * time.Second):
				t.Fatal("the virtual printer printed nothing")
			}
		}
	}
	return v
}

// gallery is a shop as it stands in the pictures: few orders at noon, or the 1400 cups.
func gallery(t *testing.T, cups int, paper *virtual.Printer, status printer.Status) *kitchen {
	k := open(t, options{config: roomy, screen: func(c *Config) {
		c.Printers = []Printer{shown{status, paper}}
		c.Network = func(l words.Lang) []templates.Light {
			return []templates.Light{{Name: l.T("lights.platform"), OK: true, Word: l.T("lights.connected")}}
		}
		c.Start = func() Start {
			return Start{Open: true, Demo: true, Broker: "tcp://127.0.0.1:1883", Addresses: []string{"http://127.0.0.1:8080/"}, Version: "1.0.0"}
		}
		c.Log = slog.New(slog.DiscardHandler)
	}})
	few := min(cups, 40)
	k.crew()
	k.rush(few)
	if cups > few {
		for _, st := range k.store.Snapshot().Config.Stations {
			k.do(shop.SetStaff{Station: st.ID, Staff: 20})
		}
		k.rush(cups - few)
		k.crew()
		k.clock.Move(9 * time.Minute)
	}
	k.clock.Move(4 * time.Minute)
	for _, id := range []string{"c2-1", "c2-2", "c2-3", "c3-1"} {
		k.do(tapTo(id, shop.Made))
	}
	k.do(tapTo("c4-1", shop.Making))
	k.clock.Move(40 * time.Second)
	k.do(shop.Tick{}, tapTo("c1-1", shop.Made), shop.Walkin{Cups: 2, Tap: "w"}, shop.SetStock{Ingredient: "milk", Amount: 2500})
	return k
}

// picture is one page in one state.
type picture struct {
	name          string
	shop          string // which gallery
	path          string
	width, height int64
	before        func(*kitchen, *tablet) // what happens before it is taken
}

var pictures = []picture{
	{"board", "few", "/kds", 1280, 800, nil},
	{"board-en", "few", "/kds?lang=en", 1280, 800, nil},
	{"batches", "few", "/kds?view=batch", 1280, 800, nil},
	{"board-1400", "many", "/kds", 1280, 800, nil},
	{"board-1400-wall", "many", "/kds", 1920, 1080, nil},
	{"batches-1400-wall", "many", "/kds?view=batch", 1920, 1080, nil},
	{"board-trouble", "trouble", "/kds", 1280, 800, nil},
	{"board-lost", "few", "/kds", 1280, 800, func(_ *kitchen, b *tablet) {
		b.do(chromedp.Evaluate[chromedp.Void](`(() => {
			document.getElementById("lost").hidden = false;
			document.getElementById("lost-age").textContent = "40 秒";
		})()`))
	}},
	{"cup", "few", "/kds/cups/c5-1", 1280, 800, nil},
	{"recall", "few", "/kds/recall", 1280, 800, nil},
	{"clear", "few", "/kds/clear", 1280, 800, nil},
	{"release", "few", "/kds/release?item=oolong-milk-tea", 1280, 800, nil},
	{"sold-out", "few", "/kds/sold-out", 1280, 800, nil},
	{"why", "few", "/kds/why", 1280, 800, nil},
	{"handoff", "few", "/handoff?order=o2", 1280, 800, nil},
	{"handoff-wrong-cup", "few", "/handoff?order=o2", 1280, 800, func(_ *kitchen, b *tablet) {
		b.scan("c9-1")
		b.until(`!document.getElementById("wrong").hidden`)
	}},
	{"handoff-phone", "few", "/handoff?order=o2", 390, 844, nil},
	{"pick-up", "few", "/board", 1920, 1080, nil},
	{"pick-up-1400", "many", "/board", 1280, 800, nil},
	{"pick-up-phone", "few", "/board", 390, 844, nil},
	{"printers", "trouble", "/printers", 1280, 800, nil},
	{"start", "few", "/", 1280, 800, nil},
	{"start-phone", "few", "/?lang=en", 390, 844, nil},
	{"practice", "few", "/practice", 1280, 800, nil},
	{"stock", "few", "/kds/stock", 1280, 800, nil},
	{"pick-up-tablet", "few", "/board", 1280, 800, nil},
	{"pick-up-wall", "many", "/board", 1920, 1080, nil},
	{"board-phone", "few", "/kds", 390, 844, nil},
	{"board-wall", "few", "/kds", 1920, 1080, nil},
	{"batches-phone", "few", "/kds?view=batch", 390, 844, nil},
	{"batches-wall", "few", "/kds?view=batch", 1920, 1080, nil},
	{"cup-phone", "few", "/kds/cups/c5-1", 390, 844, nil},
	{"cup-wall", "few", "/kds/cups/c5-1", 1920, 1080, nil},
	{"recall-phone", "few", "/kds/recall", 390, 844, nil},
	{"recall-wall", "few", "/kds/recall", 1920, 1080, nil},
	{"sold-out-phone", "few", "/kds/sold-out", 390, 844, nil},
	{"sold-out-wall", "few", "/kds/sold-out", 1920, 1080, nil},
	{"handoff-wall", "few", "/handoff?order=o2", 1920, 1080, nil},
	{"start-wall", "few", "/", 1920, 1080, nil},
}

// TestMainScreensHaveAPictureAtEachSize: the eight screens that a shift works from are there on a phone, a tablet and a wall.
func TestMainScreensHaveAPictureAtEachSize(t *testing.T) {
	taken := map[string]map[int64]bool{}
	for _, p := range pictures {
		path, _, _ := strings.Cut(p.path, "?lang=")
		if taken[path] == nil {
			taken[path] = map[int64]bool{}
		}
		taken[path][p.width] = true
	}
	for _, path := range []string{
		"/", "/kds", "/kds?view=batch", "/kds/cups/c5-1", "/kds/recall", "/kds/sold-out", "/handoff?order=o2", "/board",
	} {
		for _, width := range []int64{390, 1280, 1920} {
			if !taken[path][width] {
				t.Errorf("%s has no picture that is %d wide", path, width)
			}
		}
	}
}

func TestPagesLookAsTheyDid(t *testing.T) {
	paper := printed(t, printer.Ticket{
		Kind: printer.Kitchen, Shop: "堰·示范店", Channel: "美团", Pickup: "042", Platform: "37", Order: "o42", Fulfil: printer.Delivery,
		PlacedAt: try.Noon, PromiseAt: try.Noon.Add(12 * time.Minute), Cups: 2, Items: []printer.Item{{Qty: 2, Name: "茉莉奶绿"}}, Code: "o42",
	})
	fine := printer.Status{Name: "kitchen", Model: printer.ESCPOS80, Address: "virtual:", Online: true}
	broken := fine
	broken.Reason, broken.Since = printer.ReasonPaper, try.Noon
	shops := map[string]*kitchen{"few": gallery(t, 40, paper, fine), "many": gallery(t, 1400, paper, fine),
		"trouble": gallery(t, 40, paper, broken)}
	stop, _ := shops["trouble"].store.Snapshot().Order(4)
	shops["trouble"].do(shop.Cancel{Channel: stop.Channel, Ref: stop.Ref})
	browser := browser(t)
	tablets := map[[2]int64]*tablet{}
	only := os.Getenv("WEIR_PAGE") // looks at one page alone, while it is being mended
	for _, p := range pictures {
		if only != "" && p.name != only {
			continue
		}
		size := [2]int64{p.width, p.height}
		k, b := shops[p.shop], tablets[size]
		if b == nil {
			b = openTablet(t, browser, p.width, p.height, k.url+"/manifest.webmanifest")
			tablets[size] = b
		}
		b.do(chromedp.Navigate(k.url + p.path))
		b.until("!document.body.dataset.stream || window.weir && weir.stats.frames > 0 && weir.fits()")
		if p.before != nil {
			p.before(k, b)
		}
		compare(t, p.name, decode(t, value(b, chromedp.CaptureScreenshot())))
	}
}

// compare holds a page against its picture, or takes the picture anew.
func compare(t *testing.T, name string, now image.Image) {
	t.Helper()
	file := filepath.Join(picturesDir, name+".png")
	if *update {
		if err := os.MkdirAll(picturesDir, 0o755); err != nil {
			t.Fatal(err)
		}
		var small bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&small, fewColours(now)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is no picture %s; take it with go test ./kds -run %s -update", file, t.Name())
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	off, err := differs(decode(t, data), now)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	if off > blocksShare {
		var taken bytes.Buffer
		if err := png.Encode(&taken, now); err != nil {
			t.Fatal(err)
		}
		seen := filepath.Join(os.TempDir(), "weir-"+name+".png")
		if err := os.WriteFile(seen, taken.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%.1f %% of the page differ from %s; it looks like %s now; if that is right, take it anew with -update", off*100, file, seen)
	}
}

// Pages that differ must be told apart, otherwise the comparison proves nothing.
func TestDifferentPagesDiffer(t *testing.T) {
	read := func(name string) image.Image {
		data, err := os.ReadFile(filepath.Join(picturesDir, name+".png"))
		if err != nil {
			t.Skip("no pictures yet: ", err)
		}
		return decode(t, data)
	}
	for _, pair := range [][2]string{{"board", "batches"}, {"board", "board-en"}, {"board", "board-trouble"}, {"board", "board-1400"},
		{"handoff", "handoff-wrong-cup"}} {
		if off, err := differs(read(pair[0]), read(pair[1])); err != nil || off <= blocksShare {
			t.Errorf("%s and %s count as the same: %.1f %% (%v)", pair[0], pair[1], off*100, err)
		}
	}
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differs is the share of blocks in which two pictures differ.
func differs(a, b image.Image) (float64, error) {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1, fmt.Errorf("sizes %v and %v", a.Bounds().Size(), b.Bounds().Size())
	}
	size, off, blocks := a.Bounds().Size(), 0, 0
	left, right := gray(a), gray(b)
	for y := 0; y < size.Y; y += blockSide {
		for x := 0; x < size.X; x += blockSide {
			box := image.Rect(x, y, min(x+blockSide, size.X), min(y+blockSide, size.Y))
			if d := mean(left, box) - mean(right, box); d > blockOff || d < -blockOff {
				off++
			}
			blocks++
		}
	}
	return float64(off) / float64(blocks), nil
}

func gray(img image.Image) *image.Gray {
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g
}

func mean(img *image.Gray, box image.Rectangle) float64 {
	sum := 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for _, dot := range img.Pix[img.PixOffset(box.Min.X, y) : img.PixOffset(box.Max.X-1, y)+1] {
			sum += int(dot)
		}
	}
	return float64(sum) / float64(box.Dx()*box.Dy())
}

// coloursMax keeps the pictures small: a page has few colours, and the rest is the edges of letters.
const coloursMax = 48

// fewColours is a picture in its most frequent colours.
func fewColours(img image.Image) image.Image {
	counts := map[color.RGBA]int{}
	box := img.Bounds()
	coarse := func(x, y int) color.RGBA {
		c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
		return color.RGBA{c.R &^ 7, c.G &^ 7, c.B &^ 7, 255}
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			counts[coarse(x, y)]++
		}
	}
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - (int(b.R)<<16 + int(b.G)<<8 + int(b.B))
	})
	var few color.Palette
	for _, c := range all[:min(len(all), coloursMax)] {
		few = append(few, c)
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(box, few)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := coarse(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(few.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
