"""A broadcaster on FastAPI: a queue for each client; a POST's lines go to all. What waits in a client's queue leaves together."""
import asyncio

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import Response, StreamingResponse

app = FastAPI()
clients: set[asyncio.Queue] = set()


async def events():
    queue: asyncio.Queue = asyncio.Queue()
    clients.add(queue)
    try:
        yield 'data: {"type":"stream.open"}\n\n'
        while True:
            pending = [await queue.get()]
            while not queue.empty():
                pending.append(queue.get_nowait())
            yield "".join(pending)
    finally:
        clients.discard(queue)


@app.get("/stream")
async def stream():
    return StreamingResponse(events(), media_type="text/event-stream")


@app.websocket("/ws")
async def websocket(socket: WebSocket):
    await socket.accept()
    queue: asyncio.Queue = asyncio.Queue()
    clients.add(queue)
    try:
        while True:
            await socket.send_text(await queue.get())
    finally:
        clients.discard(queue)


@app.post("/publish")
async def publish(request: Request):
    """The body's lines, each with a NUL where a line of the event ends."""
    for line in (await request.body()).decode().splitlines():
        message = line.replace("\0", "\n")
        for queue in clients:
            queue.put_nowait(message)
    return Response(status_code=204)
