/*
 * The verdict: what clients received against what the log holds. The comparison is pure, so that it can itself be tested: a judge
 * who never finds anything proves nothing.
 */

/*
 * Compares each watch's received seqs with HEADS (channel: seq of the last event). Watched from the beginning, so 1 … head, and
 * for a channel that was left, 1 … as far as it was watched. Returns {received, lost, doubled, disordered, findings}.
 */
export function compare(watches, heads) {
	const verdict = { received: 0, lost: 0, doubled: 0, disordered: 0, findings: [] };
	for (const watch of watches)
		for (const channel of new Set([...watch.received.keys(), ...watch.places.keys()])) {
			const seqs = watch.received.get(channel) ?? [];
			const last = watch.places.has(channel) ? heads.get(channel) ?? 0 : Math.max(0, ...seqs.slice(-1));
			const found = compareOne(seqs, last, heads.get(channel) ?? 0);
			verdict.received += seqs.length;
			for (const figure of ["lost", "doubled", "disordered"])
				verdict[figure] += found[figure];
			if (found.lost + found.doubled + found.disordered > 0)
				verdict.findings.push({ client: watch.name, channel, head: heads.get(channel) ?? 0, ...found, wrongs: watch.wrongs.filter((wrong) => wrong.channel === channel).slice(0, 5) });
		}
	return verdict;
}

/* SEQS against 1 … LAST. What the log (up to HEAD) does not have at all counts as doubled: nobody may see it. */
function compareOne(seqs, last, head) {
	const seen = new Set(seqs);
	let lost = 0, disordered = 0, highest = 0;
	for (let seq = 1; seq <= last; seq++)
		lost += seen.has(seq) ? 0 : 1;
	for (const seq of seqs) {
		disordered += seq < highest ? 1 : 0;
		highest = Math.max(highest, seq);
	}
	const invented = [...seen].filter((seq) => seq > head).length;
	return { lost, doubled: seqs.length - seen.size + invented, disordered };
}

/* The last seq of each channel, by the log. */
export async function headsOf(site) {
	const rows = await site.psql("select name, head from log.channel");
	return new Map(rows.map(([name, head]) => [name, Number(head)]));
}

/* What is wrong with the log itself: channels whose events are not 1 … head, each once. */
export async function holesInLog(site) {
	return site.psql(`select name, head, count(seq), count(distinct seq), min(seq), max(seq)
		from log.channel left join log.event on channel = name group by name, head
		having count(seq) <> head or count(distinct seq) <> head or (head > 0 and (min(seq) <> 1 or max(seq) <> head))`);
}

/*
 * What is wrong with the orders of the workload, whose keys begin with PREFIX and stand in a note: ACCEPTED is {key: order's id} of the 201 answers. Each of them is there, once in its kitchen's
 * channel and once in its own; no key made two; and nothing is there that nobody asked for.
 */
export async function judgeOrders(site, accepted, prefix) {
	const rows = await site.psql(`with placed as (select channel, data ->> 'order_id' as id, count(*) from log.event where type = 'order.placed' group by 1, 2)
		select note, order_id, coalesce(kitchen.count, 0), coalesce(own.count, 0)
		from ordering.orders join ordering.order_item using (order_id)
			left join placed kitchen on kitchen.channel = 'restaurant:' || restaurant_id and kitchen.id = order_id::text
			left join placed own on own.channel = 'order:' || order_id and own.id = order_id::text
		where note like '${prefix}%'`);
	return compareOrders(rows.map(([key, id, atKitchen, atOrder]) => ({ key, id, atKitchen: Number(atKitchen), atOrder: Number(atOrder) })), accepted);
}

export function compareOrders(rows, accepted) {
	const findings = [];
	const byKey = new Map();
	for (const row of rows) {
		if (byKey.has(row.key))
			findings.push(`${row.key} made two orders: ${byKey.get(row.key).id} and ${row.id}`);
		byKey.set(row.key, row);
		if (row.atKitchen !== 1 || row.atOrder !== 1)
			findings.push(`${row.id} is ${row.atKitchen} times in its kitchen's channel, ${row.atOrder} times in its own`);
		if (!accepted.has(row.key))
			findings.push(`${row.id} (${row.key}) is there, and nobody was told`);
	}
	for (const [key, id] of accepted)
		if (byKey.get(key)?.id !== id)
			findings.push(`${id} (${key}) was accepted, and is not there`);
	return findings;
}
