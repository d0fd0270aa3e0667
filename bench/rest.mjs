/*
 * REST beside its limits, in short: orders placed through lighttpd beside pgbench calling the same function on as many
 * database connections; a menu read beside lighttpd's own static file of the same bytes and a FastCGI program that says hello.
 * More calls, and the peers: rest_peers.mjs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { startLimit } from "./limits.mjs";
import { inTurn, table } from "./measure.mjs";
import { calls } from "./rest_calls.mjs";
import { CONNECTIONS, contenders } from "./rest_contenders.mjs";
import { CLIENTS, measure, wrk } from "./rest_load.mjs";

const ROUNDS = 5;
const SECONDS = 4;

export async function benchRest(instance) {
	await benchOrders({ instance, writers: instance.customers });
	await benchMenu(instance);
}

async function benchOrders(context) {
	const call = calls.find(({ key }) => key === "order");
	const [http, sql] = await inTurn(ROUNDS, ["foodfast", "pgbench"].map((peer) => async () =>
		(await measure(contenders.find((contender) => contender.peer === peer), call, context, SECONDS)).perSecond));
	table(`Orders placed a second (${CLIENTS} HTTP connections, ${CONNECTIONS} to the database)`, [
		["", "orders/s", "of the limit"],
		["POST /orders through lighttpd", http.toFixed(0), percent(http, sql)],
		["pgbench, the same function (limit)", sql.toFixed(0), "100 %"],
	]);
}

async function benchMenu(instance) {
	const path = `/restaurants/${instance.baskets[0].restaurant_id}/menu`;
	const { text } = await instance.client.get(path);
	mkdirSync(`${instance.runDir}/bench`, { recursive: true });
	writeFileSync(`${instance.runDir}/bench/menu.json`, text);
	const limits = await startLimit(instance, "hello", [String(CONNECTIONS)]);
	const [menu, hello, file] = await inTurn(ROUNDS, [instance.api(path), `${limits.url}/hello`, `${limits.url}/menu.json`]
		.map((url) => async () => (await wrk({ url }, SECONDS)).perSecond));
	await limits.stop();
	table(`Menus read a second (${text.length} bytes, ${CLIENTS} connections)`, [
		["", "requests/s", "of hello", "of the file"],
		["GET /restaurants/ID/menu", menu.toFixed(0), percent(menu, hello), percent(menu, file)],
		["hello world, FastCGI (limit)", hello.toFixed(0), "100 %", percent(hello, file)],
		["static file of lighttpd", file.toFixed(0), percent(file, hello), "100 %"],
	]);
}

function percent(part, whole) {
	return `${(100 * part / whole).toFixed(0)} %`;
}
