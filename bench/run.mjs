/*
 * `make bench`: what FoodFast does on this machine, each figure beside its limit in the same run.
 * Medians of ROUNDS runs taken in turn. Compare ratios; never figures across machines.
 *
 *   node bench/run.mjs [rest|latency|fanout]...
 */
import { BenchInstance } from "./instance.mjs";
import { benchFanout } from "./fanout.mjs";
import { benchLatency } from "./latency.mjs";
import { benchRest } from "./rest.mjs";

const benches = { rest: benchRest, latency: benchLatency, fanout: benchFanout };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);

const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length) {
	console.error(`no such bench: ${unknown.join(", ")} (there are ${Object.keys(benches).join(", ")})`);
	process.exit(2);
}

const instance = await BenchInstance.start();
try {
	for (const name of wanted)
		await benches[name](instance);
} finally {
	await instance.stop();
}
