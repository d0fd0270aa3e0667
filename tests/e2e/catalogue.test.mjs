/* Cities, restaurants and menus to read; what staff change in them. */
import assert from "node:assert/strict";
import test from "node:test";
import { isId, isMoney, ok, pointsAt, problem } from "./lib/assert.mjs";
import { Client } from "./lib/client.mjs";
import { here } from "./lib/instance.mjs";
import { newKitchen, staffAt } from "./lib/kitchens.mjs";
import { place, placeReply } from "./lib/orders.mjs";
import { customer } from "./lib/people.mjs";

const nobody = new Client();
/* All items of a list, page by page. */
async function pages(person, path, limit) {
	const items = [];
	let page = "";
	do {
		const body = ok(await person.get(`${path}limit=${limit}${page && `&page=${encodeURIComponent(page)}`}`));
		assert.ok(body.items.length <= limit);
		items.push(...body.items);
		page = body.next;
	} while (page !== null);
	return items;
}

const list = (query = "") => pages(nobody, `/restaurants?${query && `${query}&`}`, 100);

test("OT-01 the cities, with their places", async () => {
	const { items } = ok(await nobody.get("/cities"));
	assert.ok(items.length >= 2);
	for (const city of items) {
		isId(city.id);
		assert.deepEqual(Object.keys(city).sort(), ["id", "lat", "lng", "name"]);
	}
	assert.ok(items.some(({ name }) => name === "Amsterdam") && items.some(({ name }) => name === "London"));
});

test("OT-01 a dozen restaurants and more, each as the contract has it", async () => {
	const items = await list();
	assert.ok(items.length >= 12);
	for (const restaurant of items) {
		isId(restaurant.id);
		for (const [field, type] of Object.entries({ name: "string", slug: "string", lat: "number", lng: "number", open: "boolean", accepting_orders: "boolean" }))
			assert.equal(typeof restaurant[field], type, `${field} of ${restaurant.name}`);
		assert.ok(Array.isArray(restaurant.cuisines));
		assert.equal(restaurant.distance_m, undefined, "no distance from nowhere");
	}
});

test("OT-01 restaurants are found by words, city, cuisine, distance and whether they are open", async () => {
	const kitchen = await newKitchen();
	assert.deepEqual((await list(`q=${encodeURIComponent(kitchen.name)}`)).map(({ id }) => id), [kitchen.id]);
	const { items: cities } = ok(await nobody.get("/cities"));
	for (const city of cities) {
		const [byName, byId] = [await list(`city=${city.name}`), await list(`city=${city.id}`)];
		assert.ok(byName.length > 0);
		assert.deepEqual(byId.map(({ id }) => id).sort(), byName.map(({ id }) => id).sort());
	}
	assert.ok((await list("cuisine=testing")).some(({ id }) => id === kitchen.id));
	assert.deepEqual(await list("cuisine=nonesuch"), []);
	assert.deepEqual(await list("q=zzzzqqqqxxxx"), []);
	assert.ok((await list("open_now=true")).every(({ open }) => open));
	const near = await list("lat=52.37&lng=4.89&radius_m=3000&sort=distance");
	assert.ok(near.length > 0);
	assert.ok(near.every(({ distance_m }) => Number.isInteger(distance_m) && distance_m <= 3000));
	assert.deepEqual(near.map(({ distance_m }) => distance_m), near.map(({ distance_m }) => distance_m).sort((a, b) => a - b));
});

test("OT-01 words for search are data, whatever they hold", async () => {
	for (const words of ["'", "%", "_", "\\", "' or 1=1 --", "%%%%", "(((", "a & | !", "🍜", "ß", "x".repeat(100)])
		ok(await nobody.get(`/restaurants?q=${encodeURIComponent(words)}`));
});

test("OT-01 search parameters are checked", async () => {
	for (const query of ["lat=91&lng=0", "lat=1", "lng=1", "lat=x&lng=y", "lat=1&lng=1&radius_m=-1", "lat=1&lng=1&radius_m=1e9", "sort=colour", "open_now=maybe", "sort=distance", "radius_m=100"])
		problem(await nobody.get(`/restaurants?${query}`), 400);
});

