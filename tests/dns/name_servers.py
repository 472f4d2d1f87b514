#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run a real name server on loopback, look up and connect to names that it knows.

usage: name_servers.py KIND PROGRAM CONNECT_PEER [TLS_PEER CERTIFICATES]

KIND is unbound, named or dnsmasq.  The ports are chosen by the kernel and reserved here until the
server has them.  The servers answer from their own data: no question leaves the machine.  Those
that can are asked over TLS as well, if there is a peer for it, with a certificate of the tests.
"""
import os
import socket
import subprocess
import sys
import tempfile

MANY = 90  # addresses: more than fit in a datagram, and no more than named allows

EXPECTED = """\
www.test: connected, hello
www.test: 1 addresses, www.test
www.test: no error, 1
both.test: connected, hello
both.test: 2 addresses, both.test
both.test: no error, 1
many.test: %(many)d addresses, many.test
many.test: no error, %(many)d
text.test: no address associated with nodename
text.test: no address associated with nodename
text.test: no records in the reply, 0
none.test: nodename nor servname provided, or not known
none.test: nodename nor servname provided, or not known
none.test: name does not exist, 0
refused.example: non-recoverable failure in name resolution
refused.example: non-recoverable failure in name resolution
refused.example: refused, 0
localhost: connected, hello
localhost: 2 addresses, localhost
localhost: no error, 1
""" % {"many": MANY}

EXPECTED_OVER_TLS = """\
www.test: no error, 1
both.test: no error, 1
many.test: no error, %(many)d
text.test: no records in the reply, 0
none.test: name does not exist, 0
refused.example: refused, 0
""" % {"many": MANY}

UNBOUND = """
server:
	username: ""
	chroot: ""
	directory: "%(folder)s"
	pidfile: ""
	use-syslog: no
	logfile: ""
	verbosity: 1
	so-reuseport: yes
	do-daemonize: no
	interface: 127.0.0.1@%(port)d
	port: %(port)d
%(tls)s
	access-control: 127.0.0.0/8 allow
	module-config: "iterator"
	local-zone: "test." static
%(data)s
	local-zone: "refused.example." refuse
remote-control:
	control-enable: no
"""

UNBOUND_TLS = """
	interface: 127.0.0.1@%(tls_port)d
	tls-port: %(tls_port)d
	tls-service-key: "%(certificates)s/server.key"
	tls-service-pem: "%(certificates)s/server.pem"
"""

NAMED = """
%(tls)s
options {
	directory "%(folder)s";
	pid-file none;
	lock-file none;
	session-keyfile "%(folder)s/session.key";
	listen-on port %(port)d { 127.0.0.1; };
%(listen_tls)s
	listen-on-v6 { none; };
	recursion no;
	notify no;
	dnssec-validation no;
};
controls { };
zone "test" { type primary; file "zone"; };
"""

NAMED_TLS = """
tls tests {
	key-file "%(certificates)s/server.key";
	cert-file "%(certificates)s/server.pem";
};
"""

NAMED_ZONE = """\
$ORIGIN test.
@ 300 IN SOA ns.test. admin.test. 1 3600 600 86400 300
@ 300 IN NS ns.test.
ns 300 IN A 127.0.0.1
"""


def records():
    """Lines of a zone."""
    lines = ["www.test. 300 A 127.0.0.1", "both.test. 300 A 127.0.0.1", "both.test. 300 AAAA ::1",
             "text.test. 300 TXT text"]
    return lines + ["many.test. 300 A 127.0.%d.%d" % (i // 200, 1 + i % 200) for i in range(MANY)]


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    return path


def unbound(program, values):
    """The command, and what it logs when it serves."""
    values["tls"] = UNBOUND_TLS % values if values["certificates"] else ""
    values["data"] = "\n".join("\tlocal-data: \"%s\"" % record for record in records())
    path = write(values["folder"], "unbound.conf", UNBOUND % values)
    return [program, "-d", "-c", path], "start of service"


def named(program, values):
    values["tls"] = NAMED_TLS % values if values["certificates"] else ""
    values["listen_tls"] = ("listen-on port %(tls_port)d tls tests { 127.0.0.1; };" % values
                            if values["certificates"] else "")
    write(values["folder"], "zone", NAMED_ZONE + "\n".join(records()) + "\n")
    path = write(values["folder"], "named.conf", NAMED % values)
    return [program, "-g", "-n", "1", "-c", path], " running\n"


def dnsmasq(program, values):
    lines = [" ".join(reversed(record.split(" 300 ")[0:1] + record.split()[-1:]))
             for record in records() if " TXT " not in record]
    hosts = write(values["folder"], "hosts", "\n".join(lines) + "\n")
    path = write(values["folder"], "empty", "")
    return [program, "--keep-in-foreground", "--log-facility=-", "--conf-file=" + path,
            "--user=", "--pid-file=", "--port=%(port)d" % values, "--listen-address=127.0.0.1",
            "--bind-interfaces", "--no-resolv", "--no-hosts", "--local=/test/",
            "--addn-hosts=" + hosts, "--txt-record=text.test,text"], "started, version"


def reserve():
    """A datagram socket and one for a listener, on a port that a server may bind to as well."""
    while True:
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        for one in (datagram, stream):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        datagram.bind(("127.0.0.1", 0))
        try:
            stream.bind(datagram.getsockname())
            return datagram, stream
        except OSError:
            datagram.close()
            stream.close()


def wait_until_it_serves(server, ready):
    said = ""
    for line in server.stderr:
        said += line
        if ready in line:
            return
    sys.exit("the server did not start:\n" + said)


def check(command, expected):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    if done.returncode != 0 or done.stdout != expected:
        print(done.stdout)
        sys.exit("not what was expected: status %d" % done.returncode)


def main():
    kind, program, connect_peer = sys.argv[1:4]
    tls_peer, certificates = sys.argv[4:6] if len(sys.argv) > 4 else (None, None)
    names = ["www.test", "both.test", "many.test", "text.test", "none.test", "refused.example"]
    sockets = reserve(), reserve()
    ports = [both[0].getsockname()[1] for both in sockets]
    with tempfile.TemporaryDirectory() as folder:
        values = {"folder": folder, "port": ports[0], "tls_port": ports[1],
                  "certificates": certificates}
        command, ready = {"unbound": unbound, "named": named, "dnsmasq": dnsmasq}[kind](
            program, values)
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True)
        try:
            wait_until_it_serves(server, ready)
            for both in sockets:
                for one in both:
                    one.close()
            check([connect_peer, "127.0.0.1:%d" % ports[0],
                   *[("=" if name == "many.test" else "") + name for name in names], "localhost"],
                  EXPECTED)
            if tls_peer:
                address = "127.0.0.1:%d" % ports[1]
                check([tls_peer, certificates + "/ca.pem", address, *names], EXPECTED_OVER_TLS)
                check([tls_peer, certificates + "/other_ca.pem", address, "www.test"],
                      "www.test: request timed out, 0\n")
        finally:
            server.terminate()
            server.wait()
            server.stderr.close()


main()
