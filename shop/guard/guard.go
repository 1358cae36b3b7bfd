// Package guard is what every program needs that people and other programs reach over a network: passwords and
// tokens, sessions and their cookies, one-time codes, waits for those who guess, quotas, the check of host and origin,
// TLS, and a server that ends when it is told to. It also has the socket for commands on the same machine. It knows no
// shop, no store and no web framework: server/access and the fleet build on it.
package guard
