#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: websockets_peer.py WS_ECHO

Sessions and python3-websockets talk to each other, in both roles.
"""

import asyncio
import subprocess
import sys

import websockets

SIZES = (0, 1, 125, 126, 127, 65535, 65536, 1000000)


async def talk(port, compression):
    """A client of websockets and our server."""
    async with websockets.connect(f"ws://127.0.0.1:{port}/", subprotocols=["other", "echo"],
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


async def serve_our_client(program):
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
                                max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        client = await asyncio.create_subprocess_exec(program, "client", str(port))
        assert await client.wait() == 0
    assert codes == [4321], codes


async def main(program):
    server = subprocess.Popen([program, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True)

    async def line():
        """What the server prints next; meanwhile the peer goes on."""
        return (await asyncio.to_thread(server.stdout.readline)).rstrip("\n")

    port = int(await line())
    for compression in (None, "deflate"):
        await talk(port, compression)
        assert await line() == "4000 bye"
    for message, code in ((send_bad_text, 1007), (send_too_much, 1009), (send_bad_opcode, 1002)):
        await be_refused(port, message, code)
        end = await line()
        assert end.startswith(f"{code} "), end
    server.stdin.close()
    assert server.stdout.read() == ""
    assert server.wait() == 0
    await serve_our_client(program)


asyncio.run(main(sys.argv[1]))
