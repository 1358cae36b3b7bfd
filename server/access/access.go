// Package access knows who may come in, and over what: the keys of platforms' channels and how many requests each
// may cause; paired devices, people with a PIN, the owner, and what each of them may do; names, certificates and
// the headers that keep other sites' pages out.
package access
