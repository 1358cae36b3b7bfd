package guard

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Refusal is an answer to a call of the shop's that is no success.
type Refusal struct {
	Status int           // of HTTP; 0 when it was none
	After  time.Duration // how long the other end asks to be left alone, at most [RetryAfterMax]
	Text   string        // what the other end said, in a few words
}

// Error implements error.
func (r *Refusal) Error() string { return r.Text }

// Final reports whether trying again soon will hardly help: the other end understood and does not want it so.
func (r *Refusal) Final() bool {
	return r.Status/100 == 3 || r.Status/100 == 4 && r.Status != http.StatusRequestTimeout &&
		r.Status != http.StatusTooEarly && r.Status != http.StatusTooManyRequests
}

// Answered is nil for an answer that is a success (2xx), and a [*Refusal] for any other. who names the other end.
func Answered(who string, resp *http.Response) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return &Refusal{Status: resp.StatusCode, After: retryAfter(resp.Header.Get("Retry-After")),
		Text: fmt.Sprintf("%s answered %d %s", who, resp.StatusCode, http.StatusText(resp.StatusCode))}
}

// RetryAfterMax bounds what the other end may ask for: a wrong header must not silence the shop for the day.
const RetryAfterMax = 10 * time.Minute

// retryAfter reads the header (RFC 9110, 10.2.3), in seconds or as a date.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(RetryAfterMax/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, time.Until(at)), RetryAfterMax)
	}
	return 0
}

// WithoutAddress is an error of a call without the address that was called: its query may be a secret, and the error is shown.
func WithoutAddress(err error) error {
	if at := (*url.Error)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}
