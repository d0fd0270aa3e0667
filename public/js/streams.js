/*
 * The page for developers: streams as they come, several side by side, to be broken and
 * watched while they resume. This file joins the parts: sessions (of every role that is
 * signed in in this browser), the bench (streams-bench.js), panes (streams-pane.js) and
 * deeds (streams-deeds.js).
 */
import { routeActions } from "./actions.js";
import { ApiError, createApi } from "./api.js";
import { explain, notify } from "./feedback.js";
import { html, render } from "./html.js";
import { closeMenusWhenLeft } from "./live.js";
import { forgetSession, onSessionChange, readSession, signOut } from "./session.js";
import { initialSignIn, signInActions, signInView } from "./sign-in.js";
import { createStore } from "./store.js";
import { compareProbes } from "./stream-compare.js";
import { defaultTransport, transports } from "./stream-transports.js";
import { benchView, namesIn, peopleView } from "./streams-bench.js";
import { Deeds } from "./streams-deeds.js";
import { Pane } from "./streams-pane.js";

const ROLES = ["customer", "restaurant", "driver", "agent", "admin"];
const DEMO_ROLES = ["customer", "restaurant"];
/* Panes that hold an HTTP connection: with more of them a browser has none left for anything else. */
const HELD_MOST = 4;
const isHeld = (transport) => ["sse", "long-poll"].includes(transport);

const signInWords = {
	title: "Streams, frame by frame",
	lead: "For developers: sign in as somebody, pick channels, and see what travels, over every transport.",
	mayRegister: true,
};

/* ---- what is shown ---- */

const header = document.getElementById("header-tools");
const bench = document.getElementById("bench");
const panesElement = document.getElementById("panes");

const isSignedIn = ({ sessions }) => Object.keys(sessions).length > 0;

const store = createStore({
	sessions: {},
	signIn: initialSignIn,
	isSigningIn: false,
	setup: { role: null, channels: "", transport: defaultTransport, from: "now", cursor: "", heartbeatS: "15" },
	suggestions: {},
	comparison: null,
	hasPanes: false,
	said: "",
}, (state) => {
	render(header, peopleView(state) || html``);
	render(bench, isSignedIn(state) && !state.isSigningIn ? benchView(state) : html`
		${signInView(DEMO_ROLES, state.signIn, signInWords)}
		${state.isSigningIn && html`<button class="link sign-in-back" type="button" data-action="signInBack">Back to the panes</button>`}`);
	panesElement.hidden = state.isSigningIn;
});

/* Always in the same order, whoever came first. */
const inOrder = (sessions) => Object.fromEntries(ROLES.filter((role) => sessions[role]).map((role) => [role, sessions[role]]));

const setUp = (change) => store.update(({ setup }) => ({ setup: { ...setup, ...change } }));

/* ---- who is signed in ---- */

const apis = Object.fromEntries(ROLES.map((role) => [role, createApi(role, { onSignedOut: () => left(role) })]));
const deeds = new Deeds(apis);
const panes = new Map();
let lastPane = 0;

const attempt = async (act) => {
	try {
		return await act();
	} catch (error) {
		if (!(error instanceof ApiError))
			throw error;
		notify(explain(error), "bad");
		return null;
	}
};

const suggest = async (role) => {
	const channels = await attempt(() => deeds.channels(role));
	if (channels)
		store.update(({ suggestions }) => ({ suggestions: { ...suggestions, [role]: channels } }));
	return channels ?? [];
};

/* A person's own channels are chosen at first: himself, and where he works. */
const choosePerson = async (role) => {
	setUp({ role, channels: "" });
	const channels = await suggest(role);
	if (store.state.setup.role === role && store.state.setup.channels === "")
		typeChannels(channels.filter(({ channel }) => /^(user|restaurant):/.test(channel)).slice(0, 2).map(({ channel }) => channel));
};

const stopPanes = (role) => [...panes.values()].filter(({ probe }) => probe.role === role).forEach(({ probe }) => probe.stop());

const entered = (session, role) => {
	stopPanes(role);
	store.update(({ sessions }) => ({ sessions: inOrder({ ...sessions, [role]: session }), isSigningIn: false }));
	choosePerson(role);
};

/* The session is over: its panes have said so, and nothing new is opened with it. */
const left = (role) => {
	const { [role]: gone, ...sessions } = store.state.sessions;
	if (!gone)
		return;
	forgetSession(role);
	store.update({ sessions });
	stopPanes(role);
	if (store.state.setup.role === role && isSignedIn(store.state))
		choosePerson(Object.keys(sessions)[0]);
};

/* ---- panes ---- */

const compare = () => {
	const probes = [...panes.values()].map(({ label, probe }) => ({ label, seen: probe.seen, doubled: probe.counters.doubled }));
	store.update({ hasPanes: panes.size > 0, comparison: probes.length > 1 ? compareProbes(probes) : null });
};

