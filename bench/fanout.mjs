/*
 * Ten thousand idle streams, and one event to all of them, beside a bare epoll server that does nothing else: the two rows of
 * `make bench-streams` that a change of streamd is judged by, measured once.
 */
import { contenders } from "./contenders.mjs";
import { streamsContext } from "./streams_context.mjs";
import { columns, measure } from "./streams_measure.mjs";
import { table } from "./measure.mjs";

const STREAMS = 10_000;

export async function benchFanout(instance) {
	const context = streamsContext(instance);
	const rows = [["", ...columns.map(({ title }) => title)]];
	for (const contender of contenders.filter(({ peer, transport }) => ["streamd", "bare"].includes(peer) && transport === "SSE")) {
		const figures = await measure(contender, STREAMS, context);
		rows.push([contender.name, ...columns.map(({ cell }) => cell(figures))]);
	}
	table(`${STREAMS.toLocaleString("en")} SSE streams`, rows);
}
