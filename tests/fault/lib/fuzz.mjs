/*
 * Requests that nobody would mean: an operation of openapi.yaml, with some of it as the document wants it and some of it
 * not at all. All of it comes from a Chance, so that a seed says the same again.
 * To add a kind of nonsense: a row in `junk`, `spoilers` or `oddHeaders`.
 */
import { randomUUID } from "node:crypto";
import { resolved } from "../../docs/lib/openapi.mjs";

const GOOD = 0.75;	/* how much of a request is as it should be */
const ITEMS_MAX = 4;
const DEEP = 2000;

const uuid = "0190a000-0000-7000-8000-000000000000";

/* Values that are wrong nearly everywhere. */
const junk = [
	null, true, false, 0, -1, 1.5, 1e308, -1e-308, 2 ** 31, 2 ** 53, -(2 ** 63), 99999999999999999999,
	"", " ", "\u0000", "a\u0000b", "\ud800", "\u202e\u0007\u001b[31m", "'; drop table account.users; --", "%00%ff", "../../etc/passwd", "${jndi:x}", "{}", "null", "NaN",
	"x".repeat(300), "é".repeat(5000), "-1", "1e5", "2026-02-30T25:61:61Z", uuid, uuid.toUpperCase(), "4242424242424242", "pm_card_visa",
	[], [[]], [null], {}, { "": "" }, { id: uuid }, { __proto__: null, constructor: 1 }, Array(1000).fill(1), [{ menu_item_id: uuid, quantity: 1e9 }],
];

/* Texts in a path or a query, as they go on the line. */
const oddTexts = ["", "%00", "%2f", "%2e%2e", "%ff", "%", "%zz", "%F0%9F%8D%95", "a".repeat(3000), "0", "-1", "1e9", "null", uuid, uuid.toUpperCase(), `${uuid}x`, "%27%20or%20true--", "9".repeat(400), "true", "a%0d%0ab", "*", "a,b,,c"];

/* What is done to a body's bytes. */
const spoilers = [
	(text) => text.slice(0, Math.floor(text.length / 2)),
	(text) => `${text}x`,
	(text) => `${text}${text}`,
	(text) => text.replace(/"/g, "'"),
	(text) => text.replace(/:/, ":NaN,\"x\":"),
	(text) => text.replace("{", `{"a":1,"a":2,`),
	(text) => text.replace(/"([^"]*)"/, `"\\ud800$1"`),
	() => "", () => "null", () => "[]", () => "\"x\"", () => "0", () => "\ufeff{}", () => "{\"\\u0000\":1}",
	() => "[".repeat(DEEP), () => "{\"a\":".repeat(DEEP), () => `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`,
	(text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xc3, 0x28, 0xff, 0xfe])]),
	() => Buffer.from([0, 1, 2, 3, 255]), (text) => `${" ".repeat(60_000)}${text}`, () => "x".repeat(70_000),
];

const oddHeaders = [
	["Idempotency-Key", ["", "x".repeat(256), "a b", "\u00e9", "same", "~"]],
	["If-Match", ["*", "W/\"x\"", "\"", "\"\"", "x,y", "\"".repeat(200)]],
	["If-None-Match", ["*", "\"x\", \"y\"", "W/", "\"", ",,,"]],
	["Content-Type", ["", "text/plain", "application/json; charset=utf-16", "application/jsonx", "multipart/form-data", "application/json;"]],
	["Accept", ["", "image/png", "*/*;q=0", "application/json;q=nan", ",,;;", "text/html"]],
	["Authorization", ["", "Bearer", "Bearer x.y.z", "Basic eDp5", "Bearer ..", `Bearer ${"a".repeat(2000)}`]],
	["Cookie", ["=", ";;;", "foodfast_customer=x", "a".repeat(3000)]],
	["Session-Role", ["", "king", "customer,driver", "%00"]],
	["X-Request-Id", ["", "x".repeat(100), "\u00ff", "a b", uuid]],
	["X-Forwarded-For", ["", "unknown", "1.2.3.4, ::1", "x".repeat(200)]],
	["Stripe-Signature", ["", "t=,v1=", "t=99999999999999999999,v1=00", "v1=zz", `t=1,v1=${"a".repeat(64)},`.repeat(20)]],
	["Last-Event-ID", ["", "0/", "x=y", `0/user:${uuid}=99999999999999999999`]],
	["Range", ["bytes=0-", "bytes=5-2", "x"]],
	["Expect", ["100-continue"]],
	["Transfer-Encoding", ["chunked"]],
];

