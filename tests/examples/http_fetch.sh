#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: http_fetch.sh COMMAND...
# Pages of a server of another project, over HTTP and HTTPS, redirects, and what fails.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.server
import ssl
import subprocess
import sys
import tempfile
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/100")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"x" * int(self.path[1:])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve(context):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key",
                    "-out", folder + "/pem"], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/pem", folder + "/key")
    plain, secure = serve(None), serve(context)
    urls = [f"http://127.0.0.1:{plain}/{size}" for size in (0, 1, 100, 1000000)]
    urls += [f"https://127.0.0.1:{secure}/{size}" for size in (0, 100000)]
    moved = f"http://127.0.0.1:{plain}/moved"
    wrong = f"https://127.0.0.1:{plain}/1"
    listed = "\n".join(urls + [moved, wrong, "nonsense"]) + "\n"
    done = subprocess.run(sys.argv[1:] + ["--trust", folder + "/pem"], input=listed, text=True,
                          capture_output=True, timeout=60)
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done
    assert len(lines) == 9, lines
    ended = sorted((line.split()[0], line.split()[1], line.split()[3])
                   for line in lines if line.startswith("200 "))
    wanted = [("200", url.rsplit("/", 1)[1], url) for url in urls]
    wanted.append(("200", "100", f"http://127.0.0.1:{plain}/100"))
    assert ended == sorted(wanted), ended
    failed = sorted(line for line in lines if line.startswith("failed: "))
    assert any(line.endswith(": nonsense") for line in failed), failed
    assert any(line.endswith(": " + wrong) for line in failed), failed
PROGRAM
