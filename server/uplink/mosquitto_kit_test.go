package uplink

import (
	"testing"

	"weir/server/testshop"
)

// mosquitto is a real broker, as the shop is told of it.
type mosquitto struct{ *testshop.Mosquitto }

func newMosquitto(t *testing.T) mosquitto { t.Helper(); return newMosquittoWith(t, "") }

// newMosquittoWith starts one with more in its configuration.
func newMosquittoWith(t *testing.T, more string) mosquitto {
	t.Helper()
	return mosquitto{testshop.NewMosquitto(t, more)}
}

func (m mosquitto) remote(t *testing.T) Remote {
	t.Helper()
	r, err := ParseURL("tcp://" + m.Address)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
