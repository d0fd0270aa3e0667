/*
 * Who is measured: FoodFast, its limits, and its peers, each in its best ordinary configuration with as many connections to
 * the database. A row: {peer, name, isPlain: the statement alone, calls: keys of those that it answers (all), start(context, role)
 * → {url, pids(), stop()}}. Peers serve HTTP themselves, without a lighttpd in front; their server is one process, as their
 * work is one process's. pgbench is no server, and has a function of its own in rest_load.mjs.
 */
import { freePort } from "./instance.mjs";
import { startLimit } from "./limits.mjs";
import { listening, startChild, stopChild } from "./peers/start.mjs";

export const CONNECTIONS = 8;

const here = (name) => new URL(`peers/${name}`, import.meta.url).pathname;
const conninfo = (host, role) => `host='${host}' dbname=foodfast user=${role}`;

export const contenders = [
	{ peer: "foodfast", name: "FoodFast", start: startFoodFast },
	{ peer: "statement", name: "bare libfcgi + libpq (limit)", isPlain: true,
		start: async ({ instance }, role) => startLimit(instance, "statement", [String(CONNECTIONS), conninfo(await instance.socketDir(), role)]) },
	{ peer: "hello", name: "hello world, FastCGI (limit)", calls: ["me"], isPlain: true, path: "/hello",
		start: ({ instance }) => startLimit(instance, "hello", [String(CONNECTIONS)]) },
	{ peer: "pgbench", name: "pgbench, the same call (limit)" },
	{ peer: "fastify", name: "Fastify + pg", start: startFastify },
	{ peer: "fastapi", name: "FastAPI + asyncpg", start: startFastApi },
];

/* It runs already: the program of that role, lighttpd in front of it, and the supervisor, who writes its log. */
async function startFoodFast({ instance }, role) {
	const pids = await Promise.all([role.replace("foodfast_", ""), "lighttpd", "supervise"].map((program) => instance.pid(program)));
	return { url: instance.url.origin, pids: () => pids, stop: async () => {} };
}

async function startServer({ instance }, role, name, command, args, env = {}) {
	const child = startChild(instance, name, command, args,
		{ env: { ...process.env, PGHOST: await instance.socketDir(), PGUSER: role, PGDATABASE: "foodfast", ...env } });
	return { pids: () => [child.pid], stop: () => stopChild(child) };
}

async function startFastify(context, role) {
	const port = await freePort();
	const server = await startServer(context, role, "fastify", process.execPath,
		[here("fastify_rest.mjs"), port, CONNECTIONS, `${context.instance.runDir}/secrets`], { NODE_ENV: "production" });
	await listening(port);
	return { url: `http://127.0.0.1:${port}`, ...server };
}

async function startFastApi(context, role) {
	const port = await freePort();
	const server = await startServer(context, role, "fastapi", "/usr/bin/python3", ["-m", "uvicorn", "fastapi_rest:app", "--app-dir", here("."),
		"--host", "127.0.0.1", "--port", port, "--backlog", 4096, "--timeout-keep-alive", 600, "--loop", "uvloop", "--http", "httptools",
		"--no-access-log", "--log-level", "warning"],
	{ PYTHONDONTWRITEBYTECODE: "1", CONNECTIONS: String(CONNECTIONS), SECRETS_DIR: `${context.instance.runDir}/secrets` });
	await listening(port);
	return { url: `http://127.0.0.1:${port}`, ...server };
}
