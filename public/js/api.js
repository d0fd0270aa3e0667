/*
 * The REST API as pages use it: one `fetch` wrapper for one role's session.
 *
 * - The session is an HttpOnly cookie; the header Session-Role says which of the
 *   sessions signed in side by side in this browser is meant.
 * - Every problem+json becomes an ApiError with its `code`; so do a lost network
 *   ('network') and silence ('timeout').
 * - What has one effect however often it is sent (a GET, a PATCH, a PUT, a POST under its
 *   Idempotency-Key) is repeated with back-off when the answer was lost or the server
 *   asks for patience.
 */
import { backoffMs } from "./backoff.js";

const BASE = "/api/v1";
const TIMEOUT_MS = 15_000;
const REPEATABLE = ["GET", "PATCH", "PUT"];
const ATTEMPTS = 5;

export class ApiError extends Error {
	constructor({ status = 0, code = "unknown", detail, title, errors = [], ...members }, retryAfterS = 0) {
		super(detail ?? title ?? code);
		this.name = "ApiError";
		Object.assign(this, { status, code, errors, members, retryAfterS });
	}
}

const NETWORK = { code: "network", detail: "FoodFast can’t be reached. Check the connection and try again." };
const TIMEOUT = { code: "timeout", detail: "FoodFast takes too long to answer. Try again in a moment." };
const NOT_OURS = { code: "unexpected_answer", detail: "Something between here and FoodFast gave an answer of its own." };

/** A key for one effect. Not randomUUID, which plain http on a LAN doesn't have. */
export const newIdempotencyKey = () =>
	[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* Worth repeating: nothing came back, the server is briefly out, or a twin still runs. */
export const isPassing = ({ status, code }) =>
	code === "network" || code === "timeout" || code === "idempotency_in_progress" || [502, 503, 504].includes(status);

const sleep = (ms, signal) => new Promise((resolve, reject) => {
	const timer = setTimeout(resolve, ms);
	signal?.addEventListener("abort", () => {
		clearTimeout(timer);
		reject(signal.reason);
	}, { once: true });
});

const problemOf = async (response) => {
	const isProblem = response.headers.get("content-type")?.includes("json");
	const problem = isProblem ? await response.json().catch(() => NOT_OURS) : NOT_OURS;
	const retryAfterS = Number(response.headers.get("retry-after")) || 0;
	return new ApiError({ ...problem, status: response.status }, retryAfterS);
};

const answerOf = async (response) => {
	if (!response.ok)
		throw await problemOf(response);
	const text = await response.text();
	return {
		status: response.status,
		body: text === "" ? null : JSON.parse(text),
		cursor: response.headers.get("stream-cursor"),
	};
};

/** One exchange, answered within `timeoutMs` or failed. Throws ApiError, or the signal's reason. */
export const exchange = async (url, { timeoutMs = TIMEOUT_MS, signal, ...init } = {}) => {
	const deadline = AbortSignal.timeout(timeoutMs);
	const abort = new AbortController();
	const stop = () => abort.abort();
	deadline.addEventListener("abort", stop);
	signal?.addEventListener("abort", stop);
	try {
		return await answerOf(await fetch(url, { credentials: "same-origin", cache: "no-store", ...init, signal: abort.signal }));
	} catch (error) {
		if (error instanceof ApiError || signal?.aborted)
			throw signal?.aborted ? signal.reason : error;
		throw new ApiError(deadline.aborted ? TIMEOUT : NETWORK);
	} finally {
		signal?.removeEventListener("abort", stop);
	}
};

/* Repeats what may be repeated; `onRetry(attempt)` lets the page say that it still tries. */
const persist = async (once, { signal, onRetry }) => {
	for (let attempt = 1; ; attempt++) {
		try {
			return await once();
		} catch (error) {
			if (!(error instanceof ApiError) || !isPassing(error) || attempt === ATTEMPTS)
				throw error;
			onRetry?.(attempt);
			await sleep(backoffMs(attempt, error), signal);
		}
	}
};

const headersOf = (role, body, key) => ({
	accept: "application/json",
	"session-role": role,
	...(body === undefined ? {} : { "content-type": "application/json" }),
	...(key ? { "idempotency-key": key } : {}),
});

/**
 * The calls of one role. Each resolves to {status, body, cursor} (`cursor`: the
 * Stream-Cursor of a GET, or null). `onSignedOut` hears of every 401 but a login's.
 */
export const createApi = (role, { onSignedOut = () => {} } = {}) => {
	const call = async (method, path, { body, key, signal, onRetry, timeoutMs } = {}) => {
		const init = {
			method,
			headers: headersOf(role, body, key),
			body: body === undefined ? undefined : JSON.stringify(body),
			signal,
			timeoutMs,
		};
		const once = () => exchange(BASE + path, init);
		try {
			return await (REPEATABLE.includes(method) || key ? persist(once, { signal, onRetry }) : once());
		} catch (error) {
			if (error.status === 401 && !path.startsWith("/auth/"))
				onSignedOut();
			throw error;
		}
	};

	return {
		get: (path, options) => call("GET", path, options),
		post: (path, body, options) => call("POST", path, { key: newIdempotencyKey(), body, ...options }),
		patch: (path, body, options) => call("PATCH", path, { body, ...options }),
		put: (path, body, options) => call("PUT", path, { body, ...options }),
		delete: (path, body, options) => call("DELETE", path, { body, ...options }),
	};
};

/** '/orders', {status: 'placed', page: null} → '/orders?status=placed' */
export const withQuery = (path, parameters) => {
	const used = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
	return used.length === 0 ? path : `${path}?${new URLSearchParams(used)}`;
};

/** All items of a list, page by page; `cursor` is the first page's, so nothing is missed. */
export const getAll = async (api, path, parameters = {}) => {
	const items = [];
	let cursor = null;
	let page = null;
	do {
		const answer = await api.get(withQuery(path, { limit: 100, ...parameters, page }));
		items.push(...answer.body.items);
		cursor ??= answer.cursor;
		page = answer.body.next;
	} while (page);
	return { items, cursor };
};
