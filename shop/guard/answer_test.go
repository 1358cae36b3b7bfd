package guard

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "0": 0, "-5": 0, "7": 7 * time.Second, "9999999": RetryAfterMax, "soon": 0,
		"Fri, 06 Feb 1970 04:00:00 GMT": 0, time.Now().Add(48 * time.Hour).UTC().Format(http.TimeFormat): RetryAfterMax} {
		if got := retryAfter(text); got != want {
			t.Errorf("Retry-After %q = %v, want %v", text, got, want)
		}
	}
}
