/*
 * The account page, for every role: profile, password, addresses, cards, devices, one's
 * data; and what the links in our mails open. This file joins the parts: state, session,
 * stream. ?as=ROLE says whose account, where several people are signed in side by side.
 */
import { Addresses, addressesView, initialAddresses } from "./account-addresses.js";
import { Cards, cardsView, initialCards } from "./account-cards.js";
import { dataView, initialData, OwnData } from "./account-data.js";
import { Devices, devicesView, initialDevices } from "./account-devices.js";
import { initialLinks, Links, linkView, takeLink } from "./account-links.js";
import { initialProfile, passwordView, Profile, profileView } from "./account-profile.js";
import { routeActions } from "./actions.js";
import { ApiError, createApi } from "./api.js";
import { connectionView } from "./connection-view.js";
import { announce, explain, notify } from "./feedback.js";
import { html, render } from "./html.js";
import { chooseTransport, closeMenusWhenLeft, initialConnection, openStream } from "./live.js";
import { forgetSession, leaveWord, onSessionChange, readSession, signOut } from "./session.js";
import { openSignIn, signInActions, signInView } from "./sign-in.js";
import { createStore } from "./store.js";

const ROLES = ["customer", "restaurant", "driver", "agent", "admin"];

/* The page where somebody of the role does what he came for. */
const homes = {
	customer: { href: "customer.html", label: "Order food" },
	restaurant: { href: "restaurant.html", label: "Run a kitchen" },
};

const isSignedIn = (role) => readSession(role) !== null;

const roleOf = (search) => {
	const asked = new URLSearchParams(search).get("as");
	return ROLES.includes(asked) ? asked : ROLES.find(isSignedIn) ?? "customer";
};

const role = roleOf(location.search);

/* ---- what is shown ---- */

const otherAccounts = () => ROLES.filter((other) => other !== role && isSignedIn(other)).map((other) => html`
	<a href=${`account.html?as=${other}`}>Account of ${readSession(other).user.name} (${other})</a>`);

const headerView = ({ session, user, connection }) => {
	const { name, email } = user ?? session.user;
	return html`
		<nav class="tabs" aria-label="Main">
			${homes[role] && html`<a href=${homes[role].href}>${homes[role].label}</a>`}
			<a href="#profile" aria-current="page">Account</a>
		</nav>
		${connectionView(connection)}
		<details class="menu">
			<summary data-focus="account"><span class="avatar" aria-hidden="true">${name.slice(0, 1)}</span><span class="visually-hidden">Account</span></summary>
			<div class="menu-body menu-right">
				<p><strong>${name}</strong><br><span class="muted">${email}</span></p>
				${otherAccounts()}
				<button class="button button-wide" data-action="signOut">Sign out</button>
			</div>
		</details>`;
};

const sections = [
	["profile", "Profile"],
	["password", "Password"],
	["addresses", "Addresses"],
	["cards", "Cards", "customer"],
	["devices", "Devices"],
	["data", "Your data"],
	["erase", "Erase"],
];

const sectionsView = () => html`
	<nav class="sections" aria-label="On this page">
		<ul>${sections.filter(([, , only]) => !only || only === role).map(([id, label]) => html`<li><a href=${`#${id}`}>${label}</a></li>`)}</ul>
	</nav>`;

const signInWords = {
	title: "Your account",
	lead: "Who you are, where you live, how you pay, and where you are signed in.",
	mayRegister: true,
};

const farewellView = () => html`
	<section class="sign-in card" data-key="farewell">
		<h1 tabindex="-1">You are erased</h1>
		<p class="lead">Nothing here knows who you were any more. Thank you for having eaten with us.</p>
		<a class="button" href="./">To the front page</a>
	</section>`;

const accountView = (state) => html`
	<div class="account" data-key="account">
		${sectionsView()}
		<div class="content">
			<h1 tabindex="-1">${state.user.name}</h1>
			${profileView(state)}
			${passwordView(state)}
			${addressesView(state)}
			${role === "customer" && cardsView(state)}
			${devicesView(state)}
			${dataView(state)}
		</div>
	</div>`;

