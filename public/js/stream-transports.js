/*
 * The ways a stream can reach this page, a row each. All give the same frames, those
 * that the contract describes, whatever carries them:
 *
 *	{type: 'stream.open', epoch, mode, heads, denied}    always first
 *	{type: 'stream.heartbeat', heads}, {type: 'stream.denied', channel}, {type: 'stream.end'}
 *	{channel, seq, type, at, data}                       an event
 *
 * To add a transport: write its `open(request, handlers)` in a file of its own, which
 * calls `handlers.frame(frame)` for each and `handlers.failed(error)` once when it can't
 * go on, and returns {close()}; then add its row. One that carries messages upwards too
 * gives {close(), send(message)} and says so in its row.
 *
 * request: {role, channels: [name], after: cursor|null, heartbeatS}
 */
import { openPoll } from "./transport-poll.js";
import { openSocketIo } from "./transport-socketio.js";
import { openEventSource } from "./transport-sse.js";
import { openWebSocket } from "./transport-websocket.js";

export const transports = {
	"sse": { label: "Server-sent events", hint: "pushed, one way", open: openEventSource },
	"websocket": { label: "WebSocket", hint: "pushed, both ways", open: openWebSocket, canSend: true, heartbeatS: 25 },
	"socket.io": { label: "Socket.IO", hint: "polls first, then a WebSocket", open: openSocketIo, canSend: true, heartbeatS: 25 },
	"long-poll": { label: "Long poll", hint: "asked, answered when there is news", open: openPoll({ waitS: 25, pauseMs: 0 }) },
	"short-poll": { label: "Short poll", hint: "asked every 3 seconds", open: openPoll({ waitS: 0, pauseMs: 3000 }) },
};

export const defaultTransport = "sse";
