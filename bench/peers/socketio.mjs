/*
 * Socket.IO with its Redis adapter: `socketio.mjs REDIS PORT` serves clients; `socketio.mjs REDIS` is another process of the
 * same site, that emits each line of stdin to all through Redis. As its guide to performance says, the request
 * that opened a socket is forgotten.
 */
import http from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { eachLine } from "./lines.mjs";

const [path, port] = process.argv.slice(2);
const publisher = createClient({ socket: { path } });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const server = http.createServer();
const io = new Server(server, { adapter: createAdapter(publisher, subscriber), transports: ["websocket"], serveClient: false });
io.engine.on("connection", (socket) => { socket.request = null; });
eachLine((line) => io.emit("event", JSON.parse(line)));
if (port)
	server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
else
	console.log("ready");
