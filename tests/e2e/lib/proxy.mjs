/* A bad network: a TCP proxy before the site that delays, stalls and cuts. */
import net from "node:net";
import { once } from "node:events";

const reset = (pair) => pair.forEach((socket) => socket.resetAndDestroy());

export class BadNetwork {
	/* Starts a proxy before ORIGIN; it ends with test T. DELAY_MS holds back every chunk, both ways. */
	static async start(t, origin, { delayMs = 0 } = {}) {
		const network = new BadNetwork(origin, delayMs);
		network.server.listen(0, "127.0.0.1");
		await once(network.server, "listening");
		network.url = `http://127.0.0.1:${network.server.address().port}`;
		t.after(() => network.stop());
		return network;
	}

	constructor(origin, delayMs) {
		this.origin = origin;
		this.delayMs = delayMs;
		this.isDown = false;
		this.answerBytes = Infinity;	/* of each connection, until it is cut */
		this.answersLost = false;	/* what the site answers goes nowhere */
		this.connections = 0;
		this.upBytes = this.downBytes = this.downChunks = 0;	/* carried so far */
		this.pairs = new Set();
		this.server = net.createServer((client) => this.#join(client));
	}

	/* Every connection breaks now, and no new one is let through until up(). */
	down() {
		this.isDown = true;
		this.cut();
	}

	up() {
		this.isDown = false;
	}

	/* Every connection is reset now. */
	cut() {
		this.pairs.forEach(reset);
	}

	/* From now on each connection is reset once the site has answered BYTES: the request arrived, its answer does not. */
	cutAnswersAfter(bytes) {
		this.answerBytes = bytes;
	}

	stop() {
		this.cut();
		this.server.close();
	}

	#join(client) {
		this.connections++;
		if (this.isDown)
			return client.resetAndDestroy();
		const site = net.connect(Number(this.origin.port), this.origin.hostname);
		const pair = [client, site];
		this.pairs.add(pair);
		this.#carry(client, site);
		this.#carry(site, client, { allowance: () => this.answerBytes, isLost: () => this.answersLost });
		client.on("data", (chunk) => { this.upBytes += chunk.length; });
		site.on("data", (chunk) => { this.downBytes += chunk.length; this.downChunks++; });
		for (const socket of pair) {
			socket.on("error", () => pair.forEach((end) => end.destroy()));
			socket.on("close", () => pair.every((end) => end.destroyed) && this.pairs.delete(pair));
		}
	}

	#carry(from, to, { allowance = () => Infinity, isLost = () => false } = {}) {
		let carried = 0;
		from.on("data", (chunk) => {
			carried += chunk.length;
			if (carried > allowance())
				reset([from, to]);
			else if (!isLost())
				this.#later(() => this.#pass(chunk, from, to));
		});
		from.on("end", () => this.#later(() => to.end()));
	}

	/* Hands CHUNK on, and reads no more until it is taken. */
	#pass(chunk, from, to) {
		if (to.destroyed || to.write(chunk))
			return;
		from.pause();
		to.once("drain", () => from.resume());
	}

	#later(work) {
		if (this.delayMs > 0)
			setTimeout(work, this.delayMs);
		else
			work();
	}
}
