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
