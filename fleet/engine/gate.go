package engine

import (
	"crypto/subtle"
	"log/slog"

	"github.com/nats-io/nats-server/v2/server"

	"weir/shop/wire"
)

// gate is the engine's doorkeeper: this process with the secret of its start, and shops over MQTT with their keys.
type gate struct {
	secret string
	admit  Admit
	server *server.Server
	log    *slog.Logger
}

// Check implements [server.Authentication].
func (g *gate) Check(c server.ClientAuthentication) bool {
	opts := c.GetOpts()
	if opts.Username == routerUser {
		from := c.RemoteAddress()
		if from == nil || from.Network() != "pipe" || subtle.ConstantTimeCompare([]byte(opts.Password), []byte(g.secret)) != 1 {
			return false // not from inside this process
		}
		c.RegisterUser(&server.User{Username: routerUser})
		return true
	}
	store := opts.Username
	client, ok := g.mqttClient(c.GetID())
	switch {
	case !ok: // shops speak MQTT and nothing else
		g.log.Warn("sign-in refused: not MQTT", "user", store, "from", c.RemoteAddress())
		return false
	case client != store: // with another's client id it could take over the other's session
		g.log.Warn("sign-in refused: the client id is not the user", "user", store, "client", client, "from", c.RemoteAddress())
		return false
	}
	verdict := No
	if g.admit != nil {
		verdict = g.admit(store, opts.Password)
	}
	switch verdict {
	case Later:
		g.log.Info("sign-in not decided: the directory is not complete here", "store", store, "from", c.RemoteAddress())
		_ = g.server.DisconnectClientByID(c.GetID()) // or it has gone; what is said after this is not sent
		return false
	case No:
		g.log.Warn("sign-in refused: unknown store or wrong key", "store", store, "from", c.RemoteAddress())
		return false
	}
	c.RegisterUser(&server.User{Username: store, Permissions: permissions(store)})
	return true
}

// mqttClient is the MQTT client id of a connection that is signing in; false when it does not speak MQTT. The
// interface of the hook does not tell it, the server's list of connections does.
func (g *gate) mqttClient(connection uint64) (string, bool) {
	list, err := g.server.Connz(&server.ConnzOptions{CID: connection})
	if err != nil || len(list.Conns) != 1 || list.Conns[0].MQTTClient == "" {
		return "", false
	}
	return list.Conns[0].MQTTClient, true
}

// permissions are what a store may write and read: its own topics, in its own direction. It may read its own reports
// too: after a restore it learns from them that its memory is old. It writes to itself to see whether it hears.
func permissions(store string) *server.Permissions {
	own := func(kinds ...string) (subjects []string) {
		for _, k := range kinds {
			subjects = append(subjects, "weir.v1."+store+"."+k)
		}
		return subjects
	}
	read := own("status", "capacity", "lease.*", "orders.*", "cancel.*", "cancel-part.*", "progress.*", "acks.*", "resync.*",
		"reconciliation.*", "availability.*", "holds.*", "vouchers.*", "campaigns", "campaigns.*", "owner.commands")
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: own("status", "capacity", "lease.*", "answers.*", "events.*", "*."+wire.Self)},
		Subscribe: &server.SubjectPermission{Allow: append(read, "$MQTT.sub.>", "$MQTT.deliver.pubrel.>")},
	}
}
