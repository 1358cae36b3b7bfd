package setup

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
)

// TestAddressesThatAPersonTypes are read as people write them, and are those of a shop's network.
func TestAddressesThatAPersonTypes(t *testing.T) {
	for _, tt := range []struct {
		typed       string
		count       int
		first, last string
		err         error
	}{
		{"192.168.1.50", 1, "192.168.1.50", "192.168.1.50", nil},
		{"192.168.1.50, 192.168.1.60 10.0.0.1", 3, "192.168.1.50", "10.0.0.1", nil},
		{"192.168.1.50，192.168.1.50、192.168.1.51", 2, "192.168.1.50", "192.168.1.51", nil},
		{"192.168.1.20-60", 41, "192.168.1.20", "192.168.1.60", nil},
		{"192.168.1.250-192.168.2.5", 12, "192.168.1.250", "192.168.2.5", nil},
		{"192.168.1.77/24", 256, "192.168.1.0", "192.168.1.255", nil},
		{"172.16.0.0/30", 4, "172.16.0.0", "172.16.0.3", nil},
		{"255.255.255.255-255.255.255.255", 0, "", "", errPublic},
		{"192.168.0.0/23", 0, "", "", errMany},
		{"0.0.0.0/0", 0, "", "", errMany},
		{"192.168.1.0/24 192.168.2.1", 0, "", "", errMany},
		{"10.0.0.0-10.255.255.255", 0, "", "", errMany},
		{"10.255.255.250-172.16.0.1", 0, "", "", errMany}, // public ones lie between
		{"192.168.255.250-192.169.0.1", 0, "", "", errPublic},
		{"8.8.8.8", 0, "", "", errPublic},
		{"169.254.169.254", 0, "", "", errPublic},
		{"224.0.0.1", 0, "", "", errPublic},
		{"::1", 0, "", "", errAddress},
		{"fd00::/120", 0, "", "", errAddress},
		{"::ffff:192.168.1.1", 0, "", "", errAddress},
		{"192.168.1.60-20", 0, "", "", errAddress},
		{"192.168.1.60-256", 0, "", "", errAddress},
		{"printer.local", 0, "", "", errAddress},
		{"192.168.1", 0, "", "", errAddress},
		{" , ", 0, "", "", errAddress},
		{"", 0, "", "", errAddress},
	} {
		list, err := addresses(tt.typed)
		if !errors.Is(err, tt.err) || len(list) != tt.count {
			t.Errorf("%q: %d addresses, %v; want %d, %v", tt.typed, len(list), err, tt.count, tt.err)
			continue
		}
		if err == nil && (list[0].String() != tt.first || list[len(list)-1].String() != tt.last) {
			t.Errorf("%q: from %s to %s, want %s to %s", tt.typed, list[0], list[len(list)-1], tt.first, tt.last)
		}
	}
}

// TestASearchFindsWhatAnswers and nothing else.
func TestASearchFindsWhatAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.3:0")
	if err != nil {
		t.Skip("this machine has no other loopback addresses: ", err)
	}
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	list, err := addresses("127.0.0.1-127.0.0.9")
	if err != nil {
		t.Fatal(err)
	}
	if found := search(t.Context(), list, at.Port()); !slices.Equal(found, []netip.AddrPort{at}) {
		t.Errorf("found %v, want %v", found, at)
	}
}
