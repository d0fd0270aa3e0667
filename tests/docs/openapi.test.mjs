/* The OpenAPI document by itself, and beside the programs' own route tables. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ROOT } from "../e2e/lib/instance.mjs";
import { read } from "./lib/markdown.mjs";
import { conforms, openapi, operations } from "./lib/openapi.mjs";

/* "METHOD /path" of each row of the `struct route` tables in cgi-bin/. */
function servedRoutes() {
	const served = [];
	for (const file of readdirSync(`${ROOT}cgi-bin`).filter((name) => name.endsWith(".c"))) {
		const [, table = ""] = /static const struct route \w+\[\] = \{\n(.*?)^\};/ms.exec(read(`cgi-bin/${file}`)) ?? [];
		for (const [, method, path] of table.matchAll(/\{\s*(?:HTTP_)?(GET|PUT|POST|DELETE|PATCH),\s*"([^"]+)"/g))
			served.push(`${method} /api/v1${path}`);
	}
	return served;
}

test("RL-11 openapi.yaml is valid OpenAPI 3.1", async () => {
	const { valid, errors } = await new Validator().validate(structuredClone(openapi));
	assert.ok(valid, JSON.stringify(errors, null, 1));
	assert.match(openapi.openapi, /^3\.1\./);
});

test("GW-05 every route of the programs is documented, and every documented one is served", () => {
	const streamds = new Set(["waitForStatus", "getHealth", "getReadiness"]);
	const documented = operations.filter(({ id }) => !streamds.has(id))
		.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, "{id}")}`);
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
