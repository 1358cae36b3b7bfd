package kds

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"weir/printer/virtual"
)

// A code on paper is drawn as large as it was printed, and whatever is on paper is well-formed, without script or style.
func TestPaperIsDrawn(t *testing.T) {
	sheets, _, _ := virtual.Decode(virtual.TSPL, 320, []byte("CLS\r\nTEXT 8,8,\"TSS24.BF2\",0,1,1,\"<script>&' ]]>\"\r\nQRCODE "+
		"100,50,M,4,A,0,\"c1\"\r\nPRINT 1,1\r\n"))
	code := sheets[0].Marks[1]
	picture := drawPaper(sheets[0])
	if want := "h28v4h-28z"; code.Width != 84 || !bytes.Contains(picture, []byte("M100 50"+want)) { // a finder is seven modules wide
		t.Errorf("no finder of %s at 100,50 in a code %d wide: %s", want, code.Width, picture)
	}
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && !strings.Contains(" svg g rect text path ", " "+e.Name.Local+" ") {
			t.Errorf("element %s", e.Name.Local)
		}
	}
}