for (const query of ["", "sort=name", "sort=rating", "lat=52.37&lng=4.89&sort=distance", "city=Amsterdam&sort=name"])
	test(`OT-21 pages of restaurants (${query || "unsorted"}) show each once`, async () => {
		const ids = (items) => items.filter(({ cuisines }) => !cuisines.includes("testing")).map(({ id }) => id);
		const all = ids(await list(query));
		assert.ok(all.length >= 5);
		assert.equal(new Set(all).size, all.length);
		assert.deepEqual(ids(await pages(nobody, `/restaurants?${query && `${query}&`}`, 3)), all);
	});

test("OT-01 one restaurant, with its hours and what it asks for", async () => {
	const kitchen = await newKitchen();
	const restaurant = ok(await nobody.get(`/restaurants/${kitchen.id}`));
	assert.equal(restaurant.timezone, "Europe/Amsterdam");
	assert.equal(restaurant.hours.length, 7);
	for (const { day, opens, closes } of restaurant.hours) {
		assert.ok(day >= 0 && day <= 6);
		assert.match(`${opens} ${closes}`, /^\d\d:\d\d \d\d:\d\d$/);
	}
	isMoney(restaurant.min_order);
	isMoney(restaurant.delivery_fee);
	for (const field of ["description", "phone"])
		assert.equal(typeof restaurant[field], "string");
	assert.ok(restaurant.address);
	assert.equal(restaurant.open, true);
});

test("OT-01 a menu, by sections", async () => {
	const demo = (await list("city=London")).find(({ cuisines }) => !cuisines.includes("testing"));
	const menu = ok(await nobody.get(`/restaurants/${demo.id}/menu`));
	assert.equal(menu.restaurant_id, demo.id);
	assert.equal(menu.currency, "GBP");
	assert.ok(menu.sections.length > 0);
	for (const section of menu.sections) {
		isId(section.id);
		for (const item of section.items) {
			isId(item.id);
			isMoney(item.price);
			assert.deepEqual(Object.keys(item).sort(), ["available", "description", "id", "image", "name", "price"]);
		}
	}
});

test("AC-21 OT-11 restaurants, menus and lists have ETags that change with them and with nothing else", async () => {
	const kitchen = await newKitchen();
	const staff = await staffAt(kitchen, "owner");
	for (const [path, change] of [
		[`/restaurants/${kitchen.id}`, () => staff.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false })],
		[`/restaurants/${kitchen.id}/menu`, () => staff.patch(`/menu-items/${kitchen.items[0].id}`, { price: 700 })],
	]) {
		const first = await nobody.get(path);
		ok(await nobody.get(path, { "If-None-Match": first.headers.etag }), 304);
		ok(await change());
		const second = await nobody.get(path, { "If-None-Match": first.headers.etag });
		ok(second);
		assert.notEqual(second.headers.etag, first.headers.etag);
	}
	const cities = await nobody.get("/cities");
	ok(await nobody.get("/cities", { "If-None-Match": cities.headers.etag }), 304);
});

test("OT-01 RN-04 pausing a restaurant shows in the next read and counts for the next order", async () => {
	const kitchen = await newKitchen();
	const ana = await customer();
	assert.equal(ok(await kitchen.owner.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false })).accepting_orders, false);
	assert.equal(ok(await nobody.get(`/restaurants/${kitchen.id}`)).accepting_orders, false);
	problem(await placeReply(ana, kitchen), 422);
	ok(await kitchen.owner.patch(`/restaurants/${kitchen.id}`, { accepting_orders: true }));
	await place(ana, kitchen);
});

test("OT-01 an item that is sold out shows in the next read and counts for the next order", async () => {
	const kitchen = await newKitchen();
	const [soup] = kitchen.items;
	assert.equal(ok(await kitchen.owner.patch(`/menu-items/${soup.id}`, { available: false })).available, false);
	const menu = ok(await nobody.get(`/restaurants/${kitchen.id}/menu`));
	assert.equal(menu.sections[0].items.find(({ id }) => id === soup.id).available, false);
	pointsAt(problem(await placeReply(await customer(), kitchen), 422), "/items/0/menu_item_id");
});

