/* The Postman collection, imported and run by Postman's own runner. */
import assert from "node:assert/strict";
import { test } from "node:test";
import newman from "newman";
import { here, ROOT } from "../e2e/lib/instance.mjs";

const COLLECTION = `${ROOT}docs/foodfast.postman_collection.json`;

const run = () => new Promise((resolve, reject) => newman.run({
	collection: COLLECTION,
	envVar: [{ key: "url", value: here.url.origin }],
	reporters: [],
}, (error, summary) => (error ? reject(error) : resolve(summary.run))));

test("DV-03 the Postman collection plays an order to the door", async () => {
	const { failures, stats } = await run();
	assert.deepEqual(failures.map(({ source, error }) => `${source?.name}: ${error.message}`), []);
	assert.equal(stats.requests.failed, 0);
	assert.equal(stats.requests.total, stats.items.total);
	assert.ok(stats.assertions.total >= stats.requests.total, "every request is judged");
});
