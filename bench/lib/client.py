"""An HTTP/1.1 client on asyncio that reports exactly how a connection ended. Each Client is one connection."""

import asyncio
import socket
import struct
from dataclasses import dataclass


class Ended(Exception):
    """The server ended the connection before the answer was whole. how: 'FIN' or 'reset'; begun: whether a part of the answer came."""

    def __init__(self, how, begun):
        super().__init__(f"{how} {'in the middle of' if begun else 'before'} an answer")
        self.how, self.begun = how, begun


@dataclass
class Answer:
    status: int
    fields: dict
    body: bytes

    @property
    def closes(self):
        return self.fields.get("connection", "").lower() == "close"


def head(method, target, fields=()):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


class Client:
    """One connection. Leaving the `async with` closes it."""

    def __init__(self, port, receive_buffer=None):
        self.port, self.receive_buffer, self.connection = port, receive_buffer, None

    async def __aenter__(self):
        self.connection = connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.receive_buffer:
            # Before the connect, because the window is negotiated there.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
            self.reader, self.writer = await asyncio.open_connection(sock=connection, limit=self.receive_buffer or 64 * 1024)
        except BaseException:
            connection.close()
            raise
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    def reset(self):
        """Ends the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    @property
    def is_ended(self):
        """Whether the server has ended the connection, even if asyncio has not noticed yet."""
        if self.reader.at_eof():
            return True
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def send(self, data):
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            # The server may have sent an answer before it closed. The next read shows it.
            pass

    async def request(self, method, target, fields=(), body=None):
        if body is not None:
            fields = [*fields, ("Content-Length", len(body))]
        await self.send(head(method, target, fields) + (body or b""))
        return await self.answer(method)

    async def answer_head(self):
        try:
            text = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as e:
            raise Ended("FIN", bool(e.partial)) from None
        except ConnectionError:
            raise Ended("reset", False) from None
        first, *lines = text.decode("latin-1").split("\r\n")[:-2]
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return Answer(int(first.split(" ")[1]), fields, b"")

    async def answer(self, method="GET"):
        answer = await self.answer_head()
        while answer.status == 100:
            answer = await self.answer_head()
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        try:
            if answer.fields.get("transfer-encoding", "").lower() == "chunked":
                answer.body = await self._chunks()
            elif "content-length" in answer.fields:
                answer.body = await self.reader.readexactly(int(answer.fields["content-length"]))
            else:
                raise ValueError(f"{answer.status} without framing: {answer.fields}")
        except asyncio.IncompleteReadError:
            raise Ended("FIN", True) from None
        except ConnectionError:
            raise Ended("reset", True) from None
        return answer

    async def _chunks(self):
        parts = []
        while True:
            size = int(await self._line(), 16)
            if size == 0:
                break
            parts.append(await self.reader.readexactly(size))
            if await self.reader.readexactly(2) != b"\r\n":
                raise ValueError("a chunk without its end")
        while await self._line():
            pass
        return b"".join(parts)

    async def _line(self):
        line = await self.reader.readuntil(b"\r\n")
        return line[:-2]
