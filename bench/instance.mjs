/* The instance that is measured: a fresh one, on a port of its own, with customers and kitchens ready to order. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import net from "node:net";
import { API, Client } from "../tests/e2e/lib/client.mjs";
import { Instance, ROOT, TOOL } from "../tests/e2e/lib/instance.mjs";
import { inParallel, until } from "../tests/e2e/lib/wait.mjs";

const CUSTOMERS = 100; /* pgbench takes 128 scripts at most, and has one a customer */
const START_MS = 60_000;

export const ADDRESS = { label: "Home", line1: "Bench 1", city: "Amsterdam", lat: 52.37, lng: 4.9 };

export class BenchInstance extends Instance {
	static async start({ customers = CUSTOMERS, runDir = `${ROOT}var/bench`, env = {} } = {}) {
		const port = await freePort();
		if (existsSync(runDir))
			spawnSync(TOOL, ["--run-dir", runDir, "reset"]); /* the database may be elsewhere */
		rmSync(runDir, { recursive: true, force: true });
		const instance = new BenchInstance(`http://127.0.0.1:${port}`, runDir);
		instance.child = spawn(TOOL, ["--run-dir", runDir, "--port", String(port), "--with-parent", "run"], { stdio: "ignore", env: { ...process.env, FOODFAST_ACCESS_TOKEN_S: "86400", ...env } });
		instance.client = new Client({ instance });
		await instance.#ready();
		await instance.#keepCommitTimes();
		instance.baskets = await instance.#openKitchens();
		instance.customers = await instance.#register(customers);
		return instance;
	}

	async stop() {
		if (this.child.exitCode !== null)
			return;
		this.child.kill("SIGTERM");
		await new Promise((resolve) => this.child.on("close", resolve));
	}

	/* A basket for every restaurant that is open now. */
	async #openKitchens() {
		const { body } = await this.client.get("/restaurants?open_now=true&limit=100");
		return Promise.all(body.items.map(async (restaurant) => {
			const menu = await this.client.get(`/restaurants/${restaurant.id}/menu`);
			const items = menu.body.sections.flatMap((section) => section.items).filter((item) => item.available).slice(0, 3);
			return {
				restaurant_id: restaurant.id,
				items: items.map((item) => ({ menu_item_id: item.id, quantity: 2 })),
			};
		}));
	}

	#register(count) {
		return inParallel(count, 4, async (index) => {
			const { status, body } = await this.client.post("/auth/register",
				{ email: `bench${index}@example.com`, password: "bench-password", name: `Bench ${index}` });
			if (status !== 201)
				throw new Error(`register answered ${status}`);
			return { id: body.user.id, token: body.access_token };
		});
	}

	/* Customer INDEX's order: a kitchen each in turn. */
	order(index) {
		return {
			...this.baskets[index % this.baskets.length],
			address: ADDRESS,
			payment: { method: "cash" },
			again: true,
		};
	}

	/* Signs in a demo user: {Authorization: …}. */
	async signIn(name) {
		const { body } = await this.client.post("/auth/login",
			{ email: `${name}@foodfast.example`, password: "foodfast-demo" });
		return { Authorization: `Bearer ${body.access_token}` };
	}

	/* Where PostgreSQL, streamd and the FastCGI programs listen. */
	async socketDir() {
		return this.value("show unix_socket_directories");
	}

	/* Makes PostgreSQL keep the time of each commit: it must start anew for that. */
	async #keepCommitTimes() {
		await this.psql("alter system set track_commit_timestamp = on");
		await this.tool("signal", "postgres", "INT");
		await until(() => this.value("show track_commit_timestamp").then((value) => value === "on", () => false),
			{ within: START_MS, what: "PostgreSQL is back" });
		await this.#ready();
	}

	#ready() {
		return until(() => this.client.fetch("/readyz").then((reply) => reply.status === 200, () => false),
			{ within: START_MS, what: "the instance is ready" });
	}

	async pid(program) {
		const status = await this.tool("status");
		return Number(status.match(new RegExp(`^\\s*${program}\\s.*?\\b(\\d+)\\b`, "m"))?.[1]);
	}

	api(path) {
		return `http://127.0.0.1:${this.port}${API}${path}`;
	}
}

export async function freePort() {
	const server = net.createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => server.on("listening", resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}
