/*
 * The customer's page: finds a dish, orders it, follows it to the door. This file joins
 * the parts: state, session, stream, routes (#/, #/restaurant/ID, #/basket, #/orders).
 */
import { routeActions } from "./actions.js";
import { createApi } from "./api.js";
import { connectionView } from "./connection-view.js";
import { basketBarView, basketView, Checkout, initialCheckout } from "./customer-checkout.js";
import { initialOrders, Orders, ordersView, trackedStrip } from "./customer-orders.js";
import { initialRestaurants, placeView, Restaurants, restaurantsView } from "./customer-restaurants.js";
import { html, render } from "./html.js";
import { chooseTransport, closeMenusWhenLeft, initialConnection, openStream } from "./live.js";
import { forgetSession, leaveWord, onSessionChange, readSession, signOut } from "./session.js";
import { openSignIn, signInActions, signInView } from "./sign-in.js";
import { createStore } from "./store.js";

const ROLE = "customer";

/* #order=ID: how the bank's page sends its customer back. It adds to the query what we ask the server for instead. */
const takeReturn = () => {
	const [, id] = /^#order=([\w-]+)$/.exec(location.hash) ?? [];
	if (id)
		history.replaceState(null, "", `${location.pathname}#/orders`);
	return id ?? null;
};

const routeOf = (hash) => {
	const [, name, id] = hash.split("/");
	return { name: ["restaurant", "basket", "orders"].includes(name) ? name : "restaurants", id: id ?? null };
};

/* ---- what is shown ---- */

const navLink = (href, label, isCurrent) => html`
	<a href=${href} aria-current=${isCurrent ? "page" : null}>${label}</a>`;

const headerView = ({ session, connection, route }) => html`
	${session && html`
		<nav class="tabs" aria-label="Main">
			${navLink("#/", "Restaurants", route.name !== "orders")}
			${navLink("#/orders", "Orders", route.name === "orders")}
		</nav>
		${connectionView(connection)}
		<details class="menu">
			<summary data-focus="account"><span class="avatar" aria-hidden="true">${session.user.name.slice(0, 1)}</span><span class="visually-hidden">Account</span></summary>
			<div class="menu-body menu-right">
				<p><strong>${session.user.name}</strong><br><span class="muted">${session.user.email}</span></p>
				<a href=${`account.html?as=${ROLE}`}>Your account</a>
				<button class="button button-wide" data-action="signOut">Sign out</button>
			</div>
		</details>`}`;

const contentViews = {
	restaurants: restaurantsView,
	basket: restaurantsView,
	restaurant: placeView,
	orders: ordersView,
};

const signInWords = {
	title: "Good food, soon at your door",
	lead: "Sign in to order, and watch your order come nearer, minute by minute.",
	mayRegister: true,
};

const pageView = (state) => {
	if (!state.session)
		return signInView([ROLE], state.signIn, signInWords);
	return html`
		<div class="layout" data-key="layout" data-route=${state.route.name}>
			<div class="content">
				${state.route.name !== "orders" && html`<div class="strips" data-key="strips">${trackedStrip(state)}</div>`}
				${contentViews[state.route.name](state)}
			</div>
			<aside class="basket card" aria-label="Basket">${basketView(state)}</aside>
			${state.route.name !== "basket" && basketBarView(state)}
		</div>`;
};

/* ---- what happens ---- */

const returned = takeReturn();
const main = document.getElementById("main");
const header = document.getElementById("header-tools");

const store = createStore({
	session: null,
	signIn: openSignIn(),
	connection: initialConnection(ROLE),
	route: routeOf(location.hash),
	...initialRestaurants,
	...initialCheckout,
	...initialOrders,
	returned,
}, (state) => {
	render(header, headerView(state));
	render(main, pageView(state));
});

let stream = null;

const api = createApi(ROLE, { onSignedOut: () => leave() });
const orders = new Orders({ api, store, stream: () => stream, paid: (id) => checkout.paid(id) });
const checkout = new Checkout({
	api,
	store,
	placed: (order) => {
		orders.placed(order);
		location.hash = "#/orders";
	},
	declined: (id) => orders.follow(id),
});
const restaurants = new Restaurants({ api, store, addToBasket: (restaurant, dish) => checkout.addToBasket(restaurant, dish) });

const enter = (session) => {
	store.update({ session });
	stream = openStream({ role: ROLE, session, store, onSignedOut: () => leave() });
	restaurants.load();
	checkout.open();
	orders.open();
	showRoute();
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

const showRoute = () => {
	const route = routeOf(location.hash);
	store.update({ route });
	if (store.state.session && route.name === "restaurant")
		restaurants.openPlace(route.id);
	if (store.state.session && route.name === "orders")
		orders.loadHistory();
};

/* As after a page load: from the top, with the reader at the heading. */
const moveTo = () => {
	showRoute();
	scrollTo(0, 0);
	queueMicrotask(() => queueMicrotask(() => main.querySelector(location.hash === "#/basket" ? ".basket-title" : "h1")?.focus()));
};

const actions = {
	...signInActions({ roles: [ROLE], api, store, entered: enter }),
	...restaurants.actions,
	...checkout.actions,
	...orders.actions,
	useTransport: ({ value }) => chooseTransport(ROLE, stream, value),
	signOut: async () => {
		stream.close();
		await signOut(api, ROLE);
		location.reload();
	},
};

routeActions(document.body, actions);
closeMenusWhenLeft();
addEventListener("hashchange", moveTo);
onSessionChange(ROLE, () => location.reload());

const session = readSession(ROLE);
if (session)
	enter(session);
else
	store.update({});
