/* What the contenders need of the instance: it, the one customer whose channel all clients watch, and a token for each client. */
import { writeFileSync } from "node:fs";
import { read, reforge } from "../tests/e2e/lib/tokens.mjs";

const TOKENS = 10_000;

export function streamsContext(instance) {
	const [customer] = instance.customers;
	const { exp } = read(customer.token).claims;
	const tokens = `${instance.runDir}/tokens`;
	writeFileSync(tokens, Array.from({ length: TOKENS }, (_, index) =>
		`Authorization: Bearer ${reforge(instance, customer.token, { claims: { exp: exp - index } })}\n`).join(""));
	return { instance, customer, tokens };
}
