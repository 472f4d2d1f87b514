#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: websockets_peer.py WS_ECHO

Sessions and python3-websockets talk to each other, in both roles, in plain and over TLS.
"""

import asyncio
import ssl
import subprocess
import sys
import tempfile

import websockets

SIZES = (0, 1, 125, 126, 127, 65535, 65536, 1000000)


async def talk(url, compression, tls=None):
    """A client of websockets and our server."""
    async with websockets.connect(url, subprotocols=["other", "echo"], ssl=tls,
                                  compression=compression, max_size=None) as ws:
        assert ws.subprotocol == "echo", ws.subprotocol
        assert not ws.extensions, ws.extensions
        for size in SIZES:
            for message in ("ä" * size, b"\x00\xff" * size):
                await ws.send(message)
                assert await ws.recv() == message
        # An iterable is sent in fragments.
        await ws.send(["a", "bc", "", "ä"])
        assert await ws.recv() == "abcä"
        await (await ws.ping(b"ping"))
        await ws.close(4000, "bye")
        assert ws.close_code == 4000, ws.close_code


async def be_refused(port, message, code):
    """Something that breaks a limit or a rule."""
    async with websockets.connect(f"ws://127.0.0.1:{port}/", max_size=None,
                                  compression=None) as ws:
        try:
            await message(ws)
            await ws.recv()
        except websockets.ConnectionClosed:
            pass
        assert ws.close_code == code, ws.close_code


async def send_bad_text(ws):
    await ws.write_frame(True, 1, b"\xff")


async def send_too_much(ws):
    await ws.send(b"x" * (17 << 20))


async def send_bad_opcode(ws):
    ws.transport.write(b"\x83\x80\0\0\0\0")


async def serve_our_client(program, tls=None, *trusted):
    """Our client and a server of websockets."""
    codes = []

    async def echo(ws, *_):
        try:
            async for message in ws:
                await ws.send(message)
        except websockets.ConnectionClosedError:
            pass
        codes.append(ws.close_code)

    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["echo"],
                                max_size=None, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        client = await asyncio.create_subprocess_exec(program, "client", str(port), *trusted)
        assert await client.wait() == 0
    assert codes == [4321], codes


class Echo:
    """Our server."""

    def __init__(self, program, *files):
        self.process = subprocess.Popen([program, "server", *files], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    async def line(self):
        """What it prints next; meanwhile the peer goes on."""
        return (await asyncio.to_thread(self.process.stdout.readline)).rstrip("\n")

    def end(self):
        self.process.stdin.close()
        assert self.process.stdout.read() == ""
        assert self.process.wait() == 0


async def plain(program):
    server = Echo(program)
    port = int(await server.line())
    for compression in (None, "deflate"):
        await talk(f"ws://127.0.0.1:{port}/", compression)
        assert await server.line() == "4000 bye"
    for message, code in ((send_bad_text, 1007), (send_too_much, 1009), (send_bad_opcode, 1002)):
        await be_refused(port, message, code)
        end = await server.line()
        assert end.startswith(f"{code} "), end
    server.end()
    await serve_our_client(program)


async def over_tls(program, folder):
    certificate, key = folder + "/cert.pem", folder + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                    "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    server = Echo(program, certificate, key)
    port = int(await server.line())
    await talk(f"wss://localhost:{port}/", None, ssl.create_default_context(cafile=certificate))
    assert await server.line() == "4000 bye"
    server.end()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    await serve_our_client(program, context, certificate)


async def main(program):
    await plain(program)
    with tempfile.TemporaryDirectory() as folder:
        await over_tls(program, folder)


asyncio.run(main(sys.argv[1]))
