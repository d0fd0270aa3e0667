/* The people of the page tests: a kitchen of the test's own, its staff, and a customer with an address. */
import { newKitchen, staffAt } from "../e2e/lib/kitchens.mjs";
import { addressInAmsterdam, customer } from "../e2e/lib/people.mjs";
import { ok } from "../e2e/lib/assert.mjs";

export async function hungryCustomer(changes) {
	const ana = await customer(changes);
	ok(await ana.post("/me/addresses", addressInAmsterdam()), 201);
	return ana;
}

export { newKitchen, staffAt };
