/*
 * A signed-in page's stream and its chosen transport: opened at sign-in, closed at
 * sign-out, shown by connection-view.js. The choice is kept a role.
 */
import { readPreference, writePreference } from "./preferences.js";
import { Stream } from "./stream.js";
import { defaultTransport, transports } from "./stream-transports.js";

const transportOf = (role) => {
	const chosen = readPreference(`transport.${role}`, defaultTransport);
	return transports[chosen] ? chosen : defaultTransport;
};

export const initialConnection = (role) => ({
	connection: "connecting",
	behindBy: 0,
	attempt: 0,
	missing: [],
	transport: transportOf(role),
});

/** The role's stream; `store.state.connection` follows it. */
export const openStream = ({ role, session, store, onSignedOut }) =>
	new Stream({
		role,
		session: session.id,
		transport: transportOf(role),
		onState: (connection) => store.update({ connection }),
		onSignedOut,
	});

/** Goes on over `transport` at once, and next time too. */
export const chooseTransport = (role, stream, transport) => {
	writePreference(`transport.${role}`, transport);
	stream.use(transport);
};

/* A page brought back from the browser's cache has a closed stream and old orders. */
addEventListener("pageshow", ({ persisted }) => {
	if (persisted)
		location.reload();
});

/** A click elsewhere, or Escape, closes an open menu. */
export const closeMenusWhenLeft = () => {
	const close = (except) => {
		for (const menu of document.querySelectorAll("details.menu[open]"))
			if (!menu.contains(except))
				menu.open = false;
	};
	document.addEventListener("pointerdown", ({ target }) => close(target));
	document.addEventListener("focusin", ({ target }) => close(target));
	document.addEventListener("keydown", ({ key }) => {
		const menu = key === "Escape" && document.querySelector("details.menu[open]");
		if (menu) {
			menu.open = false;
			menu.querySelector("summary").focus();
		}
	});
};
