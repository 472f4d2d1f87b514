/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_port.h"

#include <errno.h>

#include "base/private.h"

int
lvn_server_port_init(struct evdns_server_port *port, const struct server_port_ops *ops,
    evdns_request_callback_fn_type callback, void *arg)
{
	port->ops = ops;
	port->callback = callback;
	port->arg = arg;
	port->references = 2;
	port->request_count = 0;
	port->closed = false;
	port->lock = lvn_private_lock_new();
	return port->lock ? 0 : -ENOMEM;
}

void
lvn_server_port_clear(struct evdns_server_port *port)
{
	lvn_private_lock_free(port->lock);
}

void
lvn_server_port_deliver_locked(struct evdns_server_port *port, struct server_request *request)
{
	request->port = port;
	port->request_count++;
	port->references++;
	lvn_private_lock_release(port->lock);
	port->callback(&request->shown, port->arg);
	lvn_private_lock_acquire(port->lock);
}

int
lvn_server_port_set_option(
    struct evdns_server_port *port, enum evdns_server_option option, size_t value)
{
	int rc = -EINVAL;

	lvn_private_lock_acquire(port->lock);
	if (port->ops->set_option_locked)
		rc = port->ops->set_option_locked(port, option, value);
	lvn_private_lock_release(port->lock);
	return rc;
}

static void
close_if_unused_locked(struct evdns_server_port *port)
{
	if (port->closed && port->request_count == 0 && port->ops->close_locked)
		port->ops->close_locked(port);
}

void
lvn_server_port_leave_locked(struct evdns_server_port *port)
{
	bool is_last = --port->references == 0;

	lvn_private_lock_release(port->lock);
	if (is_last)
		port->ops->free(port);
}

void
lvn_server_port_close(struct evdns_server_port *port)
{
	lvn_private_lock_acquire(port->lock);
	if (port->closed) {
		lvn_private_lock_release(port->lock);
		lvn_log_misuse("evdns_close_server_port", "the port is closed");
		return;
	}
	port->closed = true;
	port->ops->stop_locked(port);
	close_if_unused_locked(port);
	lvn_server_port_leave_locked(port);
}

void
lvn_server_port_end_request(struct server_request *request)
{
	struct evdns_server_port *port = request->port;

	lvn_private_lock_acquire(port->lock);
	if (port->ops->detach_locked)
		port->ops->detach_locked(port, request);
	port->request_count--;
	close_if_unused_locked(port);
	lvn_server_port_leave_locked(port);
	lvn_server_request_free(request);
}
