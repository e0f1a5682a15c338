#!/usr/bin/env python3
"""A proxy on loopback: CONNECT, and GET of plain HTTP. Whatever is asked for is looked for on this
machine. Prints its port, and serves until its standard input ends.

  proxy.py FILE

FILE gets a line for each request.
"""

import select
import socket
import sys
import threading
from urllib.parse import urlsplit

log = sys.argv[1]


def copy(client, server):
    while True:
        ready, _, _ = select.select([client, server], [], [], 30)
        if not ready:
            return
        for one in ready:
            data = one.recv(65536)
            if not data:
                return
            (server if one is client else client).sendall(data)


def serve(client):
    with client:
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65536)
            if not part:
                return
            head += part
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{method} {target}\n")
        if method == "CONNECT":
            port = target.rsplit(":", 1)[1]
            with socket.create_connection(("127.0.0.1", int(port)), 10) as server:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                copy(client, server)
            return
        url = urlsplit(target)
        path = url.path + (f"?{url.query}" if url.query else "")
        head = head.replace(target.encode(), path.encode(), 1)
        head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        with socket.create_connection(("127.0.0.1", url.port or 80), 10) as server:
            server.sendall(head)
            copy(client, server)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)


def accept():
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