test("OT-01 staff add an item, change it and take it away; each shows in the next menu", async () => {
	const kitchen = await newKitchen();
	const menu = async () => ok(await nobody.get(`/restaurants/${kitchen.id}/menu`)).sections.flatMap(({ items }) => items);
	const created = await kitchen.owner.post(`/restaurants/${kitchen.id}/menu-items`, { section_id: kitchen.sectionId, name: "Pie", description: "Warm", price: 550 });
	const pie = ok(created, 201);
	assert.ok((await menu()).some(({ id, price }) => id === pie.id && price === 550));
	assert.equal(ok(await kitchen.owner.patch(`/menu-items/${pie.id}`, { name: "Apple pie", price: 600 })).price, 600);
	assert.equal((await menu()).find(({ id }) => id === pie.id).name, "Apple pie");
	ok(await kitchen.owner.delete(`/menu-items/${pie.id}`), 204);
	assert.ok(!(await menu()).some(({ id }) => id === pie.id));
	problem(await kitchen.owner.patch(`/menu-items/${pie.id}`, { price: 1 }), 404);
	for (const changes of [{ price: -1 }, { price: 1.5 }, { price: "600" }, { name: "" }, { available: "yes" }])
		pointsAt(problem(await kitchen.owner.patch(`/menu-items/${kitchen.items[0].id}`, changes), 422), `/${Object.keys(changes)[0]}`);
});

test("OT-01 hours are set whole, checked, and decide about orders", async () => {
	const kitchen = await newKitchen();
	const path = `/restaurants/${kitchen.id}/hours`;
	const hours = [{ day: 1, opens: "11:00", closes: "14:00" }, { day: 1, opens: "17:00", closes: "23:00" }, { day: 5, opens: "18:00", closes: "02:00" }];
	ok(await kitchen.owner.put(path, { hours }));
	assert.deepEqual(ok(await nobody.get(`/restaurants/${kitchen.id}`)).hours, hours);
	for (const wrong of [[{ day: 7, opens: "11:00", closes: "12:00" }], [{ day: 1, opens: "25:00", closes: "26:00" }], [{ day: 1, opens: "11", closes: "12" }], "always"])
		problem(await kitchen.owner.put(path, { hours: wrong }), 422);
	ok(await kitchen.owner.put(path, { hours: [] }));
	assert.equal(ok(await nobody.get(`/restaurants/${kitchen.id}`)).open, false);
	problem(await placeReply(await customer(), kitchen), 422);
});

test("AC-22 only a restaurant's own staff change it", async () => {
	const kitchen = await newKitchen();
	const stranger = await staffAt(await newKitchen(), "owner");
	const attempts = [["PATCH", `/restaurants/${kitchen.id}`, { accepting_orders: false }], ["PUT", `/restaurants/${kitchen.id}/hours`, { hours: [] }],
		["POST", `/restaurants/${kitchen.id}/menu-items`, { section_id: kitchen.sectionId, name: "Pie", price: 1 }],
		["PATCH", `/menu-items/${kitchen.items[0].id}`, { price: 1 }], ["DELETE", `/menu-items/${kitchen.items[0].id}`]];
	for (const [method, path, body] of attempts) {
		const reply = await stranger.send(method, path, body);
		assert.ok([403, 404].includes(reply.status), `${method} ${path}: ${reply.status}`);
		problem(reply, reply.status);
	}
	const menu = ok(await nobody.get(`/restaurants/${kitchen.id}/menu`));
	assert.equal(menu.sections[0].items[0].price, kitchen.items[0].price);
});

test("AC-21 If-Match guards restaurants and items against a change in between", async () => {
	const kitchen = await newKitchen();
	const { etag } = (await nobody.get(`/restaurants/${kitchen.id}`)).headers;
	ok(await kitchen.owner.patch(`/restaurants/${kitchen.id}`, { accepting_orders: false }, { "If-Match": etag }));
	problem(await kitchen.owner.patch(`/restaurants/${kitchen.id}`, { accepting_orders: true }, { "If-Match": etag }), 412, "precondition_failed");
	problem(await kitchen.owner.patch(`/menu-items/${kitchen.items[0].id}`, { price: 1 }, { "If-Match": '"other"' }), 412, "precondition_failed");
});

test("DV-10 the pages and their scripts are served as static files", async () => {
	for (const path of ["/", "/customer.html", "/restaurant.html", "/js/api.js", "/js/stream.js"]) {
		const reply = await nobody.fetch(path);
		ok(reply);
		assert.match(reply.headers["content-type"], path.endsWith(".js") ? /javascript/ : /html/);
	}
	assert.match((await nobody.fetch("/customer.html")).headers["content-security-policy"], /default-src 'none'|default-src 'self'/);
	assert.equal(here.port, Number(here.url.port));
});
