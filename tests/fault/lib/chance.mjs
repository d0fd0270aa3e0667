/*
 * Chance that can be repeated: everything random in a run comes from one seed. Each part draws from a stream of its
 * own, so that what one part does, and when, changes nothing for the others.
 */

/* FNV-1a, 32 bits. */
function hash(text) {
	let value = 0x811c9dc5;
	for (const byte of Buffer.from(text))
		value = Math.imul(value ^ byte, 0x01000193);
	return value >>> 0;
}

export class Chance {
	#state;

	constructor(seed) {
		this.seed = String(seed);
		this.#state = hash(this.seed);
	}

	/* A stream of its own for the part called NAME. */
	of(name) {
		return new Chance(`${this.seed}/${name}`);
	}

	/* From 0 up to, not including, 1 (mulberry32). */
	next() {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let value = this.#state;
		value = Math.imul(value ^ (value >>> 15), value | 1);
		value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
		return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
	}

	is(probability) {
		return this.next() < probability;
	}

	between(low, high) {
		return low + this.next() * (high - low);
	}

	pick(list) {
		return list[Math.floor(this.next() * list.length)];
	}

	/* One of ROWS, in proportion to their `weight`. */
	weighted(rows) {
		let left = this.next() * rows.reduce((sum, { weight }) => sum + weight, 0);
		return rows.find(({ weight }) => (left -= weight) < 0) ?? rows.at(-1);
	}
}
