/*
 * A sandbox gateway of its own, for as long as a file of tests runs: in a database of its own beside the instance's, so that its
 * clock and its faults are nobody else's. What it delivers comes to `deliveries`.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { after } from "node:test";
import { here, ROOT } from "../../e2e/lib/instance.mjs";
import { until } from "../../e2e/lib/wait.mjs";
import { freePort } from "./server.mjs";

const BUILD = process.env.FOODFAST_BUILD ?? path.join(ROOT, "build");
const DATABASE = `sandbox_${process.pid}`;

const secret = (name) => readFileSync(`${here.runDir}/secrets/${name}`, "utf8").split("\n")[0];

async function makeDatabase() {
	await here.psql(`create database ${DATABASE}`);
	after(() => here.psql(`drop database ${DATABASE} with (force)`));
	await here.tool("psql", "-Xq", "-d", `dbname=${DATABASE}`, "--single-transaction", "-v", "ON_ERROR_STOP=1",
		"-o", "/dev/null", "-f", `${ROOT}sql/sandbox.sql`);
	return `host=${await here.value("show unix_socket_directories")} port=5432 dbname=${DATABASE} user=foodfast_sandbox`;
}

/* Where webhooks go: each is kept as it came, and answered by ANSWERS' next status, or 200. */
async function startReceiver() {
	const receiver = { deliveries: [], answers: [] };
	const server = http.createServer(async (request, response) => {
		const pieces = [];
		for await (const piece of request)
			pieces.push(piece);
		receiver.deliveries.push({ body: Buffer.concat(pieces), signature: request.headers["stripe-signature"] });
		response.writeHead(receiver.answers.shift() ?? 200).end();
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	after(() => server.close());
	receiver.url = `http://127.0.0.1:${server.address().port}/hook`;
	return receiver;
}

export class OwnSandbox {
	static async start() {
		const sandbox = new OwnSandbox();
		after(async () => assert.equal(await sandbox.stop(), 0, "the sandbox ends cleanly"));
		sandbox.port = await freePort();
		sandbox.key = secret("gateway-key");
		sandbox.webhookSecret = secret("webhook-secret");
		sandbox.receiver = await startReceiver();
		sandbox.environment = {
			...process.env, FOODFAST_FAULT: "", FOODFAST_DATABASE: await makeDatabase(), FOODFAST_SECRETS_DIR: `${here.runDir}/secrets`,
			FOODFAST_SANDBOX_PORT: String(sandbox.port), FOODFAST_SANDBOX_WEBHOOK_URL: sandbox.receiver.url,
		};
		await sandbox.run();
		return sandbox;
	}

	/* Starts its process; resolves when it listens. */
	async run() {
		this.process = spawn(path.join(BUILD, "sandbox"), [], { env: this.environment, stdio: ["ignore", "ignore", "inherit"] });
		await until(() => fetch(`http://127.0.0.1:${this.port}/v1/`).then(() => true, () => false), { what: "an answer of the sandbox" });
	}

	/* Ends it by SIGNAL; resolves when it is gone, with its exit code. */
	async stop(signal = "SIGTERM") {
		if (this.process.exitCode === null && this.process.signalCode === null) {
			this.process.kill(signal);
			await once(this.process, "exit");
		}
		return this.process.exitCode;
	}

	/* All that it has written down, as text. */
	async contents() {
		const tables = ["customer", "method", "intent", "charge", "refund", "event", "delivery", "idempotency", "fault"];
		const all = tables.map((name) => `select t::text from sandbox.${name} t`).join(" union all ");
		return here.tool("psql", "-XAtq", "-d", `dbname=${DATABASE}`, "-c", all);
	}

	/* Asks its control for PATH; resolves with the body. */
	async control(method, target, body = undefined) {
		const headers = body ? { "Content-Type": "application/json" } : {};
		const answer = await fetch(`http://127.0.0.1:${this.port}/sandbox/${target}`, { method, headers, body: body && JSON.stringify(body) });
		if (!answer.ok)
			throw new Error(`${method} ${target}: ${answer.status} ${await answer.text()}`);
		return answer.json();
	}
}