const makers = {
	string: (chance, schema) => schema.examples?.[0] ?? texts[schema.format]?.() ?? textFor(chance, schema),
	integer: (chance, schema) => Math.round(numberFor(chance, schema)),
	number: (chance, schema) => numberFor(chance, schema),
	boolean: (chance) => chance.is(0.5),
	null: () => null,
	array: (chance, schema, fuzzer) => Array.from({ length: Math.floor(chance.between(schema.minItems ?? 0, ITEMS_MAX)) }, () => fuzzer.value(schema.items ?? {})),
	object: (chance, schema, fuzzer) => fuzzer.members(schema),
};

/* A value as a query has it; a lone surrogate is nothing that URLs can say. */
const textOf = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value)).replace(/[\ud800-\udfff]/g, "?");

const texts = { uuid: () => randomUUID(), email: () => `${randomUUID()}@example.com`, "date-time": () => new Date().toISOString() };

const textFor = (chance, { enum: choices, const: fixed, minLength = 1 }) => fixed ?? (choices ? chance.pick(choices) : "abcdefgh".padEnd(minLength, "x"));
const numberFor = (chance, { minimum = 0, maximum = 1000 }) => chance.between(minimum, maximum);

export class Fuzzer {
	/* IDS: parameter's name → ids that there are. */
	constructor(chance, ids) {
		this.chance = chance;
		this.ids = ids;
	}

	/* {path, method, headers, body} for OPERATION. */
	request({ method, path, operation, parameters, takesBody }) {
		const headers = this.#headers(), json = takesBody || this.chance.is(0.1);
		return {
			method,
			path: this.#path(path) + this.#query(parameters),
			body: json ? this.#body(operation) : undefined,
			headers: { ...(json && { "Content-Type": "application/json" }), ...headers },
		};
	}

	/* A value for SCHEMA, or not. */
	value(schema) {
		const { chance } = this, whole = resolved(schema);
		if (!chance.is(GOOD))
			return chance.pick(junk);
		const choice = whole.oneOf ?? whole.anyOf;
		if (choice)
			return this.value(chance.pick(choice));
		if (whole.const !== undefined)
			return whole.const;
		const type = chance.pick([].concat(whole.type ?? (whole.properties ? "object" : "string")));
		return makers[type](chance, whole, this);
	}

	members(schema) {
		const parts = [schema, ...(schema.allOf ?? []).map(resolved)];
		const properties = Object.assign({}, ...parts.map((part) => part.properties));
		const required = new Set(parts.flatMap((part) => part.required ?? []));
		const chosen = Object.keys(properties).filter((name) => this.chance.is(required.has(name) ? 0.95 : 0.5));
		const members = chosen.map((name) => [name, this.ids[name] && this.chance.is(GOOD) ? this.chance.pick(this.ids[name]) : this.value(properties[name])]);
		return Object.fromEntries(this.chance.is(0.1) ? [...members, [this.chance.pick(["colour", "", "id", "\u0000"]), 1]] : members);
	}

	#path(path) {
		return path.replace(/\{(\w+)\}/g, (_, name) => this.chance.pick(this.chance.is(GOOD) ? this.ids[name] ?? [uuid] : oddTexts));
	}

	#query(parameters) {
		const { chance } = this;
		const named = parameters.filter((parameter) => parameter.in === "query" && chance.is(0.5)).map(({ name, schema }) =>
			[name, chance.is(GOOD) ? encodeURIComponent(textOf(this.value(schema ?? {}))) : chance.pick(oddTexts)]);
		/* What would be held is asked for at once. */
		const pairs = [...named, ...(chance.is(0.2) ? [[chance.pick(["limit", "page", "colour", "as", "%00", "after"]), chance.pick(oddTexts)]] : [])]
			.map(([name, text]) => `${name}=${name === "wait" ? 0 : text}`);
		return pairs.length ? `?${pairs.join("&").slice(0, 6000)}` : "";
	}

	#body({ requestBody }) {
		const schema = requestBody?.content?.["application/json"]?.schema;
		const text = JSON.stringify(schema ? this.value(schema) : this.chance.pick(junk));
		return this.chance.is(0.2) ? this.chance.pick(spoilers)(text) : text;
	}

	#headers() {
		const { chance } = this;
		return Object.fromEntries(oddHeaders.filter(() => chance.is(0.06)).map(([name, values]) => [name, chance.pick(values)]));
	}
}
