/* The program behind Pushpin: answers every request by "hold this stream", with no first frame (it would confuse Pushpin under load). Not counted as its own. */
import http from "node:http";

const server = http.createServer((request, response) => {
	response.writeHead(200, { "Content-Type": "text/event-stream", "Grip-Hold": "stream", "Grip-Channel": "all" });
	response.end();
});
server.keepAliveTimeout = 600_000;
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
