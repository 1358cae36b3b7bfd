// Package access knows who may come into this shop: the keys of platforms' channels; paired devices, people with a PIN,
// the owner, and what each of them may do. What any such program needs (passwords, cookies, waits, TLS) is package
// shop/guard.
package access
