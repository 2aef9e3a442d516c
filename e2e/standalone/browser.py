"""Chromium through the gateway, driven by its DevTools protocol.

  browser.py HTTP-PORT HTTPS-PORT KEY-DIGEST DIRECTORY   opens http://shop.example.com/, and prints as JSON what the page came to see

The name leads to loopback at these ports; KEY-DIGEST (base64 of the SHA-256 of a public key) is trusted whoever signed it. Chromium keeps its profile in DIRECTORY.
"""
import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.request

import websockets.asyncio.client

HOST = "shop.example.com"

# What the page does, in order, each by the browser's own means.
SCRIPT = """(async () => {
  const seen = {href: location.href}
  const answer = await fetch('/', {cache: 'no-store'})
  seen.status = answer.status
  await answer.text()
  seen.protocol = performance.getEntriesByType('resource').at(-1).nextHopProtocol
  seen.uploaded = Number(await (await fetch('/upload', {method: 'POST', body: new Uint8Array(3 << 20)})).text())

  seen.events = await new Promise((done, failed) => {
    const events = [], source = new EventSource('/events')
    source.onmessage = async event => {
      events.push(event.data)
      if (events.length == 3) { source.close(); done(events) } else await fetch('/next', {cache: 'no-store'})
    }
    source.onerror = () => failed(new Error('events ended: ' + events))
  })

  seen.echoes = await new Promise((done, failed) => {
    const echoes = [], socket = new WebSocket(`wss://${location.host}/socket`)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => { socket.send('text'); socket.send(new Uint8Array(100000)) }
    socket.onmessage = event => {
      echoes.push(typeof event.data == 'string' ? event.data : event.data.byteLength)
      if (echoes.length == 2) { socket.close(); done(echoes) }
    }
    socket.onerror = () => failed(new Error('no socket: ' + echoes))
  })

  const message = new TextEncoder().encode('live'), frame = new Uint8Array(5 + message.length)
  new DataView(frame.buffer).setUint32(1, message.length)
  frame.set(message, 5)
  const call = await fetch('/e2e.Who/Ask', {method: 'POST', headers: {'Content-Type': 'application/grpc-web+proto'}, body: frame})
  const bytes = new Uint8Array(await call.arrayBuffer()), size = new DataView(bytes.buffer).getUint32(1)
  seen.called = new TextDecoder().decode(bytes.slice(5, 5 + size))
  seen.trailers = new TextDecoder().decode(bytes.slice(10 + size))
  return JSON.stringify(seen)
})()"""


def start(http_port, https_port, digest, directory):
    """- Returns: Chromium, with one empty page, and where that page is driven."""
    profile = pathlib.Path(directory) / "profile"
    browser = subprocess.Popen([
        "chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--remote-debugging-port=0",
        f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{http_port}, MAP {HOST}:443 127.0.0.1:{https_port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={digest}", "about:blank"], stderr=subprocess.PIPE, text=True, start_new_session=True)
    for line in browser.stderr:
        if line.startswith("DevTools listening on"):
            address = line.split("//")[1].split("/")[0]
            pages = json.load(urllib.request.urlopen(f"http://{address}/json/list", timeout=10))
            return browser, next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
    sys.exit("Chromium ended before it could be driven")


class Page:
    def __init__(self, socket):
        self.socket = socket
        self.count = 0
        self.events = []

    async def ask(self, method, **parameters):
        self.count += 1
        await self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (message := json.loads(await self.socket.recv())).get("id") != self.count:
            self.events.append(message["method"])
        if "error" in message:
            sys.exit(f"{method}: {message['error']['message']}")
        return message["result"]

    async def event(self, method):
        while method not in self.events:
            self.events.append(json.loads(await self.socket.recv()).get("method"))


async def visit(address):
    async with websockets.asyncio.client.connect(address, max_size=None, proxy=None) as socket:
        page = Page(socket)
        await page.ask("Page.enable")
        opened = await page.ask("Page.navigate", url=f"http://{HOST}/")
        if "errorText" in opened:
            sys.exit(f"the page did not open: {opened['errorText']}")
        await page.event("Page.loadEventFired")
        result = await page.ask("Runtime.evaluate", expression=SCRIPT, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(result["exceptionDetails"]["exception"]["description"])
        print(result["result"]["value"])


if len(sys.argv) != 5:
    sys.exit(__doc__)
browser, address = start(*sys.argv[1:])
try:
    asyncio.run(asyncio.wait_for(visit(address), 60))
finally:
    # What Debian installs under this name is a script around the browser, which has processes of its own.
    os.killpg(browser.pid, signal.SIGKILL)
    browser.wait()