const pageView = (state) => {
	if (state.isErased)
		return farewellView();
	if (state.link)
		return linkView(state);
	if (!state.session)
		return signInView(Object.keys(homes), state.signIn, signInWords);
	return state.user ? accountView(state) : html`<p class="empty" data-key="loading">One moment…</p>`;
};

/* ---- what happens ---- */

const main = document.getElementById("main");
const header = document.getElementById("header-tools");

const store = createStore({
	role,
	session: null,
	isErased: false,
	signIn: openSignIn(),
	connection: initialConnection(role),
	...initialLinks,
	...initialProfile,
	...initialAddresses,
	...initialCards,
	...initialDevices,
	...initialData,
}, (state) => {
	render(header, state.session && !state.link ? headerView(state) : html``);
	render(main, pageView(state));
});

let stream = null;

const api = createApi(role, { onSignedOut: () => leave() });
const profile = new Profile({ api, store, role });
const addresses = new Addresses({ api, store });
const cards = new Cards({ api, store });
const devices = new Devices({ api, store });
const data = new OwnData({ api, store, erased: () => farewell() });
const links = new Links({ api, store, left: () => location.assign(`account.html${location.search}`) });

const showError = (error) => {
	if (!(error instanceof ApiError))
		throw error;
	notify(explain(error), "bad");
};

const load = (...parts) => Promise.all(parts.map((part) => part.load().catch(showError)));

/* What is loaded anew when another device changed it; all else is the profile's. */
const owners = { addresses, payment_methods: cards };

/* Opening the page at a section: it wasn't there yet when the browser looked for it. */
const scrollToSection = () => {
	if (/^#\w+$/.test(location.hash))
		document.querySelector(location.hash)?.scrollIntoView();
};

const onEvent = ({ type, data: { fields = [] } }) => {
	if (type !== "user.updated")
		return;
	load(...new Set(fields.map((name) => owners[name] ?? profile)), devices);
	announce("Your account was changed.");
};

const follow = async () => {
	const cursor = await profile.load();
	stream.watch(`user:${store.state.user.id}`, cursor, { onEvent, onStale: () => loadAll() });
};

const others = role === "customer" ? [addresses, cards, devices] : [addresses, devices];
const loadAll = () => load(profile, ...others);

const enter = async (session) => {
	store.update({ session });
	stream = openStream({ role, session, store, onSignedOut: () => leave() });
	addresses.loadCities().catch(showError);
	await Promise.all([follow().catch(showError), load(...others)]);
	scrollToSection();
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible")
			load(devices);
	});
};

/* The page starts over, so that nothing of one person is left for the next. */
const leave = () => {
	if (!store.state.session || store.state.isErased)
		return;
	leaveWord("You are signed out: this session was ended.");
	forgetSession(role);
	stream.close();
	location.reload();
};

const farewell = () => {
	store.update({ isErased: true, session: null, user: null });
	forgetSession(role);
	stream.close();
	queueMicrotask(() => queueMicrotask(() => main.querySelector("h1")?.focus()));
};

const start = () => {
	const link = takeLink();
	const session = readSession(role);

	if (link)
		links.open(link);
	else if (session)
		enter(session).catch(showError);
	else
		store.update({});
};

const actions = {
	...signInActions({ roles: ROLES, api, store, entered: (_, entered) => location.assign(`account.html?as=${entered}`) }),
	...profile.actions,
	...addresses.actions,
	...cards.actions,
	...devices.actions,
	...data.actions,
	...links.actions,
	useTransport: ({ value }) => chooseTransport(role, stream, value),
	signOut: async () => {
		stream.close();
		await signOut(api, role);
		location.reload();
	},
};

routeActions(document.body, actions);
closeMenusWhenLeft();
onSessionChange(role, () => location.reload());

/* A mail's link pasted into a page that is open already. */
addEventListener("hashchange", () => {
	const link = takeLink();
	if (link)
		links.open(link);
});
start();
