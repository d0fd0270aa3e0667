/* What a schema does not allow: for each of its rules a value that breaks just that one. */
import { resolved as inOpenapi } from "./openapi.mjs";

/* A rule's name → a value that breaks it, given what the rule says and the whole schema. */
const breakers = {
	type: (type) => ([].concat(type).includes("string") ? 7 : "seven"),
	pattern: () => "!",
	format: () => "nobody",
	enum: () => "nonsense",
	const: () => "nonsense",
	minLength: (least) => "x".repeat(least - 1),
	maxLength: (most) => "x".repeat(most + 1),
	minimum: (least) => least - 1,
	maximum: (most) => most + 1,
	minItems: () => [],
	maxItems: (most, { items }, resolved) => Array(most + 1).fill(resolved(items).examples?.[0] ?? {}),
};

/* [{rule, value}] for SCHEMA; of a choice, its first member's. RESOLVED follows a $ref. */
export function violations(schema, resolved = inOpenapi) {
	const whole = resolved(schema);
	if (whole.oneOf && whole.type === undefined)
		return violations(whole.oneOf[0], resolved);
	return Object.entries(breakers)
		.filter(([rule]) => whole[rule] !== undefined)
		.map(([rule, breaker]) => ({ rule, value: breaker(whole[rule], whole, resolved) }));
}
