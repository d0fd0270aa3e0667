/* Where a client is: the last seq that it has of each channel, and the cursor that the contract lets it write from that. */
export class Place {
	/* AFTER: where it begins; 0: at the beginning of what is kept; undefined: now; or a cursor. */
	constructor(channels, after) {
		this.seqs = new Map();
		this.isNowhere = after === undefined;
		if (after === 0 || after === "0")
			channels.forEach((channel) => this.seqs.set(channel, 0));
		else if (after !== undefined)
			this.#read(after);
	}

	#read(cursor) {
		const [epoch, list] = cursor.split("/");
		this.epoch = epoch;
		for (const pair of list.split(",").filter((text) => text !== "")) {
			const [channel, seq] = pair.split("=");
			this.seqs.set(channel, Number(seq));
		}
	}

	/* What `after` of the next connection is. */
	cursor() {
		if (this.epoch === undefined)
			return this.isNowhere ? undefined : "0";
		return `${this.epoch}/${[...this.seqs].map((pair) => pair.join("=")).join(",")}`;
	}

	/* Takes over what an opening says: whoever has no place on a channel, or is told to begin anew, stands at its head. */
	open({ epoch, mode, heads }) {
		this.epoch = epoch;
		for (const [channel, head] of Object.entries(heads))
			if (mode === "reset" || !this.seqs.has(channel))
				this.seqs.set(channel, head);
	}

	/* Goes on to EVENT; says what it is: "next", "again" or "gap". The last two must never happen. */
	take({ channel, seq }) {
		if (seq === undefined)
			return "next";
		const last = this.seqs.get(channel);
		this.seqs.set(channel, Math.max(seq, last ?? seq));
		if (last === undefined || seq === last + 1)
			return "next";
		return seq <= last ? "again" : "gap";
	}
}
