package uplink

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text, name, user, password string
		qos                        byte
		wrong                      string // part of the error
	}{
		{text: "tcp://broker", name: "broker:1883", qos: 1},
		{text: "tcp://broker:1884", name: "broker:1884", qos: 1},
		{text: "mqtt://me:se%2Fcret@[::1]:9", name: "[::1]:9", user: "me", password: "se/cret", qos: 1},
		{text: "ssl://broker?qos=0", name: "broker:8883", qos: 0},
		{text: "tls://broker", name: "broker:8883", qos: 1},
		{text: "broker:1883", wrong: "want tcp://host:1883"},
		{text: "http://broker", wrong: "want tcp://host:1883"},
		{text: "weir:hunter2@broker:1883", wrong: "want tcp://host:1883"},
		{text: "tcp://", wrong: "want tcp://host:1883"},
		{text: "tcp://me:hunter2@bro ker", wrong: "not a URL"},
		{text: "tcp://me:hunter2@broker?qos=2", wrong: "qos is 0 or 1"},
		{text: "tcp://broker/?qos=0", name: "broker:1883", qos: 0},
		{text: "ssl://me:hunter2@broker?cafile=/ca.pem", wrong: `there is no option "cafile"`},
		{text: "ssl://broker?QoS=0", wrong: `there is no option "QoS"`},
		{text: "ssl://broker?qos=0&qos=1", wrong: "is there twice"},
		{text: "ssl://broker?ca=", wrong: `option "ca" is empty`},
		{text: "tcp://broker?ca=/ca.pem", wrong: "for ssl:// only"},
		{text: "tcp://broker?qos=%zz", wrong: "cannot be read"},
		{text: "tcp://me:hunter2@broker/shop", wrong: "it ends with the port"},
		{text: "tcp://broker#qos=0", wrong: "it ends with the port"},
		{text: "ssl://broker?ca=/nowhere.pem", wrong: "read the broker's CA"},
		{text: "ssl://broker?ca=" + empty, wrong: "holds no PEM certificate"},
		{text: "ssl://broker?cert=a.pem", wrong: "go together"},
		{text: "ssl://broker?cert=a.pem&key=a.key", wrong: "this shop's certificate"},
	} {
		r, err := ParseURL(tt.text)
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: error %v, want %q", tt.text, err, tt.wrong)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error shows the password: %v", tt.text, err)
			}
			continue
		}
		if err != nil || r.Name != tt.name || r.User != tt.user || r.Password != tt.password || r.QoS != tt.qos {
			t.Errorf("%s: %+v, %v", tt.text, r, err)
		}
	}
}