const heldPanes = () => [...panes.values()].filter(({ probe }) => isHeld(probe.transport)).length;

const mayHold = (transport) => {
	const may = !isHeld(transport) || heldPanes() < HELD_MOST;
	if (!may)
		notify(`${HELD_MOST} panes wait on HTTP answers already: one more, and the browser has no connection left. Use a socket, or close one.`, "bad");
	return may;
};

const afterOf = ({ from, cursor }) => ({ now: "", kept: "0", cursor: cursor.trim() })[from];

const openPane = (transport) => {
	const { setup } = store.state;
	const channels = namesIn(setup.channels);
	if (channels.length === 0 || !mayHold(transport))
		return;
	const id = ++lastPane;
	const options = { role: setup.role, channels, transport, heartbeatS: Number(setup.heartbeatS), after: afterOf(setup) };
	const pane = new Pane(id, options, { changed: compare, signedOut: () => left(setup.role) });
	panes.set(id, pane);
	panesElement.append(pane.element);
	pane.probe.start();
	compare();
};

const closePane = (pane) => {
	panes.delete(pane.id);
	pane.close();
	compare();
	const next = panesElement.querySelector("select") ?? bench.querySelector("[data-look=primary]");
	next?.focus();
};

const acknowledgeOver = async (pane) => {
	const message = await deeds.acknowledgement();
	if (message)
		await pane.send(message);
	else
		notify("Every order has been seen. Place one as a customer first.");
};

/* ---- what happens ---- */

const typeChannels = (names) => {
	const text = names.join(", ");
	setUp({ channels: text });
	/* Once typed in, a field no longer follows its attribute. */
	const input = bench.querySelector("input[name=channels]");
	if (input)
		input.value = text;
};

/* Where the kitchen that is signed in here sees it, if one is. */
const placeOrder = async () => {
	const kitchen = store.state.suggestions.restaurant?.find(({ channel }) => channel.startsWith("restaurant:"));
	const order = await deeds.order(kitchen?.channel.split(":")[1] ?? null);
	Object.keys(store.state.sessions).forEach(suggest);
	return `Order ${order.number} is placed; its channel is among yours now.`;
};

const doDeed = ({ dataset: { deed, role } }) => attempt(async () => {
	store.update({ said: await (deed === "order" ? placeOrder() : deeds[deed](role)) });
});

const forPane = (act) => ({ dataset, value }) => attempt(() => act(panes.get(Number(dataset.pane)), value));

const leave = async (role) => {
	stopPanes(role);
	await signOut(apis[role], role);
	location.reload();
};

const actions = {
	...signInActions({ roles: ROLES, api: createApi("customer"), store, entered }),
	signInToo: () => store.update({ isSigningIn: true }),
	signInBack: () => store.update({ isSigningIn: false }),
	signOut: ({ dataset }) => leave(dataset.role),

	setUp: ({ name, value }) => (name === "role" ? choosePerson(value) : setUp({ [name]: value })),
	typeChannels: ({ value }) => setUp({ channels: value }),
	toggleChannel: ({ dataset: { channel } }) => {
		const names = namesIn(store.state.setup.channels);
		typeChannels(names.includes(channel) ? names.filter((name) => name !== channel) : [...names, channel]);
	},
	openPane: (form) => form.reportValidity() && openPane(store.state.setup.transport),
	openAll: (button) => button.form.reportValidity() && Object.keys(transports).forEach(openPane),
	deed: doDeed,

	paneTransport: forPane((pane, transport) => (isHeld(pane.probe.transport) || mayHold(transport) ? pane.probe.use(transport) : pane.redraw())),
	cutPane: forPane(({ probe }) => probe.cut()),
	pausePane: forPane(({ probe }) => probe.pause()),
	resumePane: forPane(({ probe }) => probe.resume()),
	offlinePane: forPane((pane) => pane.goOffline()),
	closePane: forPane(closePane),
	acknowledgeOver: forPane(acknowledgeOver),
};

routeActions(document.body, actions);
closeMenusWhenLeft();
addEventListener("offline", () => panes.forEach(({ probe }) => probe.loseNetwork()));
addEventListener("online", () => panes.forEach(({ probe }) => probe.hurry()));
addEventListener("pagehide", () => panes.forEach(({ probe }) => probe.stop()));

for (const role of ROLES)
	onSessionChange(role, (session) => (session ? entered(session, role) : left(role)));

const known = ROLES.map((role) => [role, readSession(role)]).filter(([, session]) => session);
store.update({ sessions: Object.fromEntries(known) });
known.forEach(([role]) => role !== known[0][0] && suggest(role));
if (known.length > 0)
	choosePerson(known[0][0]);
