/*
 * A line to the site that can be made as bad as lines get: a TCP proxy that delays, narrows, holds, cuts and refuses.
 * What a connection meets is decided when it begins (`conditions`) and may be changed while it lasts.
 *
 * Conditions: delayMs (of each chunk, both ways), bytesPerS (of the answers), requestBytes and answerBytes (how much goes
 * through before the line is cut), stallAfterBytes and stallMs (how much of the answers goes through before nothing does, and for how long).
 */
import { once } from "node:events";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/* So much waits in a direction before its sender is read no more: a reader who stalls is felt at the other end. */
const WINDOW_BYTES = 32 << 10;
const PIECES_A_SECOND = 20;

/* One direction of a line: what comes from FROM goes to TO, when and as far as LIMITS let it. */
class Flow {
	#waiting = [];
	#waitingBytes = 0;
	#isMoving = false;
	#freed = () => {};

	constructor(line, from, to, limits) {
		Object.assign(this, { line, from, to, limits });
		this.passed = 0;
		this.isHeld = false;
		from.on("data", (chunk) => this.#take(chunk));
		from.on("end", () => this.#take(null));
	}

	/* Nothing passes until free(). */
	hold() {
		this.isHeld = true;
	}

	free() {
		this.isHeld = false;
		this.#freed();
	}

	#take(chunk) {
		this.#waiting.push({ chunk, due: performance.now() + (this.limits.delayMs ?? 0) });
		this.#waitingBytes += chunk?.length ?? 0;
		if (this.#waitingBytes > WINDOW_BYTES)
			this.from.pause();
		if (!this.#isMoving)
			this.#move();
	}

	async #move() {
		this.#isMoving = true;
		while (this.#waiting.length > 0 && !this.line.isOver)
			await this.#next();
		this.#isMoving = false;
	}

	async #next() {
		const [{ chunk, due }] = this.#waiting;
		const early = due - performance.now();
		if (early > 0)
			await pause(early);
		while (this.isHeld && !this.line.isOver)
			await new Promise((resolve) => { this.#freed = resolve; });
		if (this.line.isOver)
			return;
		this.#waiting.shift();
		if (chunk === null)
			return void this.to.end();
		this.#waitingBytes -= chunk.length;
		await this.#narrowed(chunk);
		if (this.#waitingBytes <= WINDOW_BYTES)
			this.from.resume();
	}

	async #narrowed(chunk) {
		const size = Math.max(1, Math.ceil((this.limits.bytesPerS ?? Infinity) / PIECES_A_SECOND));
		for (let at = 0; at < chunk.length && !this.line.isOver; at += size) {
			await this.#pass(chunk.subarray(at, at + size));
			if (size < chunk.length)
				await pause(1000 / PIECES_A_SECOND);
		}
	}

	async #pass(piece) {
		const { cutAfter = Infinity, stallAfter = Infinity } = this.limits;
		const part = piece.subarray(0, Math.max(0, cutAfter - this.passed));
		this.passed += piece.length;
		if (part.length > 0 && !this.to.write(part) && !this.line.isOver)
			await Promise.race([once(this.to, "drain"), once(this.to, "close")]).catch(() => {});
		if (this.passed >= cutAfter)
			this.line.cut("in the middle");
		else if (this.passed >= stallAfter)
			this.#stall();
	}

	#stall() {
		const { stallMs } = this.limits;
		this.limits = { ...this.limits, stallAfter: Infinity };
		this.line.proxy.stalls++;
		this.hold();
		setTimeout(() => this.free(), stallMs).unref();
	}
}

/* A client's connection, and the one to the site that carries it on. */
class Line {
	constructor(proxy, client, conditions) {
		const { delayMs, bytesPerS, requestBytes, answerBytes, stallAfterBytes, stallMs } = conditions;
		this.proxy = proxy;
		this.isOver = false;
		this.client = client;
		this.site = net.connect({ port: Number(proxy.origin.port), host: proxy.origin.hostname });
		this.ends = [client, this.site];
		this.up = new Flow(this, client, this.site, { delayMs, cutAfter: requestBytes });
		this.down = new Flow(this, this.site, client, { delayMs, bytesPerS, cutAfter: answerBytes, stallAfter: stallAfterBytes, stallMs });
		for (const end of this.ends) {
			end.setNoDelay(true);
			end.on("error", () => this.#over());
		}
		client.on("close", () => this.#over());	/* what the site has sent before it closed still goes to the client */
	}

	/* Breaks it as a network does (a reset), or as a peer that goes away does (the end). */
	cut(why, { isPolite = false } = {}) {
		if (this.isOver)
			return;
		this.proxy.cuts.set(why, (this.proxy.cuts.get(why) ?? 0) + 1);
		this.#leave();
		if (isPolite)
			this.ends.forEach((end) => end.destroySoon());
		else
			this.ends.forEach((end) => end.resetAndDestroy());
	}

	/* From now on each chunk takes so much longer, both ways. */
	slow(delayMs) {
		for (const flow of [this.up, this.down])
			flow.limits = { ...flow.limits, delayMs };
	}

	/* The next piece of an answer goes through in part, and that is the end: BYTES from now on. */
	cutInFrame(bytes) {
		this.down.limits = { ...this.down.limits, cutAfter: this.down.passed + bytes };
	}

	hold() {
		this.up.hold();
		this.down.hold();
	}

	free() {
		this.up.free();
		this.down.free();
	}

	#over() {
		if (this.isOver)
			return;
		this.#leave();
		this.ends.forEach((end) => end.destroySoon());
	}

	#leave() {
		this.isOver = true;
		this.proxy.lines.delete(this);
		this.free();
	}
}

export class Proxy {
	/* Starts one before ORIGIN. CONDITIONS(number, proxy) tells what the connection of that number (from 1) meets. */
	static async start(origin, conditions = () => ({})) {
		const proxy = new Proxy(origin, conditions);
		proxy.server.listen(0, "127.0.0.1");
		await once(proxy.server, "listening");
		proxy.url = new URL(`http://127.0.0.1:${proxy.server.address().port}`);
		return proxy;
	}

	constructor(origin, conditions) {
		this.origin = origin;
		this.conditions = conditions;
		this.lines = new Set();
		this.connections = 0;
		this.stalls = 0;
		this.cuts = new Map();	/* why: how often */
		this.isRefusing = false;
		this.server = net.createServer({ allowHalfOpen: true }, (client) => this.#join(client));
	}

	get cutCount() {
		return [...this.cuts.values()].reduce((sum, count) => sum + count, 0);
	}

	stop() {
		this.isRefusing = true;
		this.server.close();
		this.lines.forEach((line) => line.cut("end"));
	}

	#join(client) {
		this.connections++;
		if (this.isRefusing)
			return void client.resetAndDestroy();
		this.lines.add(new Line(this, client, this.conditions(this.connections, this)));
	}
}
