/*
 * A device that talks to the API: its own address, and whatever proves who holds it (a bearer token or cookies).
 * Every call resolves with {status, headers, text, body}, whatever the status: tests judge, the client does not.
 */
import { exchange, freshAddress, open } from "./http.mjs";
import { here } from "./instance.mjs";

export const API = "/api/v1";

export class Client {
	constructor({ instance = here, token, address = freshAddress(), origin = instance.url } = {}) {
		this.instance = instance;
		this.origin = origin;
		this.address = address;
		this.token = token;
		this.cookies = new Map();
	}

	/* The same device under another name for the site: through a proxy, say. */
	through(origin) {
		const other = new Client({ instance: this.instance, token: this.token, address: this.address, origin: new URL(origin) });
		other.cookies = this.cookies;
		return other;
	}

	/* The same device at a program's own socket, without lighttpd between: it says what lighttpd would of where it comes from. */
	direct(socketPath) {
		const other = this.through(this.origin);
		other.socketPath = socketPath;
		return other;
	}

	get(path, headers) {
		return this.send("GET", path, undefined, headers);
	}

	post(path, body, headers) {
		return this.send("POST", path, body, headers);
	}

	put(path, body, headers) {
		return this.send("PUT", path, body, headers);
	}

	patch(path, body, headers) {
		return this.send("PATCH", path, body, headers);
	}

	delete(path, headers) {
		return this.send("DELETE", path, undefined, headers);
	}

	/* BODY: an object goes as JSON; text and bytes as they are. Paths are under /api/v1. */
	async send(method, path, body, headers = {}) {
		const reply = await exchange(this.#url(API + path), this.#options(method, body, headers));
		this.#keepCookies(reply.headers["set-cookie"]);
		return reply;
	}

	/* An answer as soon as its headers are here, for streams, polls and requests to be dropped. PATH is the whole path. */
	open(path, headers = {}) {
		return open(this.#url(path), this.#options("GET", undefined, headers));
	}

	/* GET of a whole path, outside /api/v1 too. */
	fetch(path, { method = "GET", headers = {}, body, within } = {}) {
		return exchange(this.#url(path), { ...this.#options(method, body, headers), within });
	}

	#url(path) {
		return new URL(path, this.origin);
	}

	#options(method, body, headers) {
		const isObject = body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body);
		const bytes = isObject ? JSON.stringify(body) : body;
		return {
			method,
			body: bytes,
			address: this.address,
			socketPath: this.socketPath,
			ca: this.instance.ca,
			headers: {
				...(this.socketPath && { "X-Forwarded-For": this.address }),
				...(bytes !== undefined && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(bytes) }),
				...(this.token && { Authorization: `Bearer ${this.token}` }),
				...(this.cookies.size && { Cookie: [...this.cookies].map((pair) => pair.join("=")).join("; ") }),
				...headers,
			},
		};
	}

	#keepCookies(lines = []) {
		for (const line of lines) {
			const [pair, ...attributes] = line.split(/;\s*/);
			const [name, value] = pair.split(/=(.*)/s);
			if (attributes.some((attribute) => /^max-age=0$/i.test(attribute)))
				this.cookies.delete(name);
			else
				this.cookies.set(name, value);
		}
	}
}
