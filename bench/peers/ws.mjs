/* A broadcaster on `ws`: each line of stdin goes to all, encoded once. */
import http from "node:http";
import { WebSocketServer } from "ws";
import { eachLine } from "./lines.mjs";

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: true });

eachLine((line) => {
	const message = Buffer.from(line);
	for (const socket of sockets.clients)
		socket.send(message, { binary: false });
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
