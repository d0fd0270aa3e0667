/*
 * The calls that are measured. A row: {key, title, role (of the database), isWrite, path, site(context) and plain(context)
 * → what wrk asks of a server with FoodFast's API, and of the program that runs the statement alone; scripts(context) → pgbench's}.
 * Lines of wrk's are {method, path, authorization, body}; or, where each answer has the token of the next request, there is
 * tokens(context, isPlain) → tokens, made in the database. To add a call: a row here, and its routes in the peers.
 */
import { createHash, randomBytes } from "node:crypto";
import { API } from "../tests/e2e/lib/client.mjs";
import { read } from "../tests/e2e/lib/tokens.mjs";
import { ADDRESS } from "./instance.mjs";

const TOKENS = 128; /* more than there are connections, so that a used one is never asked again */
const PGBENCH_CLIENTS = 8;
const LISTED = 20;

export const sessionOf = ({ token }) => read(token).claims.sid;
const bearer = ({ token }) => `Bearer ${token}`;

/* A GET by each of the readers. */
const reading = (path) => ({ readers }) => readers.map((reader) => ({ method: "GET", path: `${API}${path}`, authorization: bearer(reader) }));
const readingPlain = (path) => ({ readers }) => readers.map((reader) => ({ method: "GET", path: `/statement${path}?${sessionOf(reader)}` }));
const readingScripts = (sql) => ({ readers }) => readers.map((reader) => `select * from ${sql.replace("$1", `'${sessionOf(reader)}'`)};\n`);

/* A customer's order for the statement alone: the parameters of order_place(). */
function orderParameters(writer, order) {
	return [sessionOf(writer), order.restaurant_id, JSON.stringify(order.items), "", JSON.stringify(order.address), JSON.stringify(order.payment), "", "true"];
}

const ordering = (line) => ({ instance, writers }) => writers.map((writer, index) => line(writer, instance.order(index)));

/* Sessions of the readers with a refresh token each, of these hashes. */
function openSessions({ instance, readers }, hashes) {
	return instance.psql(`with made as (
		insert into account.session (session_id, user_id)
		select log.uuid_v7(), ('{${readers.map(({ id }) => id)}}'::uuid[])[1 + n % ${readers.length}] from generate_series(1, ${hashes.length}) as n
		returning session_id), numbered as (select session_id, row_number() over () as n from made)
		insert into account.refresh_token (hash, session_id)
		select decode(hash, 'hex'), session_id from unnest('{${hashes}}'::text[]) with ordinality as given(hash, n) join numbered using (n)`);
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

async function refreshTokens(context, isPlain) {
	const tokens = Array.from({ length: TOKENS }, () => (isPlain ? `${randomBytes(24).toString("hex")}${"0".repeat(16)}` : randomBytes(32).toString("base64url")));
	await openSessions(context, isPlain ? tokens : tokens.map(sha256));
	return tokens;
}

/* Each client goes along a chain of its own. */
async function refreshScripts(context) {
	const run = randomBytes(8).toString("hex");
	await openSessions(context, Array.from({ length: PGBENCH_CLIENTS }, (_, client) => sha256(`${run} ${client} 0`)));
	const hash = (n) => `sha256(convert_to('${run} ' || :client_id::text || ' ' || ${n}::text, 'UTF8'))`;
	return [`\\set next :n + 1\nselect * from session_refresh(${hash(":n")}, ${hash(":next")});\n\\set n :next\n`];
}

export const calls = [
	{ key: "me", title: "GET /me", role: "foodfast_accounts",
		site: reading("/me"), plain: readingPlain("/me"), scripts: readingScripts("me_get($1, null)") },
	{ key: "refresh", title: "POST /auth/refresh", role: "foodfast_accounts", isWrite: true,
		tokens: refreshTokens, path: `${API}/auth/refresh`, plainPath: "/statement/refresh", scripts: refreshScripts },
	{ key: "list", title: "GET /orders, 20 of a customer's", role: "foodfast_orders",
		site: reading("/orders"), plain: readingPlain("/list"), scripts: readingScripts("order_list($1, null, null, null, null, null)") },
	{ key: "order", title: "POST /orders, cash", role: "foodfast_orders", isWrite: true,
		site: ordering((writer, order) => ({ method: "POST", path: `${API}/orders`, authorization: bearer(writer), body: JSON.stringify(order) })),
		plain: ordering((writer, order) => ({ method: "POST", path: "/statement/order", body: orderParameters(writer, order).join("\\n") })),
		scripts: ordering((writer, order) => `select * from order_place(${orderParameters(writer, order)
			.map((value) => (value === "" ? "null" : `'${value}'`)).join(", ")});\n`) },
];

/* Customers who read, each with 20 orders of which two are still on their way, and customers who order. */
export async function restContext(instance, readerCount) {
	const readers = instance.customers.slice(0, readerCount), writers = instance.customers.slice(readerCount);
	for (let index = 0; index < LISTED; index++) {
		const order = instance.order(index);
		await instance.psql(`select ordering.order_place(session_id, '${order.restaurant_id}', '${JSON.stringify(order.items)}', null,
			'${JSON.stringify(ADDRESS)}', '{"method": "cash"}', 0, true) from unnest('{${readers.map(sessionOf)}}'::uuid[]) as session_id`);
	}
	await instance.psql(`update ordering.orders as o set status = 'delivered', payment_status = 'collected'
		  from (select order_id, row_number() over (partition by user_id order by order_id desc) as n from ordering.orders) as placed
		 where placed.order_id = o.order_id and n > 2`);
	await instance.psql("vacuum analyze");
	return { instance, readers, writers };
}
