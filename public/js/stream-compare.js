/*
 * Probes side by side: whether all of them have the same events, and who was first. Pure.
 * A probe is {label, doubled: how many came twice, seen: Map('CHANNEL SEQ' → ms)}; null
 * instead of ms for what did not come live.
 */

const splitKey = (key) => {
	const space = key.lastIndexOf(" ");
	return { channel: key.slice(0, space), seq: Number(key.slice(space + 1)) };
};

/* Map(channel → {first, last, count}) of what a probe has seen. */
const rangesOf = (seen) => {
	const ranges = new Map();
	for (const key of seen.keys()) {
		const { channel, seq } = splitKey(key);
		const range = ranges.get(channel);
		ranges.set(channel, range
			? { first: Math.min(range.first, seq), last: Math.max(range.last, seq), count: range.count + 1 }
			: { first: seq, last: seq, count: 1 });
	}
	return ranges;
};

const isWhole = ({ first, last, count }) => count === last - first + 1;

const median = (numbers) => {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted.length === 0 ? null : sorted[Math.floor((sorted.length - 1) / 2)];
};

/**
 * {common, faulty: [probe], lags: [{label, medianMs}], fastest first}: how many events all
 * probes have, which of them lack events in between or had some twice, and how much later
 * than the first of them each usually is.
 */
export const compareProbes = (probes) => {
	const [{ seen: first = new Map() } = {}, ...others] = probes;
	const common = [...first.keys()].filter((key) => others.every(({ seen }) => seen.has(key)));
	const live = common.filter((key) => probes.every(({ seen }) => seen.get(key) !== null));
	const firstAt = new Map(live.map((key) => [key, Math.min(...probes.map(({ seen }) => seen.get(key)))]));
	const lagOf = ({ label, seen }) => ({ label, medianMs: median(live.map((key) => seen.get(key) - firstAt.get(key))) });
	return {
		common: common.length,
		faulty: probes.filter(({ doubled, seen }) => doubled > 0 || ![...rangesOf(seen).values()].every(isWhole)),
		lags: probes.map(lagOf).sort((a, b) => a.medianMs - b.medianMs),
	};
};
