/* Small choices that this browser keeps. Storage may be off or full: then they last as long as the page. */

const nameOf = (key) => `foodfast.${key}`;

export const readPreference = (key, otherwise) => {
	try {
		return JSON.parse(localStorage.getItem(nameOf(key))) ?? otherwise;
	} catch {
		return otherwise;
	}
};

export const writePreference = (key, value) => {
	try {
		localStorage.setItem(nameOf(key), JSON.stringify(value));
	} catch {
		/* Kept for the life of the page by whoever holds it. */
	}
};

/** Calls back with the new value when another tab changes it. */
export const onPreferenceChange = (key, changed) =>
	addEventListener("storage", (event) => {
		if (event.key === nameOf(key))
			changed(readPreference(key, null));
	});
