/* Times for people. All arguments are RFC 3339 texts or milliseconds since 1970. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

const toMs = (time) => (typeof time === "number" ? time : Date.parse(time));

/** '14:05' */
export const formatClock = (time) => clock.format(toMs(time));

/** '14:05:03.123' */
export const formatMoment = (time) => moment.format(toMs(time));

/** 'Sat 21 Nov, 14:05' */
export const formatDay = (time) => `${day.format(toMs(time))}, ${clock.format(toMs(time))}`;

/** Whole minutes from one time to another, never below 0 (clocks differ). */
export const minutesBetween = (from, to) => Math.max(0, Math.floor((toMs(to) - toMs(from)) / 60_000));

/** 'just now', '7 min', '1 h 05' */
export const formatElapsed = (from, to) => {
	const minutes = minutesBetween(from, to);
	if (minutes < 1)
		return "just now";
	if (minutes < 60)
		return `${minutes} min`;
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
};

/** 843_000 → '14:03'; never below '0:00' */
export const formatCountdown = (ms) => {
	const seconds = Math.max(0, Math.ceil(ms / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
