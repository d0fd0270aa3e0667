/*
 * Ten thousand idle streams: what each costs in streamd's own memory, what opening them costs, and how long one event
 * takes to reach them all, beside a bare epoll server that does nothing else. Both over the unix socket on which
 * lighttpd would reach them.
 */
import { ROOT } from "../tests/e2e/lib/instance.mjs";
import { Talker, cpuSeconds, median, privateBytes, table } from "./measure.mjs";

const STREAMS = 10_000;
const EVENTS = 4;

export async function benchFanout(instance) {
	const customer = await instance.signIn("customer");
	const staff = await instance.signIn("restaurant");
	const order = await place(instance, customer, staff);
	const statuses = ["confirmed", "preparing", "ready", "picked_up"]; /* delivered would end the streams */
	const bare = await bareServer(instance);
	const ours = {
		pid: await instance.pid("streamd-1"),
		socket: `${await instance.socketDir()}/streamd-1.http`,
		path: `/stream?channels=order:${order.id}&heartbeat=55`,
		headers: [`Authorization: ${customer.Authorization}`],
		trigger: () => transition(instance, staff, order.id, statuses.shift()),
	};
	const rows = [["", "idle bytes a stream", "open, s", "CPU µs a connect", "first to last of all, ms", "CPU µs a delivery"]];
	for (const [name, server] of [["streamd", ours], ["bare epoll (limit)", bare]])
		rows.push([name, ...await measure(server)]);
	await bare.stop();
	table(`${STREAMS.toLocaleString("en")} idle streams, one event to all of them (median of ${EVENTS})`, rows);
}

async function bareServer(instance) {
	const socket = `${await instance.socketDir()}/bare`;
	const talker = new Talker(`${ROOT}build/bench_bare`, [socket]);
	return { pid: talker.pid, socket, path: "/stream", headers: [], trigger: async () => talker.say(), stop: () => talker.end() };
}

async function measure(server) {
	const before = { bytes: privateBytes(server.pid), cpu: cpuSeconds(server.pid) };
	const clients = new Talker(`${ROOT}build/bench_streams`, [server.socket, String(STREAMS), server.path, ...server.headers]);
	const [, opened] = (await clients.line()).split(" ");
	const bytes = (privateBytes(server.pid) - before.bytes) / STREAMS;
	const connect = (cpuSeconds(server.pid) - before.cpu) / STREAMS;
	const cpu = cpuSeconds(server.pid);
	const spreads = [];
	for (let event = 0; event < EVENTS; event++) {
		clients.say();
		await server.trigger();
		const [, first, last] = (await clients.line()).split(" ").map(Number);
		spreads.push(last - first);
	}
	const delivery = (cpuSeconds(server.pid) - cpu) / (STREAMS * EVENTS);
	await clients.end();
	return [bytes.toFixed(0), opened, micro(connect), median(spreads).toFixed(1), micro(delivery)];
}

/* An order of CUSTOMER in a kitchen of STAFF. */
async function place(instance, customer, staff) {
	const { body: me } = await instance.client.get("/me", staff);
	const kitchen = instance.baskets.findIndex((basket) => basket.restaurant_id === me.memberships[0].restaurant.id);
	const { status, body } = await instance.client.post("/orders", instance.order(kitchen), customer);
	if (status !== 201)
		throw new Error(`an order was answered ${status}`);
	return body;
}

async function transition(instance, headers, id, to) {
	const { status, body } = await instance.client.post(`/orders/${id}/transitions`, { to }, headers);
	if (status !== 200)
		throw new Error(`an order did not become ${to}: ${JSON.stringify(body)}`);
}

function micro(seconds) {
	return (seconds * 1e6).toFixed(1);
}
