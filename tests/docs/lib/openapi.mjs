/* The OpenAPI document: its operations, and the judgement whether an answer is one that it describes. */
import assert from "node:assert/strict";
import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";
import { read } from "./markdown.mjs";

const METHODS = ["get", "put", "post", "delete", "patch"];

export const openapi = parse(read("docs/api/openapi.yaml"));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(openapi, "openapi");

export const resolved = (part) => (part?.$ref === undefined ? part
	: part.$ref.slice(2).split("/").reduce((place, name) => place[name], openapi));

const pointer = (...names) => names.map((name) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

/* Fails with all complaints when VALUE is not as the schema at PLACE (names from the root of the document) says. */
export function conforms(value, place, what) {
	const validate = ajv.getSchema(`openapi#/${pointer(...place)}`);
	assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors, { dataVar: "it" })}\n${JSON.stringify(value, null, 1)}`);
}

/* [{id, method, path, statuses, takesBody, parameters}]: every operation, with the parameters of its path. */
export const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
	METHODS.filter((method) => item[method]).map((method) => {
		const operation = item[method];
		return {
			id: operation.operationId, method: method.toUpperCase(), path,
			isOpen: operation.security?.length === 0,
			takesBody: operation.requestBody !== undefined,
			parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolved),
			statuses: Object.keys(operation.responses).filter((status) => status !== "default"),
			operation,
		};
	}));

/* Where RESPONSE of an operation stands in the document, its $ref followed. */
function placeOf({ path, method, operation }, status) {
	const response = operation.responses[status];
	return response.$ref?.slice(2).split("/") ?? ["paths", path, method.toLowerCase(), "responses", status];
}

/* REPLY to OPERATION is one that the document describes: its status, its headers, its body. */
export function describes(operation, reply) {
	const what = `${operation.id} ${reply.status} ${reply.text?.slice(0, 500)}`;
	const place = placeOf(operation, operation.statuses.includes(String(reply.status)) ? String(reply.status) : "default");
	const response = place.reduce((part, name) => part[name], openapi);
	assert.ok(reply.headers["x-request-id"], `${what}: no X-Request-Id`);
	for (const [name, reference] of Object.entries(response.headers ?? {})) {
		const header = resolved(reference);
		const value = reply.headers[name.toLowerCase()];
		assert.ok(value !== undefined || !header.required, `${what}: no ${name}`);
		if (value !== undefined)
			conforms(value, [...(reference.$ref?.slice(2).split("/") ?? [...place, "headers", name]), "schema"], `${what}: ${name}`);
	}
	if (response.content === undefined) {
		assert.equal(reply.text, "", `${what}: a body where none is described`);
		return;
	}
	const type = (reply.headers["content-type"] ?? "").replace(/;.*/, "");
	assert.ok(response.content[type], `${what}: content type ${type}`);
	conforms(reply.body ?? reply.text, [...place, "content", type, "schema"], what);
}
