#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: chat_in_browser.py CHROMIUM WS_CHAT

The page of examples/ws_chat.c in chromium, beside a guest of python3-websockets: the browser hears
the guest, what is typed into the page reaches the guest, and texts are no HTML.  Pages of others
cannot connect.
"""

import asyncio
import json
import re
import signal
import sys
import tempfile

import websockets

# For a browser that hangs: nothing here waits for time to pass.
LIMIT_S = 100


class Browser:
    """Chromium, by its DevTools protocol."""

    def __init__(self, process, ws):
        self.process = process
        self.ws = ws
        self.last = 0
        self.events = set()

    async def take(self):
        """The next message; events are noted."""
        message = json.loads(await self.ws.recv())
        if "method" in message:
            self.events.add((message.get("sessionId"), message["method"]))
        return message

    async def call(self, method, session=None, **params):
        """The result of a method."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        await self.ws.send(json.dumps(message))
        while True:
            reply = await self.take()
            if reply.get("id") == self.last:
                assert "result" in reply, reply
                return reply["result"]

    async def open(self, url):
        """Opens a page; returns its session when it has been loaded."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"],
                                   flatten=True)
        session = attached["sessionId"]
        await self.call("Page.enable", session)
        self.events.discard((session, "Page.loadEventFired"))
        await self.call("Page.navigate", session, url=url)
        while (session, "Page.loadEventFired") not in self.events:
            await self.take()
        return session

    async def run(self, session, script):
        """The value of a script in the page, which may be a promise."""
        result = await self.call("Runtime.evaluate", session, expression=script,
                                 awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")


async def start_browser(chromium, folder):
    process = await asyncio.create_subprocess_exec(
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    said = b""
    while True:
        line = await process.stderr.readline()
        assert line, said.decode(errors="replace")
        said += line
        found = re.match(rb"DevTools listening on (ws://\S+)", line)
        if found:
            break
    # What it says from now on is of no interest, but has to go somewhere.
    asyncio.ensure_future(process.stderr.read())
    return Browser(process, await websockets.connect(found[1].decode(), max_size=None))


# Resolves when the page shows a line; it is asked before or after the line has come.
HEARD = """new Promise((resolve) => {
    const look = () => [...document.querySelectorAll('#heard li')]
        .some((item) => item.textContent === LINE) && resolve(true);
    if (!look())
        new MutationObserver(look).observe(document, {childList: true, subtree: true});
})"""

SUBMIT = """document.getElementById('text').value = LINE;
document.getElementById('form').requestSubmit();"""

# Another page cannot connect: the server looks at its origin.
CONNECT = """new Promise((resolve) => {
    const ws = new WebSocket(LINE);
    ws.onopen = () => resolve('open');
    ws.onclose = (event) => resolve(event.code);
})"""


def with_line(script, line):
    return script.replace("LINE", json.dumps(line))


async def hear(guest, line):
    while await guest.recv() != line:
        pass


async def chat(browser, port):
    page = await browser.open(f"http://127.0.0.1:{port}/")
    await browser.run(page, with_line(HEARD, "1 has come"))
    async with websockets.connect(f"ws://127.0.0.1:{port}/chat") as guest:
        await hear(guest, "2 has come")
        await guest.send("<i>grüß</i> \U0001f600")
        await browser.run(page, with_line(HEARD, "2: <i>grüß</i> \U0001f600"))
        assert await browser.run(page, "document.querySelectorAll('#heard i').length") == 0
        await browser.run(page, with_line(SUBMIT, "ça va?"))
        await hear(guest, "1: ça va?")
        await browser.run(page, with_line(HEARD, "1: ça va?"))
        other = await browser.open("data:text/html,other")
        assert await browser.run(other, with_line(CONNECT, f"ws://127.0.0.1:{port}/chat")) == 1006
    await browser.run(page, with_line(HEARD, "2 has left"))
    return page


async def main(chromium, program):
    server = await asyncio.create_subprocess_exec(program, stdout=asyncio.subprocess.PIPE)
    port = int(await server.stdout.readline())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = await start_browser(chromium, folder)
        try:
            page = await chat(browser, port)
            server.send_signal(signal.SIGTERM)
            await browser.run(page, with_line(HEARD, "closed: 1001"))
            assert await server.wait() == 0
        finally:
            if server.returncode is None:
                server.kill()
            browser.process.terminate()
            await browser.process.wait()


asyncio.run(asyncio.wait_for(main(sys.argv[1], sys.argv[2]), LIMIT_S))
