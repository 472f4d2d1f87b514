#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: scan.sh SERVER CERTIFICATES
# sslscan finds no old protocol, no weak cipher and no known weakness at tls_echo_server, with a
# certificate of each kind of key.  77 where sslscan is not installed.
set -eu

command -v sslscan >/dev/null || { echo "sslscan is not installed" && exit 77; }
exec python3 - "$@" <<'PROGRAM'
import subprocess
import sys
import xml.etree.ElementTree

program, certificates = sys.argv[1:]
ENABLED = {("ssl", "2"): "0", ("ssl", "3"): "0", ("tls", "1.0"): "0", ("tls", "1.1"): "0",
           ("tls", "1.2"): "1", ("tls", "1.3"): "1"}
WITH_AUTHENTICATION = ("GCM", "CHACHA20", "CCM")
# Of encryption, and of the exchange of keys.
BITS = 112


def scan(name):
    server = subprocess.Popen([program, f"{certificates}/{name}.pem", f"{certificates}/{name}.key"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(server.stdout.readline())
        result = subprocess.run(["sslscan", "--xml=-", f"127.0.0.1:{port}"], check=True,
                                stdout=subprocess.PIPE)
    finally:
        server.terminate()
    assert server.wait(60) == 0, "the server did not end well"
    return xml.etree.ElementTree.fromstring(result.stdout).find("ssltest")


def is_strong(cipher):
    name = cipher.get("cipher")
    return (int(cipher.get("bits")) >= 128 and any(part in name for part in WITH_AUTHENTICATION)
            and name.startswith(("TLS_", "ECDHE-", "DHE-")))


def check(test):
    found = {(p.get("type"), p.get("version")): p.get("enabled") for p in test.findall("protocol")}
    assert found == ENABLED, found
    ciphers = test.findall("cipher")
    assert {c.get("sslversion") for c in ciphers} == {"TLSv1.2", "TLSv1.3"}, ciphers
    weak = [c.get("cipher") for c in ciphers if not is_strong(c)]
    assert not weak, weak
    weak = [g.get("name") for g in test.findall("group") if int(g.get("bits")) < BITS]
    assert not weak, weak
    renegotiation = test.find("renegotiation")
    assert (renegotiation.get("supported"), renegotiation.get("secure")) != ("1", "0")
    assert {h.get("vulnerable") for h in test.findall("heartbleed")} == {"0"}, "heartbleed"
    compression = test.find("compression")
    assert compression is None or compression.get("supported") == "0", "compression"
    return len(ciphers)


for name in ["server", "server_rsa"]:
    print(f"{name}: {check(scan(name))} ciphers, none of them weak")
PROGRAM
