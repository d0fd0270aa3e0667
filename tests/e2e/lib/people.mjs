/* People: a Client that is somebody. */
import { randomUUID } from "node:crypto";
import { ok } from "./assert.mjs";
import { Client } from "./client.mjs";
import { here } from "./instance.mjs";
import { until } from "./wait.mjs";

export const PASSWORD = "correct horse battery";
const DEMO_PASSWORD = "foodfast-demo";

export const freshEmail = (name = "someone") => `${name}-${randomUUID()}@example.com`;

const CANAL = { line1: "Prinsengracht 263", city: "Amsterdam", postal_code: "1016 GV", lat: 52.3752, lng: 4.884 };

/* An address in Amsterdam, as an order or the address book takes it. */
export const addressInAmsterdam = (changes = {}) => ({ label: "Home", ...CANAL, ...changes });

/* Passwords are hashed a few at a time (503 beyond that): a client that is told to come back does. */
async function patiently(send) {
	return until(async () => {
		const reply = await send();
		return reply.status !== 503 && reply;
	}, { within: 15_000, what: "a turn to have a password hashed" });
}

/* Takes over what a register or a login answered. */
export function signedIn(client, reply) {
	client.user = reply.user;
	client.token = reply.access_token;
	client.refreshToken = reply.refresh_token;
	return client;
}

/* Somebody new. CHANGES to the registration: role, name, cookie… */
export async function register({ instance = here, ...changes } = {}) {
	const client = new Client({ instance });
	const email = changes.email ?? freshEmail();
	const form = { email, password: PASSWORD, name: "Ana Test", ...changes };
	signedIn(client, ok(await patiently(() => client.post("/auth/register", form)), 201));
	client.email = email;
	return client;
}

/* Somebody on one more device. */
export async function logIn({ instance = here, email, password = PASSWORD, ...rest }) {
	const client = new Client({ instance });
	signedIn(client, ok(await patiently(() => client.post("/auth/login", { email, password, ...rest }))));
	client.email = email;
	return client;
}

export const customer = (changes) => register(changes);
export const driver = (changes) => register({ role: "driver", ...changes });

/* PERSON's name changes, TIMES over: as many events on user:ID. */
export async function change(person, times = 1) {
	for (let count = 0; count < times; count++)
		ok(await person.patch("/me", { name: `Ana ${randomUUID()}` }));
}

const demoPeople = new Map();

/* A demo person by the part before the @: logged in once a test file. */
export function demo(name, instance = here) {
	const key = `${instance.url} ${name}`;
	if (!demoPeople.has(key))
		demoPeople.set(key, logIn({ instance, email: `${name}@foodfast.example`, password: DEMO_PASSWORD }));
	return demoPeople.get(key);
}
