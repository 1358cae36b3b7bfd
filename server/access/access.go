// Package access knows who may come in: the keys that platforms' channels sign in with, over HTTP and
// MQTT alike, and how many requests each may cause.
package access
