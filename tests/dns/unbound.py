#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run a real unbound on loopback and connect to names that it knows.

usage: unbound.py UNBOUND CONNECT_PEER

The port is chosen by the kernel and reserved here until unbound has it.  unbound answers from
its own data: no question leaves the machine.
"""
import os
import socket
import subprocess
import sys
import tempfile

MANY = 200  # addresses: more than fit in a datagram

CONFIGURATION = """
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
	access-control: 127.0.0.0/8 allow
	module-config: "iterator"
	local-zone: "test." static
	local-data: "www.test. 300 A 127.0.0.1"
	local-data: "both.test. 300 A 127.0.0.1"
	local-data: "both.test. 300 AAAA ::1"
	local-data: "text.test. 300 TXT text"
%(many)s
	local-zone: "refused.example." refuse
remote-control:
	control-enable: no
"""

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


def reserve():
    """A datagram socket and one for a listener, on a port that unbound may bind to as well."""
    while True:
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        for one in (datagram, stream):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        datagram.bind(("127.0.0.1", 0))
        try:
            stream.bind(datagram.getsockname())
            return datagram, stream
        except OSError:
            datagram.close()
            stream.close()


def main():
    program, peer = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        both = reserve()
        port = both[0].getsockname()[1]
        many = "\n".join('\tlocal-data: "many.test. 300 A 127.0.%d.%d"' % (i // 200, 1 + i % 200)
                         for i in range(MANY))
        path = os.path.join(folder, "unbound.conf")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(CONFIGURATION % {"folder": folder, "port": port, "many": many})
        unbound = subprocess.Popen([program, "-d", "-c", path], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            said = ""
            for line in unbound.stderr:
                said += line
                if "start of service" in line:
                    break
            else:
                sys.exit("unbound did not start:\n" + said)
            for one in both:
                one.close()
            names = ["www.test", "both.test", "=many.test", "text.test", "none.test",
                     "refused.example", "localhost"]
            done = subprocess.run([peer, "127.0.0.1:%d" % port, *names], stdout=subprocess.PIPE,
                                  text=True, timeout=60, check=False)
        finally:
            unbound.terminate()
            unbound.wait()
            unbound.stderr.close()
    if done.returncode != 0 or done.stdout != EXPECTED:
        print(done.stdout)
        sys.exit("not what was expected: status %d" % done.returncode)


main()
