/*
 * The stream's cursor, 'EPOCH/CHANNEL=SEQ,CHANNEL=SEQ': where a reader is on each
 * channel. Its form is public, so it is composed here from the events that were seen.
 *
 * A position is {epoch, seq} on one channel; null means "from now on".
 */

/** The cursor's positions as Map(channel → position); empty where there is no cursor. */
export const parseCursor = (text) => {
	const positions = new Map();
	const slash = text?.indexOf("/") ?? -1;
	if (slash < 0)
		return positions;

	const epoch = text.slice(0, slash);
	for (const part of text.slice(slash + 1).split(",")) {
		const [channel, seq] = part.split("=");
		if (channel && /^\d+$/.test(seq))
			positions.set(channel, { epoch, seq: Number(seq) });
	}
	return positions;
};

/*
 * One cursor has one epoch. Where positions disagree, one of them is from before a
 * restored backup: any epoch but the current one makes the server answer `reset`,
 * which is what everybody then needs.
 */
const epochOf = (positions, currentEpoch) => {
	const epochs = [...new Set(positions.map(({ epoch }) => epoch))];
	return epochs.find((epoch) => epoch !== currentEpoch) ?? epochs[0];
};

/** The cursor of Map(channel → position); null where no channel has a position yet. */
export const formatCursor = (positions, currentEpoch = null) => {
	const known = [...positions].filter(([, position]) => position !== null);
	if (known.length === 0)
		return null;
	const epoch = epochOf(known.map(([, position]) => position), currentEpoch);
	return `${epoch}/${known.map(([channel, { seq }]) => `${channel}=${seq}`).join(",")}`;
};

/** Of two positions the one from which nothing that either needs is missing. */
export const earlierPosition = (a, b, currentEpoch = null) => {
	if (a === null || b === null)
		return a ?? b;
	if (a.epoch === b.epoch)
		return a.seq <= b.seq ? a : b;
	return a.epoch === currentEpoch ? b : a;
};

/**
 * What all tabs together want: Map(tab → Map(channel → position)) → Map(channel →
 * position), each channel from where the tab that has least of it stands.
 */
export const mergeWants = (wants, currentEpoch = null) => {
	const merged = new Map();
	for (const channels of wants.values())
		for (const [channel, position] of channels)
			merged.set(channel, merged.has(channel)
				? earlierPosition(merged.get(channel), position, currentEpoch)
				: position);
	return merged;
};
