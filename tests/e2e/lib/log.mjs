/* The event log itself, to hold against what watchers received. */
import assert from "node:assert/strict";
import { here } from "./instance.mjs";

/* The events of CHANNEL with seq over AFTER, as the log has them. */
export async function logged(channel, { after = 0, instance = here } = {}) {
	const rows = await instance.psql(`select envelope from event_read('${channel}', ${after}, 1000000) order by seq`);
	return rows.map(([envelope]) => envelope);
}

/* RECEIVED events of CHANNEL are those of the log after AFTER: every one, once, in order, nothing else. */
export async function assertAsLogged(received, channel, { after = 0, instance = here } = {}) {
	const wanted = (await logged(channel, { after, instance })).map((text) => JSON.parse(text).seq);
	const got = received.filter((event) => event.channel === channel).map((event) => event.seq);
	assert.deepEqual(got, wanted, `${channel} after ${after}`);
	assert.ok(wanted.every((seq, index) => seq === after + index + 1), `${channel} has no gaps: ${wanted}`);
}

/* Each of WATCHERS has what the log has of its channels: every event once, in order, the whole of it, and nothing was sent to it twice or after a gap. */
export async function assertAllHaveAll(watchers, { instance = here, within = 20_000 } = {}) {
	const channels = [...new Set(watchers.flatMap((watcher) => watcher.channels))];
	const log = new Map();
	for (const channel of channels)
		log.set(channel, (await logged(channel, { instance })).map((text) => JSON.stringify(JSON.parse(text))));
	for (const watcher of watchers) {
		for (const channel of watcher.channels) {
			await watcher.caughtUp(channel, log.get(channel).length, within);
			const got = watcher.of(channel).map(({ receivedAt, ...event }) => JSON.stringify(event));
			assert.deepEqual(got, log.get(channel), `${channel} over ${watcher.transport}`);
		}
		assert.deepEqual(watcher.faults, [], watcher.transport);
		assert.equal(watcher.resets, 0, watcher.transport);
	}
}
