/*
 * Restaurants of a test's own, so that nobody else's orders show on their boards. No API makes a restaurant or its
 * staff yet: they come to be by SQL, and from there on are used through the API alone.
 */
import { randomBytes } from "node:crypto";
import { here } from "./instance.mjs";
import { logIn, register } from "./people.mjs";

/* A UUIDv7 (RFC 9562). */
export function newId(milliseconds = Date.now()) {
	const bytes = randomBytes(16);
	bytes.writeUIntBE(milliseconds, 0, 6);
	bytes[6] = 0x70 | (bytes[6] & 0x0f);
	bytes[8] = 0x80 | (bytes[8] & 0x3f);
	return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/* Somebody with a role that no registration gives: restaurant, agent, admin. */
export async function appointed(role, { instance = here, ...changes } = {}) {
	const person = await register({ instance, ...changes });
	await instance.psql(`update account.users set role = '${role}' where user_id = '${person.user.id}'`);
	return logIn({ instance, email: person.email });
}

/* Makes PERSON work at KITCHEN. */
export const hire = (person, kitchen, role) =>
	kitchen.instance.psql(`insert into catalogue.membership (user_id, restaurant_id, role) values ('${person.user.id}', '${kitchen.id}', '${role}')`);

/* Somebody new who works at KITCHEN. */
export async function staffAt(kitchen, role = "staff") {
	const person = await appointed("restaurant", { instance: kitchen.instance });
	await hire(person, kitchen, role);
	return person;
}

/* A city of their own, so that they do not show among the demo's. */
const CITY = "Testerdam";

const owners = new Map();

/* One person owns all the kitchens of a test file: hashing passwords is what costs. */
function sharedOwner(instance) {
	if (!owners.has(instance))
		owners.set(instance, appointed("restaurant", { instance, name: "Olga Owner" }));
	return owners.get(instance);
}

/* A restaurant that is open round the clock: {instance, id, name, owner, items: [{id, name, price}], deliveryFee}. */
export async function newKitchen({ instance = here, minOrder = 0 } = {}) {
	const owner = await sharedOwner(instance);
	const kitchen = {
		instance, owner, id: newId(), sectionId: newId(), deliveryFee: 250, minOrder,
		items: [["Soup", 650], ["Bread", 300], ["Stew", 1475]].map(([name, price]) => ({ id: newId(), name, price })),
	};
	kitchen.name = `Kitchen ${kitchen.id.slice(-12)}`;
	await instance.psql(`begin;
		insert into catalogue.city (city_id, name, currency, timezone, lat, lng)
			values ('${newId()}', '${CITY}', 'EUR', 'Europe/Amsterdam', 52.5, 5.5) on conflict do nothing;
		insert into catalogue.restaurant (restaurant_id, city_id, slug, name, cuisines, phone, address, lat, lng, min_order, delivery_fee)
			select '${kitchen.id}', city_id, '${kitchen.name.toLowerCase().replace(" ", "-")}', '${kitchen.name}', '{testing}',
				'+31201234567', 'Dijk 1, 1300 AA ${CITY}', lat, lng, ${minOrder}, ${kitchen.deliveryFee}
			from catalogue.city where name = '${CITY}';
		insert into catalogue.opening_hours (restaurant_id, day, opens, closes) select '${kitchen.id}', day, '00:00', '00:00' from generate_series(0, 6) day;
		insert into catalogue.menu_section (section_id, restaurant_id, name, position) values ('${kitchen.sectionId}', '${kitchen.id}', 'All day', 1);
		${kitchen.items.map(({ id, name, price }, position) => `insert into catalogue.menu_item (menu_item_id, restaurant_id, section_id, name, price, position)
			values ('${id}', '${kitchen.id}', '${kitchen.sectionId}', '${name}', ${price}, ${position});`).join("\n")}
		commit`);
	await hire(owner, kitchen, "owner");
	return kitchen;
}
