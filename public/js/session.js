/*
 * Who is signed in here, by role. The session itself is a cookie that no script can
 * read; this is the page's note of it: who it is, and a name for the session by which
 * this browser's tabs find one another. It saves asking the server just to learn that
 * nobody is signed in, and tells the other tabs at once when that changes.
 */
import { newIdempotencyKey } from "./api.js";
import { describeBrowser } from "./device.js";

const keyOf = (role) => `foodfast.session.${role}`;

/** {id, user} of the role's session, or null. */
export const readSession = (role) => {
	try {
		return JSON.parse(localStorage.getItem(keyOf(role)));
	} catch {
		return null;
	}
};

const writeSession = (role, user) => {
	const session = { id: newIdempotencyKey(), user };
	localStorage.setItem(keyOf(role), JSON.stringify(session));
	return session;
};

export const forgetSession = (role) => localStorage.removeItem(keyOf(role));

/** The user of the role's session changed; the session is the same. */
export const rememberUser = (role, user) => {
	const session = readSession(role);
	if (session)
		localStorage.setItem(keyOf(role), JSON.stringify({ ...session, user }));
};

const idIn = (text) => {
	try {
		return JSON.parse(text)?.id ?? null;
	} catch {
		return null;
	}
};

/** Calls back when another tab signs this role in or out. */
export const onSessionChange = (role, changed) =>
	addEventListener("storage", ({ key, oldValue, newValue }) => {
		if (key === null || (key === keyOf(role) && idIn(oldValue) !== idIn(newValue)))
			changed(readSession(role));
	});

const FAREWELL = "foodfast.farewell";

/** Leaves a word for the page that comes after this one in the same tab. */
export const leaveWord = (text) => sessionStorage.setItem(FAREWELL, text);

/** That word, once; or null. */
export const takeWord = () => {
	const text = sessionStorage.getItem(FAREWELL);
	sessionStorage.removeItem(FAREWELL);
	return text;
};

const enter = async (api, path, body, options) => {
	const { body: { user } } = await api.post(path, { ...body, cookie: true }, options);
	return { role: user.role, session: writeSession(user.role, user) };
};

/** Signs in; {role, session}. The role is the account's, whatever page asked. */
export const signIn = (api, { email, password }) =>
	enter(api, "/auth/login", { email, password, device: describeBrowser(navigator.userAgent) });

/** Makes an account and signs it in. */
export const register = (api, { email, password, name, phone }) =>
	enter(api, "/auth/register", { email, password, name, ...(phone ? { phone } : {}) });

/** Ends the session here and on the server; forgotten here even if the server is away. */
export const signOut = async (api, role) => {
	forgetSession(role);
	await api.post("/auth/logout", undefined, { key: null }).catch(() => {});
};

/** The accounts that `make run` brings along. */
export const demoAccounts = {
	customer: { email: "customer@foodfast.example", password: "foodfast-demo", label: "Demo customer" },
	restaurant: { email: "restaurant@foodfast.example", password: "foodfast-demo", label: "Demo restaurant" },
};
