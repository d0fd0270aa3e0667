/*
 * The kitchen's page: a live board of one restaurant's orders. This file joins the
 * parts: state, session, stream, alarm, and the switch that pauses the restaurant.
 */
import { routeActions } from "./actions.js";
import { Alarm } from "./alarm.js";
import { createApi } from "./api.js";
import { waitingOrders } from "./board.js";
import { connectionView } from "./connection-view.js";
import { explain, notify } from "./feedback.js";
import { html, render } from "./html.js";
import { chooseTransport, closeMenusWhenLeft, initialConnection, openStream } from "./live.js";
import { readPreference, writePreference } from "./preferences.js";
import { alarmView, boardView } from "./restaurant-board.js";
import { initialOrders, Orders } from "./restaurant-orders.js";
import { forgetSession, leaveWord, onSessionChange, readSession, signOut } from "./session.js";
import { openSignIn, signInActions, signInView } from "./sign-in.js";
import { createStore } from "./store.js";

const ROLE = "restaurant";
const TICK_MS = 10_000;

/* ---- what is shown ---- */

const restaurantChoice = ({ memberships, restaurantId }) => {
	const option = ({ restaurant: { id, name } }) => html`<option value=${id} selected=${id === restaurantId}>${name}</option>`;
	return html`
		<label class="field field-inline">
			<span class="visually-hidden">Restaurant</span>
			<select data-action="chooseRestaurant" data-focus="restaurant">${memberships.map(option)}</select>
		</label>`;
};

const pauseSwitch = ({ isAccepting, isSwitching }) => isAccepting !== null && html`
	<button class="switch" role="switch" aria-checked=${String(isAccepting)} data-action="toggleAccepting" data-focus="accepting" disabled=${isSwitching}>
		<span class="switch-track" aria-hidden="true"></span>
		<span>${isAccepting ? "Accepting orders" : "Paused"}</span>
	</button>`;

const soundButton = ({ alarm }) => html`
	<button class="button button-quiet" aria-pressed=${String(alarm.isUnlocked)} data-action="toggleSound" data-focus="sound">
		<span class="sound-icon" data-on=${String(alarm.isUnlocked)} aria-hidden="true"></span>${alarm.isUnlocked ? "Sound on" : "Sound off"}
	</button>`;

const headerView = (state) => state.session && html`
	${connectionView(state.connection)}
	<details class="menu">
		<summary data-focus="account"><span class="avatar" aria-hidden="true">${state.session.user.name.slice(0, 1)}</span><span class="visually-hidden">Account</span></summary>
		<div class="menu-body menu-right">
			<p><strong>${state.session.user.name}</strong><br><span class="muted">${state.session.user.email}</span></p>
			<a href=${`account.html?as=${ROLE}`}>Your account</a>
			<button class="button button-wide" data-action="signOut">Sign out</button>
		</div>
	</details>`;

const signInWords = {
	title: "The kitchen’s screen",
	lead: "Every order of your restaurant the moment it is placed, on every screen at once.",
	mayRegister: false,
};

const kitchenView = (state) => html`
	<div class="kitchen" data-key="kitchen">
		<div class="kitchen-bar" data-key="bar">
			<h1 class="visually-hidden" tabindex="-1">Orders</h1>
			${restaurantChoice(state)}
			${pauseSwitch(state)}
			${soundButton(state)}
		</div>
		${alarmView(state)}
		${boardView(state)}
	</div>`;

const pageView = (state) => {
	if (!state.session)
		return signInView([ROLE], state.signIn, signInWords);
	if (state.memberships?.length === 0)
		return html`<p class="empty" data-key="none">You don’t work at any restaurant yet. Its owner can add you.</p>`;
	return state.memberships ? kitchenView(state) : html`<p class="empty" data-key="loading">One moment…</p>`;
};

/* ---- what happens ---- */

const main = document.getElementById("main");
const header = document.getElementById("header-tools");
const alarm = new Alarm({ changed: () => store.update({ alarm: soundOf(alarm) }) });

const soundOf = ({ isUnlocked, isSounding }) => ({ isUnlocked, isSounding });

const store = createStore({
	session: null,
	signIn: openSignIn(),
	connection: initialConnection(ROLE),
	memberships: null,
	isAccepting: null,
	isSwitching: false,
	alarm: soundOf(alarm),
	now: Date.now(),
	...initialOrders,
}, (state) => {
	alarm.setWaiting(waitingOrders(state.board).length);
	document.body.dataset.alarm = alarm.isSounding ? "sounding" : "silent";
	render(header, headerView(state) || html``);
	render(main, pageView(state));
});

let stream = null;

const api = createApi(ROLE, { onSignedOut: () => leave() });
const orders = new Orders({ api, store, stream: () => stream });

const choose = async (restaurantId) => {
	writePreference("restaurant", restaurantId);
	store.update({ isAccepting: null });
	const { restaurant } = store.state.memberships.find((membership) => membership.restaurant.id === restaurantId);
	alarm.setTitle(`${restaurant.name} · FoodFast`);
	const [{ body }] = await Promise.all([api.get(`/restaurants/${restaurantId}`), orders.choose(restaurantId)]);
	store.update({ isAccepting: body.accepting_orders });
};

const toggleAccepting = async () => {
	const { isAccepting, restaurantId } = store.state;
	store.update({ isSwitching: true });
	try {
		const { body } = await api.patch(`/restaurants/${restaurantId}`, { accepting_orders: !isAccepting });
		store.update({ isAccepting: body.accepting_orders });
	} catch (error) {
		notify(explain(error), "bad");
	} finally {
		store.update({ isSwitching: false });
	}
};

const loadMemberships = async () => {
	const { memberships = [] } = (await api.get("/me")).body;
	const usual = memberships.find(({ restaurant }) => restaurant.id === readPreference("restaurant", null)) ?? memberships[0];
	store.update({ memberships });
	if (usual)
		await choose(usual.restaurant.id);
};

const enter = (session) => {
	store.update({ session });
	stream = openStream({ role: ROLE, session, store, onSignedOut: () => leave() });
	loadMemberships().catch((error) => notify(explain(error), "bad"));
	setInterval(() => store.update({ now: Date.now() }), TICK_MS);
};

/* The page starts over, so that nothing of one person is left for the next. */
const leave = () => {
	if (!store.state.session)
		return;
	leaveWord("You are signed out: this session was ended.");
	forgetSession(ROLE);
	stream.close();
	location.reload();
};

const actions = {
	...signInActions({ roles: [ROLE], api, store, entered: enter }),
	...orders.actions,
	chooseRestaurant: ({ value }) => choose(value).catch((error) => notify(explain(error), "bad")),
	toggleAccepting,
	toggleSound: () => {
		writePreference("muted", alarm.isUnlocked);
		return alarm.isUnlocked ? alarm.lock() : alarm.unlock();
	},
	useTransport: ({ value }) => chooseTransport(ROLE, stream, value),
	signOut: async () => {
		stream.close();
		await signOut(api, ROLE);
		location.reload();
	},
};

/* Browsers let a page sound only after a touch: the first one, whatever it is for, will do. */
const unlockAtFirstTouch = () => {
	const unlock = ({ target }) => {
		if (!readPreference("muted", false) && !target.closest?.("[data-action=toggleSound]"))
			alarm.unlock();
	};
	for (const kind of ["pointerup", "keyup"])
		addEventListener(kind, unlock, { once: true });
};

routeActions(document.body, actions);
closeMenusWhenLeft();
unlockAtFirstTouch();
onSessionChange(ROLE, () => location.reload());

const session = readSession(ROLE);
if (session)
	enter(session);
else
	store.update({});
