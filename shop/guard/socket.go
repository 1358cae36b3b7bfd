package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Socket is how a command reaches the program that runs on a data directory of the same machine. Whoever may open its file may
// do what the program offers there: the file is for the program's own user only.
type Socket struct {
	Program string        // as errors name it
	File    string        // its name in the data directory
	Max     int64         // of a call and of an answer, bytes
	Timeout time.Duration // of one call
}

// ErrNotRunning says that no program answers on a data directory.
var ErrNotRunning = errors.New("not running on this data directory")

// socketPathMax is what fits into a socket's address on Linux (sockaddr_un has 108 bytes with the final zero).
const socketPathMax = 107

// connectMax is how long a socket of the same machine may take to let somebody in.
const connectMax = 2 * time.Second

// reachable is a path to the socket that fits into an address, for as long as dir is open. dir is nil when the path is short.
func (s Socket) reachable(data string) (path string, dir *os.File, err error) {
	if path = filepath.Join(data, s.File); len(path) <= socketPathMax {
		return path, nil, nil
	}
	if dir, err = os.Open(data); err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), s.File), dir, nil
}

// Listen opens the socket. A socket that a killed program has left there is removed: a lock on the data directory must have
// shown that no other program runs on it.
func (s Socket) Listen(data string) (net.Listener, error) {
	path := filepath.Join(data, s.File)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	short, dir, err := s.reachable(data)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	defer dir.Close() // closing it changes nothing for the socket
	l, err := net.Listen("unix", short)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // the path may lead there no longer; the next start removes the file
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), l.Close())
	}
	return l, nil
}

// Answer answers the calls on a socket: do carries each out, and its answer or {"error": "..."} goes back as JSON.
func Answer[Call, Result any](s Socket, do func(context.Context, Call) (Result, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call Call
		var answer any
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, s.Max)).Decode(&call)
		if err == nil {
			// The server's deadlines are for a request of a browser; a call may take longer.
			line, until := http.NewResponseController(w), time.Now().Add(s.Timeout)
			err = errors.Join(line.SetReadDeadline(until), line.SetWriteDeadline(until))
		}
		if err == nil {
			answer, err = do(r.Context(), call)
		}
		if err != nil {
			answer = failure{err.Error()}
		}
		json.NewEncoder(w).Encode(answer) // the command has gone if this fails
	})
}

// failure is the answer to a call that could not be carried out.
type failure struct {
	Error string `json:"error"`
}

// Line is a command's way to a running program.
type Line struct {
	socket Socket
	client *http.Client
}

// Dial reaches the program that runs on a data directory. The error is [ErrNotRunning] when there is none.
func (s Socket) Dial(ctx context.Context, data string) (*Line, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		short, dir, err := s.reachable(data)
		if err != nil {
			return nil, err
		}
		defer dir.Close() // it was needed for its name only
		return (&net.Dialer{Timeout: connectMax}).DialContext(ctx, "unix", short)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		_, statErr := os.Stat(filepath.Join(data, s.File))
		if statErr == nil && !errors.Is(err, os.ErrPermission) || errors.Is(statErr, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is %w", s.Program, ErrNotRunning) // no socket, or one that a killed program left
		}
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	conn.Close()
	return &Line{s, &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: s.Timeout}}, nil
}

// Call asks the program to carry a call out, and reads its answer. The program's own error comes back as it was written.
func (l *Line) Call(ctx context.Context, call, answer any) error {
	body, err := json.Marshal(call)
	if err != nil {
		return fmt.Errorf("encode the call: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.socket.Program+"/", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the call: %w", err)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running %s: %w", l.socket.Program, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, l.socket.Max))
	var failed failure
	if err == nil {
		err = errors.Join(json.Unmarshal(text, &failed), json.Unmarshal(text, answer))
	}
	switch {
	case failed.Error != "":
		return errors.New(failed.Error)
	case err != nil:
		return fmt.Errorf("read the running %s's answer: %w", l.socket.Program, err)
	}
	return nil
}
