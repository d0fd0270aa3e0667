/* The sandbox gateway is for this machine alone, knows nothing of FoodFast's own data, and is in no installation. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { here } from "../e2e/lib/instance.mjs";
import { Site } from "../fault/lib/site.mjs";

const portOf = (instance) => Number(new URL(readFileSync(`${instance.runDir}/sandbox-url`, "utf8").trim()).port);

/* The local addresses, as the kernel writes them in hex, where somebody listens on PORT. */
const listeners = (port) => ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").trim().split("\n").slice(1))
	.map((line) => line.trim().split(/\s+/))
	.filter(([, local, , state]) => state === "0A" && parseInt(local.split(":")[1], 16) === port)
	.map(([, local]) => local.split(":")[0]);

test("RL-12 the sandbox gateway listens on 127.0.0.1 and nowhere else", () => {
	assert.deepEqual(listeners(portOf(here)), ["0100007F"]);
});

test("RL-12 the sandbox's role sees nothing of FoodFast's, and FoodFast's roles nothing of the sandbox's", async () => {
	const as = (role, sql) => here.psql(`set role ${role}; ${sql}`);
	for (const table of ["account.users", "ordering.orders", "payment.payment", "log.event"])
		await assert.rejects(as("foodfast_sandbox", `select count(*) from ${table}`), /permission denied/, table);
	for (const role of ["payments", "orders", "accounts", "workers", "streamd", "catalogue"])
		await assert.rejects(as(`foodfast_${role}`, "select count(*) from sandbox.intent"), /permission denied/, role);
	assert.equal(await here.value("select count(*) from pg_namespace n join pg_class c on c.relnamespace = n.oid"
		+ " where n.nspname not in ('pg_catalog', 'information_schema', 'sandbox', 'public') and c.relkind in ('r', 'p', 'v')"
		+ " and has_schema_privilege('foodfast_sandbox', n.oid, 'usage') and has_table_privilege('foodfast_sandbox', c.oid, 'select')"), "0");
});

test("RL-12 a database that was migrated, not started by make run, has no sandbox", async () => {
	const name = `installed_${process.pid}`;
	after(() => here.psql(`drop database if exists ${name} with (force)`));
	await here.tool("migrate", name);
	assert.equal((await here.tool("psql", "-XAtq", "-d", `dbname=${name}`, "-c", "select to_regnamespace('sandbox') is null")).trim(), "t");
});

test("RL-12 an instance with a real gateway starts no sandbox", async () => {
	const site = Object.assign(await Site.create({ environment: { FOODFAST_GATEWAY_URL: "http://127.0.0.1:9" } }), { options: ["--sandbox-port", 0] });
	after(() => site.forget());
	await site.up();
	assert.equal(site.pid("sandbox"), 0);
	assert.equal(await site.value("select to_regnamespace('sandbox') is null"), "t");
	assert.equal(site.environmentOf("settlement").FOODFAST_GATEWAY_URL, "http://127.0.0.1:9");
});
