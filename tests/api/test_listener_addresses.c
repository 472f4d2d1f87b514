/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses of listeners and of those who come.
 */
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

START_TEST(paths_of_full_length_are_whole)
{
	struct sockaddr_un server = unix_address('s');
	struct sockaddr_un client = unix_address('c');
	struct heard heard = {0};
	const struct sockaddr_un *seen = (const struct sockaddr_un *)&heard.address;
	struct evconnlistener *listener;

	start(_i);
	listener = evconnlistener_new_bind(base, on_connection, &heard, LEV_OPT_CLOSE_ON_FREE, -1,
	    (struct sockaddr *)&server, sizeof(server));
	ck_assert_ptr_nonnull(listener);
	connect_from(&server, sizeof(server), &client, sizeof(client));
	run_until(&heard, 1);

	ck_assert_int_eq(heard.address.ss_family, AF_UNIX);
	ck_assert_int_eq(heard.address_size,
	    offsetof(struct sockaddr_un, sun_path) + sizeof(client.sun_path) + 1);
	ck_assert_mem_eq(seen->sun_path, client.sun_path, sizeof(client.sun_path));
	ck_assert_int_eq(((const char *)&heard.address)[heard.address_size], '\0');
	evconnlistener_free(listener);
	unlink_address(&server);
	unlink_address(&client);
	finish_test();
}
END_TEST

START_TEST(abstract_names_and_clients_without_one)
{
	struct sockaddr_un server = unix_address('s');
	struct sockaddr_un client = unix_address('c');
	struct heard heard = {0};
	const struct sockaddr_un *seen = (const struct sockaddr_un *)&heard.address;
	struct evconnlistener *listener;

	start(_i);
	server.sun_path[0] = '\0';
	client.sun_path[0] = '\0';
	listener = evconnlistener_new_bind(base, on_connection, &heard, LEV_OPT_CLOSE_ON_FREE, -1,
	    (struct sockaddr *)&server, sizeof(server));
	ck_assert_ptr_nonnull(listener);

	connect_from(&server, sizeof(server), &client, sizeof(client));
	run_until(&heard, 1);
	ck_assert_int_eq(heard.address_size, sizeof(client));
	ck_assert_mem_eq(seen->sun_path, client.sun_path, sizeof(client.sun_path));

	connect_from(&server, sizeof(server), NULL, 0);
	run_until(&heard, 2);
	ck_assert_int_eq(heard.address_size, offsetof(struct sockaddr_un, sun_path));
	ck_assert_str_eq(seen->sun_path, "");
	evconnlistener_free(listener);
	finish_test();
}
END_TEST

/* ---- Two listeners on one port ---- */

START_TEST(two_listeners_share_a_port_if_both_want_to)
{
	struct heard heard = {0};
	struct evconnlistener *first, *second;
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	start(_i);
	first = listen_here(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE_PORT, &heard);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(first), (struct sockaddr *)&address, &size), 0);
	ck_assert_ptr_null(evconnlistener_new_bind(base, on_connection, &heard,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address)));
	ck_assert_int_eq(errno, EADDRINUSE);
	second = evconnlistener_new_bind(base, on_connection, &heard,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE_PORT, -1, (struct sockaddr *)&address,
	    sizeof(address));
	ck_assert_ptr_nonnull(second);
	connect_some(first, 20);
	run_until(&heard, 20);

	evconnlistener_free(first);
	evconnlistener_free(second);
	finish_test();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("listener_addresses");
	TCase *group = tcase_create("addresses");

	tcase_add_test_on_backends(group, paths_of_full_length_are_whole);
	tcase_add_test_on_backends(group, abstract_names_and_clients_without_one);
	tcase_add_test_on_backends(group, two_listeners_share_a_port_if_both_want_to);
	suite_add_tcase(suite, group);
	return suite;
}
