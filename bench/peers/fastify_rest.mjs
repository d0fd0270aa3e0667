/*
 * Four of FoodFast's calls on Fastify and pg, with what belongs to them: schemas for what comes in, tokens verified and signed,
 * the same SQL functions, their status, ETag and cursor passed on, problems where they refuse. Nothing is logged.
 *
 *	fastify_rest.mjs PORT CONNECTIONS SECRETS_DIR      (the database: PGHOST, PGUSER, PGDATABASE)
 */
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import jwt from "@fastify/jwt";
import Fastify from "fastify";
import pg from "pg";

const [port, connections, secrets] = process.argv.slice(2);
const [kid, key] = readFileSync(`${secrets}/jwt-keys`, "utf8").trim().split(/\s+/);
const hmacKey = Buffer.from(readFileSync(`${secrets}/hmac-key`, "utf8").trim(), "hex");
const ACCESS_TOKEN_S = 900;

const pool = new pg.Pool({ max: Number(connections), idleTimeoutMillis: 0 });
const app = Fastify({ logger: false, keepAliveTimeout: 600_000 });

await app.register(jwt, {
	secret: Buffer.from(key, "hex"),
	sign: { algorithm: "HS256", header: { kid } },
	verify: { algorithms: ["HS256"], requiredClaims: ["sub", "sid", "role", "use"] },
});

const signedIn = { onRequest: (request) => request.jwtVerify() };
const uuid = { type: "string", format: "uuid" };

const draft = {
	type: "object",
	additionalProperties: false,
	required: ["restaurant_id", "items", "payment"],
	properties: {
		restaurant_id: uuid,
		items: {
			type: "array", minItems: 1, maxItems: 50,
			items: {
				type: "object",
				additionalProperties: false,
				required: ["menu_item_id", "quantity"],
				properties: { menu_item_id: uuid, quantity: { type: "integer", minimum: 1, maximum: 99 }, note: { type: "string", maxLength: 500 } },
			},
		},
		address_id: uuid,
		address: { type: "object" },
		payment: { type: "object", required: ["method"], properties: { method: { enum: ["cash", "card"] }, payment_method_id: uuid } },
		tip: { type: "integer", minimum: 0 },
		again: { type: "boolean" },
	},
};

const filter = {
	type: "object",
	additionalProperties: false,
	properties: { status: { type: "string" }, restaurant_id: uuid, limit: { type: "integer", minimum: 1, maximum: 100 }, page: { type: "string" } },
};

const renewal = {
	type: "object",
	additionalProperties: false,
	required: ["refresh_token"],
	properties: { refresh_token: { type: "string", minLength: 1, maxLength: 256 } },
};

/* One row of the SQL function called NAME, by a statement that the connection keeps prepared. */
async function call(name, values) {
	const text = `select * from ${name}(${values.map((_, index) => `$${index + 1}`).join(", ")})`;
	const { rows } = await pool.query({ name, text, values });
	return rows[0];
}

async function replyWith(reply, name, values) {
	const row = await call(name, values);
	reply.code(row.status);
	if (row.etag)
		reply.header("ETag", `"${row.etag}"`);
	if (row.cursor)
		reply.header("Stream-Cursor", row.cursor);
	if (row.location)
		reply.header("Location", row.location);
	return reply.header("Cache-Control", row.etag ? "private, no-cache" : "no-store")
		.type("application/json").send(row.body);
}

app.get("/api/v1/me", signedIn, (request, reply) =>
	replyWith(reply, "me_get", [request.user.sid, request.headers["if-none-match"]]));

app.get("/api/v1/orders", { ...signedIn, schema: { querystring: filter } }, (request, reply) => {
	const { status, restaurant_id, limit, page } = request.query;
	return replyWith(reply, "order_list", [request.user.sid, status, restaurant_id, limit, page, request.headers["if-none-match"]]);
});

app.post("/api/v1/orders", { ...signedIn, schema: { body: draft } }, (request, reply) => {
	const { restaurant_id, items, address_id, address, payment, tip, again } = request.body;
	return replyWith(reply, "order_place", [request.user.sid, restaurant_id, JSON.stringify(items), address_id,
		address && JSON.stringify(address), JSON.stringify(payment), tip, again]);
});

const hashOf = (token) => createHash("sha256").update(token).digest();

app.post("/api/v1/auth/refresh", { schema: { body: renewal } }, async (request, reply) => {
	const { refresh_token: old } = request.body;
	const successor = createHmac("sha256", hmacKey).update(`refresh${old}`).digest("base64url");
	const grant = await call("session_refresh", [hashOf(old), hashOf(successor)]);
	reply.code(grant.status).header("Cache-Control", "no-store").type("application/json");
	if (grant.status >= 400)
		return reply.send(grant.body);
	const token = app.jwt.sign({ use: "access", sub: grant.user_id, sid: grant.session_id, role: grant.role }, { expiresIn: ACCESS_TOKEN_S });
	return reply.send(`{"user":${grant.body},"access_token":"${token}","token_type":"Bearer","expires_in":${ACCESS_TOKEN_S},"refresh_token":"${successor}"}`);
});

/* SQL's own problems: their status is in the SQLSTATE, their code in the constraint. */
app.setErrorHandler((error, request, reply) => {
	const status = /^FF\d{3}$/.test(error.code) ? Number(error.code.slice(2)) : error.statusCode ?? 500;
	reply.code(status).type("application/problem+json").send(JSON.stringify({ status, code: error.constraint ?? error.code, detail: error.message }));
});

await app.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
