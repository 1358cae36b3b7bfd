package wire

import (
	"strings"
	"testing"
)

func TestWhatCanBeMadeOutOfAWrongMessage(t *testing.T) {
	for _, tt := range []struct{ body, ref string }{
		{`{"ref":"a","items":7}`, "a"},
		{`{"ref":7}`, ""},
		{`{"ref":"a"`, ""},
		{`[1]`, ""},
		{``, ""},
		{`{"ref":"a","sent_at":7}`, "a"},
		{`{"ref":"` + strings.Repeat("x", RefShown+1) + `"}`, ""},
	} {
		if got := Look([]byte(tt.body)).Ref; got != tt.ref {
			t.Errorf("ref of %.40s = %q, want %q", tt.body, got, tt.ref)
		}
	}
}
