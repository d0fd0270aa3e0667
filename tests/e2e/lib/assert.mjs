/* Assertions in the contract's words. On failure they show the whole answer. */
import assert from "node:assert/strict";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const shown = ({ status, headers, text }) => `got ${status} ${JSON.stringify(headers)}\n${text?.slice(0, 2000)}`;

/* The answer has STATUS; gives its body back. */
export function ok(reply, status = 200) {
	assert.equal(reply.status, status, `wanted ${status}, ${shown(reply)}`);
	return reply.body;
}

/* The answer is a problem (RFC 9457) of STATUS and, where named, CODE; gives it back. */
export function problem(reply, status, code) {
	assert.equal(reply.status, status, `wanted ${status} ${code ?? ""}, ${shown(reply)}`);
	assert.match(reply.headers["content-type"] ?? "", /^application\/problem\+json\b/, shown(reply));
	const { body } = reply;
	for (const member of ["type", "title", "detail", "code"])
		assert.equal(typeof body[member], "string", `${member} of ${shown(reply)}`);
	assert.equal(body.status, status, shown(reply));
	assert.match(body.code, /^[a-z][a-z0-9_]*$/, shown(reply));
	if (code !== undefined)
		assert.equal(body.code, code, shown(reply));
	if (status === 401)
		assert.match(reply.headers["www-authenticate"] ?? "", /^Bearer\b/, shown(reply));
	if (status === 405)
		assert.ok(reply.headers.allow, shown(reply));
	if (status === 429 || status === 503)
		assert.match(reply.headers["retry-after"] ?? "", /^\d+$/, shown(reply));
	return body;
}

/* The problem names the bad field by its JSON pointer. */
export function pointsAt(body, pointer) {
	const pointers = (body.errors ?? []).map((error) => error.pointer);
	assert.ok(pointers.includes(pointer), `${pointer} in ${JSON.stringify(body)}`);
	for (const error of body.errors)
		assert.equal(typeof error.detail, "string");
}

export function isId(value) {
	assert.match(value, UUID_V7);
}

export function isTime(value) {
	assert.match(value, TIME);
	assert.ok(!Number.isNaN(Date.parse(value)));
}

/* Minor units: a whole number. */
export function isMoney(value) {
	assert.ok(Number.isSafeInteger(value), `${value} is no amount`);
}
