// Command receiver is an example: it takes the events of a shop's webhook, verifies each, and prints it once.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	secret, err := standardwebhooks.NewWebhook(os.Getenv("SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", os.Getenv("ADDR"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + l.Addr().String())
	var seen sync.Map // really a table with a unique key, written together with what the event changes
	server := http.Server{ReadTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil || secret.Verify(body, r.Header) != nil { // signature, and at most five minutes off
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, doubled := seen.LoadOrStore(r.Header.Get("webhook-id"), true); !doubled {
			fmt.Printf("%s\n", body)
		}
	})}
	log.Fatal(server.Serve(l))
}
