/*
 * The bell of the kitchen: a sound and a flashing title from the first new order until
 * somebody, on whichever screen, has acknowledged the last one.
 *
 * A page may make a sound only after a person has touched it, so `unlock` must be called
 * from a click; until then the title alone flashes, and `isUnlocked` says so.
 */

const RING_EVERY_MS = 2500;
const FLASH_EVERY_MS = 1000;

/* All tabs of a browser are heard at one place, so one of them rings at a time. */
const inOneTab = (ring) => {
	if (!navigator.locks)
		return ring();
	return navigator.locks.request("foodfast:bell", { ifAvailable: true }, (lock) => {
		if (!lock)
			return undefined;
		ring();
		return new Promise((resolve) => setTimeout(resolve, RING_EVERY_MS / 2));
	});
};

/* Two rising notes, like a counter bell: soft attack, long decay. */
const NOTES = [{ hertz: 880, atS: 0 }, { hertz: 1318.5, atS: 0.18 }];

const strike = (audio, { hertz, atS }) => {
	const start = audio.currentTime + atS;
	const tone = new OscillatorNode(audio, { type: "triangle", frequency: hertz });
	const volume = new GainNode(audio, { gain: 0 });

	tone.connect(volume).connect(audio.destination);
	volume.gain.linearRampToValueAtTime(0.35, start + 0.015);
	volume.gain.exponentialRampToValueAtTime(0.001, start + 0.9);
	tone.start(start);
	tone.stop(start + 1);
};

export class Alarm {
	#audio = null;
	#ring = null;
	#flash = null;
	#title = document.title;
	#waiting = 0;

	/** `changed()` is called whenever isSounding or isUnlocked may have. */
	constructor({ changed }) {
		this.changed = changed;
	}

	get isUnlocked() {
		return this.#audio?.state === "running";
	}

	/** True while it rings to be heard. */
	get isSounding() {
		return this.#ring !== null && this.isUnlocked;
	}

	/** Call from a click or a key; resolves to whether sound is possible now. */
	async unlock() {
		this.#audio ??= new AudioContext();
		await this.#audio.resume();
		this.changed();
		return this.isUnlocked;
	}

	/** Mutes this screen alone; the title goes on. */
	async lock() {
		await this.#audio?.suspend();
		this.changed();
	}

	/** How many orders wait: rings and flashes while it is above 0. */
	setWaiting(count) {
		const wasWaiting = this.#waiting > 0;
		this.#waiting = count;
		if (count > 0 && !wasWaiting)
			this.#start();
		else if (count === 0 && wasWaiting)
			this.#stop();
	}

	setTitle(title) {
		this.#title = title;
		if (this.#flash === null)
			document.title = title;
	}

	#start() {
		const ring = () => this.isUnlocked && inOneTab(() => NOTES.forEach((note) => strike(this.#audio, note)));
		const flash = () => {
			const isAlert = document.title !== this.#title;
			document.title = isAlert ? this.#title : `🔔 ${this.#waiting} new — ${this.#title}`;
		};
		this.#ring = setInterval(ring, RING_EVERY_MS);
		this.#flash = setInterval(flash, FLASH_EVERY_MS);
		ring();
		flash();
	}

	#stop() {
		clearInterval(this.#ring);
		clearInterval(this.#flash);
		this.#ring = this.#flash = null;
		document.title = this.#title;
	}
}
