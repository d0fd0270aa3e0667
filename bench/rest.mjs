/*
 * REST beside its limits: orders placed through lighttpd beside pgbench calling the same function on as many database
 * connections; a menu read beside lighttpd's own static file of the same bytes and a FastCGI program that says hello.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { ADDRESS } from "./instance.mjs";
import { Talker, inTurn, output, table } from "./measure.mjs";

const ROUNDS = 5;
const SECONDS = 4;
const CLIENTS = 32;
const DATABASE_CONNECTIONS = 8;

export async function benchRest(instance) {
	const folder = `${instance.runDir}/bench`;
	mkdirSync(folder, { recursive: true });
	await benchOrders(instance, folder);
	await benchMenu(instance, folder);
}

async function benchOrders(instance, folder) {
	const scripts = writeOrders(instance, folder);
	const [http, sql] = await inTurn(ROUNDS, [
		() => placeByHttp(instance, folder),
		() => placeByPgbench(instance, scripts),
	]);
	table(`Orders placed a second (${CLIENTS} HTTP connections, ${DATABASE_CONNECTIONS} to the database)`, [
		["", "orders/s", "of the limit"],
		["POST /orders through lighttpd", http.toFixed(0), `${(100 * http / sql).toFixed(0)} %`],
		["pgbench, the same function (limit)", sql.toFixed(0), "100 %"],
	]);
}

/* The same orders twice: a file of requests for wrk, a script a customer for pgbench. */
function writeOrders(instance, folder) {
	const orders = instance.customers.map((_, index) => instance.order(index));
	writeFileSync(`${folder}/orders`, instance.customers
		.map((customer, index) => `${customer.token}\t${JSON.stringify(orders[index])}\n`).join(""));
	return instance.customers.map((customer, index) => {
		const session = JSON.parse(Buffer.from(customer.token.split(".")[1], "base64url")).sid;
		const script = `${folder}/order-${index}.sql`;
		writeFileSync(script, `select * from order_place('${session}', '${orders[index].restaurant_id}', `
			+ `'${JSON.stringify(orders[index].items)}', null, '${JSON.stringify(ADDRESS)}', `
			+ `'{"method": "cash"}', 0, true);\n`);
		return script;
	});
}

async function placeByHttp(instance, folder) {
	const out = await wrk(instance.api("/orders"), ["-s", `${ROOT}bench/orders.lua`],
		{ BENCH_ORDERS: `${folder}/orders` });
	const refused = Number(out.match(/^refused (\d+)$/m)[1]);
	if (refused > 0)
		throw new Error(`${refused} orders were refused`);
	return rate(out);
}

async function placeByPgbench(instance, scripts) {
	const out = await output("/usr/lib/postgresql/15/bin/pgbench", ["-n", "-M", "prepared", "-T", SECONDS,
		"-c", DATABASE_CONNECTIONS, "-j", 2, "-h", await instance.socketDir(), "-U", "foodfast_orders",
		...scripts.flatMap((script) => ["-f", script]), "foodfast"].map(String));
	return Number(out.match(/tps = ([\d.]+) \(without/)[1]);
}

async function benchMenu(instance, folder) {
	const { restaurant_id } = instance.baskets[0];
	const path = `/restaurants/${restaurant_id}/menu`;
	const { text } = await instance.client.get(path);
	writeFileSync(`${folder}/menu.json`, text);
	const limits = await startLimits(instance, folder);
	const [menu, hello, file] = await inTurn(ROUNDS, [
		async () => rate(await wrk(instance.api(path))),
		async () => rate(await wrk(`${limits.url}/hello`)),
		async () => rate(await wrk(`${limits.url}/menu.json`)),
	]);
	await limits.stop();
	table(`Menus read a second (${text.length} bytes, ${CLIENTS} connections)`, [
		["", "requests/s", "of hello", "of the file"],
		["GET /restaurants/ID/menu", menu.toFixed(0), percent(menu, hello), percent(menu, file)],
		["hello world, FastCGI (limit)", hello.toFixed(0), "100 %", percent(hello, file)],
		["static file of lighttpd", file.toFixed(0), percent(file, hello), "100 %"],
	]);
}

/* A lighttpd of its own in front of the static file and the hello program. */
async function startLimits(instance, folder) {
	const port = instance.port + 1;
	const env = { ...process.env, BENCH_PORT: port, BENCH_DIR: folder };
	const hello = new Talker("spawn-fcgi", ["-n", "-s", `${await instance.socketDir()}/hello.fcgi`, "-b", "1024", "--",
		`${ROOT}build/bench_hello`, String(DATABASE_CONNECTIONS)]);
	const lighttpd = new Talker("lighttpd", ["-D", "-f", `${ROOT}bench/lighttpd.conf`],
		{ env: { ...env, BENCH_SOCKETS: await instance.socketDir() } });
	await pause(500);
	return {
		url: `http://127.0.0.1:${port}`,
		async stop() {
			for (const each of [lighttpd, hello]) {
				each.child.kill("SIGKILL"); /* libfcgi keeps a SIGTERM to itself */
				await each.ended;
			}
		},
	};
}

function wrk(url, args = [], env = {}) {
	return output("wrk", ["-t", "2", "-c", String(CLIENTS), "-d", `${SECONDS}s`, ...args, url],
		{ env: { ...process.env, ...env } });
}

function rate(out) {
	if (/Non-2xx/.test(out) || /Socket errors: (?!connect 0, read 0, write 0)/.test(out))
		throw new Error(`not all answered well: ${out}`);
	return Number(out.match(/Requests\/sec:\s+([\d.]+)/)[1]);
}

function percent(part, whole) {
	return `${(100 * part / whole).toFixed(0)} %`;
}
