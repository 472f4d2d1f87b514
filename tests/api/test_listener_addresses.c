/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses of listeners and of those who come.
 */
#include "base/platform.h"
#include "support/listener_kit.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- Unix sockets ---- */

static struct sockaddr_un
unix_address(char filling)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];

	memset(address.sun_path, filling, sizeof(address.sun_path));
	snprintf(name, sizeof(name), "/tmp/lvn-%ld-", (long)getpid());
	memcpy(address.sun_path, name, strlen(name));
	return address;
}

static void
unlink_address(const struct sockaddr_un *address)
{
	char path[sizeof(address->sun_path) + 1] = "";

	memcpy(path, address->sun_path, sizeof(address->sun_path));
	ck_assert_int_eq(unlink(path), 0);
}

static void
connect_from(const struct sockaddr_un *to, socklen_t to_size, const struct sockaddr_un *from,
    socklen_t from_size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (from)
		ck_assert_int_eq(bind(fd, (const struct sockaddr *)from, from_size), 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)to, to_size), 0);
	clients[clients_count++] = fd;
}

TEST_ON_BACKENDS(accept_callback__gets_unix_path_of_full_length)
{
	struct sockaddr_un server = unix_address('s');
	struct sockaddr_un client = unix_address('c');
	struct accepted accepted = {0};
	const struct sockaddr_un *seen = (const struct sockaddr_un *)&accepted.address;
	struct evconnlistener *listener;

	start(_i);
	listener = evconnlistener_new_bind(base, on_connection, &accepted, LEV_OPT_CLOSE_ON_FREE,
	    -1, (struct sockaddr *)&server, sizeof(server));
	ck_assert_ptr_nonnull(listener);
	connect_from(&server, sizeof(server), &client, sizeof(client));
	run_until(&accepted, 1);

	ck_assert_int_eq(accepted.address.ss_family, AF_UNIX);
	ck_assert_int_eq(accepted.address_size,
	    offsetof(struct sockaddr_un, sun_path) + sizeof(client.sun_path) + 1);
	ck_assert_mem_eq(seen->sun_path, client.sun_path, sizeof(client.sun_path));
	ck_assert_int_eq(((const char *)&accepted.address)[accepted.address_size], '\0');
	evconnlistener_free(listener);
	unlink_address(&server);
	unlink_address(&client);
	finish_test();
}

TEST_ON_BACKENDS(accept_callback__gets_abstract_and_empty_names)
{
	struct sockaddr_un server = unix_address('s');
	struct sockaddr_un client = unix_address('c');
	struct accepted accepted = {0};
	const struct sockaddr_un *seen = (const struct sockaddr_un *)&accepted.address;
	struct evconnlistener *listener;

	start(_i);
	server.sun_path[0] = '\0';
	client.sun_path[0] = '\0';
	listener = evconnlistener_new_bind(base, on_connection, &accepted, LEV_OPT_CLOSE_ON_FREE,
	    -1, (struct sockaddr *)&server, sizeof(server));
	ck_assert_ptr_nonnull(listener);

	connect_from(&server, sizeof(server), &client, sizeof(client));
	run_until(&accepted, 1);
	ck_assert_int_eq(accepted.address_size, sizeof(client));
	ck_assert_mem_eq(seen->sun_path, client.sun_path, sizeof(client.sun_path));

	connect_from(&server, sizeof(server), NULL, 0);
	run_until(&accepted, 2);
	ck_assert_int_eq(accepted.address_size, offsetof(struct sockaddr_un, sun_path));
	ck_assert_str_eq(seen->sun_path, "");
	evconnlistener_free(listener);
	finish_test();
}

/* Of ports, TCP and IP: a Unix socket cannot have them, whatever the kernel says about that. */
static const unsigned flags_of_others[] = {LEV_OPT_REUSEABLE, LEV_OPT_REUSEABLE_PORT,
    LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT, LEV_OPT_DEFERRED_ACCEPT,
    LEV_OPT_BIND_IPV4_AND_IPV6};

TEST_ON_BACKENDS(evconnlistener_new_bind__unix_socket_ignores_options_of_ports)
{
	start(_i);
	for (size_t i = 0; i < sizeof(flags_of_others) / sizeof(flags_of_others[0]); i++) {
		struct sockaddr_un address = unix_address('s');
		struct accepted accepted = {0};
		struct evconnlistener *listener = evconnlistener_new_bind(base, on_connection,
		    &accepted, LEV_OPT_CLOSE_ON_FREE | flags_of_others[i], -1,
		    (struct sockaddr *)&address, sizeof(address));

		ck_assert_ptr_nonnull(listener);
		connect_from(&address, sizeof(address), NULL, 0);
		run_until(&accepted, 1);
		evconnlistener_free(listener);
		unlink_address(&address);
	}
	finish_test();
}

/* ---- Two listeners on one port ---- */

TEST_RANGE(evconnlistener_new_bind__reuseable_port_is_shared, 0,
    LVN_HAVE_REUSEPORT ? backends_under_test_count() : 0)
{
	struct accepted accepted = {0};
	struct evconnlistener *first, *second;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	start(_i);
	first = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE_PORT, &accepted);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(first), (struct sockaddr *)&address, &size), 0);
	ck_assert_ptr_null(evconnlistener_new_bind(base, on_connection, &accepted,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address)));
	ck_assert_int_eq(errno, EADDRINUSE);
	second = evconnlistener_new_bind(base, on_connection, &accepted,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE_PORT, -1, (struct sockaddr *)&address,
	    sizeof(address));
	ck_assert_ptr_nonnull(second);
	connect_some(first, 20);
	run_until(&accepted, 20);

	evconnlistener_free(first);
	evconnlistener_free(second);
	finish_test();
}
