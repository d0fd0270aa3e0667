/* Redis asked directly, one command a connection: quick, and without a process that could be struck meanwhile. */
import net from "node:net";

const ANSWER_MS = 1000;

export class RedisLine {
	constructor(path) {
		this.path = path;
	}

	/* Resolves with the first line of the answer to COMMAND (an inline one). */
	ask(command) {
		return new Promise((resolve, reject) => {
			const socket = net.connect({ path: this.path }, () => socket.write(`${command}\r\n`));
			let text = "";
			socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("Redis does not answer")));
			socket.on("data", (chunk) => {
				text += chunk;
				if (text.includes("\r\n"))
					socket.destroy();
			});
			socket.on("error", reject);
			socket.on("close", () => (text.includes("\r\n") ? resolve(text.split("\r\n")[0]) : reject(new Error("Redis hung up"))));
		});
	}
}
