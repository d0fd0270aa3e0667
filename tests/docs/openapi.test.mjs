/* The OpenAPI document by itself, and beside the programs' own route tables. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ROOT } from "../e2e/lib/instance.mjs";
import { asyncapi } from "./lib/asyncapi.mjs";
import { read } from "./lib/markdown.mjs";
import { conforms, openapi, operations } from "./lib/openapi.mjs";

/* asyncapi.yaml has these. */
const STREAMS = new Set(["stream", "poll", "websocket", "socketio"].map((name) => `GET ${asyncapi.channels[name].address}`));

/* The rows of the `struct route` table in a source file, as text; "" where there is none. */
const routeTable = (path) => /^(?:static )?const struct route \w+\[\] = \{\n(.*?)^\};/ms.exec(read(path))?.[1] ?? "";

/* "METHOD /path" of every route of the programs, the streams aside. */
function servedRoutes() {
	const served = [];
	for (const file of readdirSync(`${ROOT}cgi-bin`).filter((name) => name.endsWith(".c")))
		for (const [, method, path] of routeTable(`cgi-bin/${file}`).matchAll(/\{ (GET|PUT|POST|DELETE|PATCH),\s*"([^"]+)"/g))
			served.push(`${method} /api/v1${path}`);
	for (const [, path] of routeTable("streamd/routes.c").matchAll(/\{ "([^"]+)", request_/g))
		served.push(`GET ${path}`);
	return served.filter((route) => !STREAMS.has(route));
}

test("RL-11 openapi.yaml is valid OpenAPI 3.1", async () => {
	const { valid, errors } = await new Validator().validate(structuredClone(openapi));
	assert.ok(valid, JSON.stringify(errors, null, 1));
	assert.match(openapi.openapi, /^3\.1\./);
});

test("GW-05 every route of the programs is documented, and every documented one is served", () => {
	const documented = operations.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{id}")}`);
	assert.ok(documented.length > 30);
	assert.deepEqual(documented.sort(), servedRoutes().sort());
});

test("GW-05 every operation has an id and a summary of its own", () => {
	for (const key of ["operationId", "summary"])
		assert.equal(new Set(operations.map(({ operation }) => operation[key] ?? assert.fail(key))).size, operations.length);
});

test("RL-11 the examples in openapi.yaml are what their schemas ask for", () => {
	for (const [name, schema] of Object.entries(openapi.components.schemas))
		for (const example of schema.examples ?? [])
			conforms(example, ["components", "schemas", name], `example of ${name}`);
});
