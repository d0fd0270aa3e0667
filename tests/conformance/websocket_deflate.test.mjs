/* RFC 7692 over plain sockets: what is agreed on, and compressed messages both ways, judged by another's zlib. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import zlib from "node:zlib";
import { inParallel } from "../e2e/lib/wait.mjs";
import { BINARY, CONTINUATION, PING, PONG, Peer, TEXT, frame, handshake } from "./lib/peer.mjs";
import { startServer } from "./lib/server.mjs";

const MIB = 1 << 20;
const LIMIT = 16 * MIB;
const COMPRESSED = 4;	/* RSV1 */
const TAIL = Buffer.from("0000ffff", "hex");

const { port } = await startServer();

/* A message compressed on its own, without its tail. */
function deflate(payload, options = {}) {
	const bytes = zlib.deflateRawSync(payload, { finishFlush: zlib.constants.Z_SYNC_FLUSH, ...options });
	assert.ok(bytes.subarray(-4).equals(TAIL));
	return bytes.subarray(0, -4);
}

/* With a window of 2^windowBits alone, and output in small chunks: bytes that look back further can't be read. */
const inflate = (bytes, windowBits = 15) => zlib.inflateRawSync(Buffer.concat([bytes, TAIL]),
	{ windowBits, chunkSize: windowBits < 15 ? 64 : 1 << 20, finishFlush: zlib.constants.Z_SYNC_FLUSH });

async function talk(conversation, parameters) {
	const peer = await Peer.deflating(port, parameters);
	try {
		await conversation(peer);
	} finally {
		peer.socket.destroy();
	}
}

/* The next frame is a whole compressed message that says this. */
async function expectCompressed(peer, opcode, payload, windowBits) {
	const got = await peer.next();
	assert.ok(got, "the connection has ended");
	assert.deepEqual({ fin: got.fin, rsv: got.rsv, opcode: got.opcode }, { fin: true, rsv: COMPRESSED, opcode });
	assert.ok(!got.payload.subarray(-4).equals(TAIL), "the tail is not sent");
	assert.ok(inflate(got.payload, windowBits).equals(Buffer.from(payload)));
	return got.payload.length;
}

const fails = (code, bytes) => talk(async (peer) => {
	peer.write(bytes);
	await peer.expectClose(code);
});

describe("CH-03 WebSocket compression is agreed on", () => {
	const agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
	const rows = [
		["permessage-deflate", agreed],
		["permessage-deflate; client_max_window_bits", agreed],
		["permessage-deflate; client_max_window_bits=9; server_no_context_takeover", agreed],
		["permessage-deflate; server_max_window_bits=15", `${agreed}; server_max_window_bits=15`],
		["permessage-deflate; server_max_window_bits=\"10\"", `${agreed}; server_max_window_bits=10`],
		["permessage-deflate; server_max_window_bits=8", `${agreed}; server_max_window_bits=8`],
		["permessage-deflate; server_max_window_bits=7", undefined],
		["permessage-deflate; server_max_window_bits", undefined],
		["permessage-deflate; client_max_window_bits=16", undefined],
		["permessage-deflate; unknown", undefined],
		["permessage-deflate; unknown=1, permessage-deflate; client_max_window_bits", agreed],
		["permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", undefined],
		["permessage-deflate; server_no_context_takeover=1", undefined],
		["x-webkit-deflate-frame", undefined],
		[["x-one, x-two", "permessage-deflate; server_max_window_bits=12"], `${agreed}; server_max_window_bits=12`],
	];

	for (const [offer, answer] of rows) {
		test(`${offer} → ${answer}`, async () => {
			const peer = await Peer.open(port, { headers: { "Sec-WebSocket-Extensions": offer } });
			assert.equal(peer.headers.get("sec-websocket-extensions"), answer);
			await peer.leave();
		});
	}

	test("what can't be read makes no WebSocket", async () => {
		for (const offer of ["permessage-deflate; server_max_window_bits=\"10", "permessage-deflate; =1", "a b", "\"permessage-deflate\""]) {
			const peer = new Peer(port);
			peer.write(`GET /echo HTTP/1.1\r\n${handshake(port, { "Sec-WebSocket-Extensions": offer })}\r\n`);
			await peer.readHead();
			assert.equal(peer.status, 400, offer);
			peer.socket.destroy();
		}
	});
});

describe("CH-03 WebSocket compression, messages", () => {
	const sizes = [0, 1, 16, 64, 125, 126, 127, 128, 256, 1024, 4096, 8192, 16384, 32768, 65535, 65536, 131072, MIB];
	const kinds = {
		JSON: (size) => Buffer.alloc(size, '{"type":"order.placed","seq":1234,"data":{"status":"placed"}},'),
		zeros: (size) => Buffer.alloc(size),
		"what does not compress": (size) => randomBytes(size),
	};

	for (const [kind, make] of Object.entries(kinds)) {
		test(`${kind}, of ${sizes.length} sizes`, () => talk(async (peer) => {
			for (const size of sizes) {
				const payload = make(size);
				peer.send(BINARY, deflate(payload), { rsv: COMPRESSED });
				await expectCompressed(peer, BINARY, payload);
			}
			await peer.leave();
		}));
	}

	for (let bits = 8; bits <= 15; bits++) {
		test(`a window of ${bits} bits, there and back`, () => talk(async (peer) => {
			for (const size of [10, 1000, 70000, 300000]) {
				const payload = Buffer.alloc(size, randomBytes(50));
				randomBytes(Math.min(size, 400)).copy(payload, size >> 1);
				peer.send(BINARY, deflate(payload, { windowBits: Math.max(bits, 9) }), { rsv: COMPRESSED });
				await expectCompressed(peer, BINARY, payload, bits);
			}
			await peer.leave();
		}, `; server_max_window_bits=${bits}; client_max_window_bits`));
	}

	test("it does compress", () => talk(async (peer) => {
		const payload = kinds.JSON(10000);
		peer.send(TEXT, payload);
		assert.ok(await expectCompressed(peer, TEXT, payload) < 300);
		await peer.leave();
	}));

	test("who agreed may still send what is not compressed", () => talk(async (peer) => {
		for (const payload of ["plain", "é".repeat(1000)]) {
			peer.send(TEXT, payload);
			await expectCompressed(peer, TEXT, payload);
			peer.send(TEXT, deflate(payload), { rsv: COMPRESSED });
			await expectCompressed(peer, TEXT, payload);
		}
		await peer.leave();
	}));

	test("a message in fragments, with pings between them, byte by byte", () => talk(async (peer) => {
		const payload = "compressed as a whole, cut anywhere: é ☃ 🍕 ".repeat(20), bytes = deflate(payload);
		for (let step = 1; step < bytes.length; step += 7) {
			for (let at = 0; at < bytes.length; at += step) {
				peer.send(at === 0 ? TEXT : CONTINUATION, bytes.subarray(at, at + step), { rsv: at === 0 ? COMPRESSED : 0, fin: false });
				if (at === 0)
					peer.send(PING, `${step}`);
			}
			peer.send(CONTINUATION, "");
			await peer.expect(PONG, `${step}`);
			await expectCompressed(peer, TEXT, payload);
		}
		await peer.chop(frame(TEXT, bytes, { rsv: COMPRESSED }), 1);
		await expectCompressed(peer, TEXT, payload);
		await peer.leave();
	}));

	test("blocks that are empty, stored, many, or marked as last", () => talk(async (peer) => {
		const forms = { "f248cdc9c90700": "Hello", "000500faff48656c6c6f00": "Hello", "f348cdc9c9070000": "Hello", "f348cdc9c90700": "Hello",
			"f248050000 00ffffcac9c90700": "Hello", "000000ffff000000fffff248cdc9c90700": "Hello", "f348cdc9c90700f348cdc9c9070000": "HelloHello", "00": "", "": "" };
		for (const [hex, text] of Object.entries(forms)) {
			peer.send(TEXT, Buffer.from(hex.replace(" ", ""), "hex"), { rsv: COMPRESSED });
			await expectCompressed(peer, TEXT, text);
		}
		await peer.leave();
	}));

	test("16 MiB that compress well come back, in one frame and in fragments", () => talk(async (peer) => {
		const payload = Buffer.alloc(LIMIT, "0123456789abcdef"), bytes = deflate(payload);
		const echo = async () => {
			const got = await peer.next();
			assert.ok((got.rsv === COMPRESSED ? inflate(got.payload) : got.payload).equals(payload));
		};
		peer.send(BINARY, bytes, { rsv: COMPRESSED });
		await echo();
		for (let at = 0; at < bytes.length; at += 1000)
			peer.send(at === 0 ? BINARY : CONTINUATION, bytes.subarray(at, at + 1000), { rsv: at === 0 ? COMPRESSED : 0, fin: at + 1000 >= bytes.length });
		await echo();
		await peer.leave();
	}));

	test("16 MiB that don't", () => talk(async (peer) => {
		const payload = randomBytes(LIMIT);
		peer.send(BINARY, deflate(payload), { rsv: COMPRESSED });
		const got = await peer.next();
		assert.ok((got.rsv === COMPRESSED ? inflate(got.payload) : got.payload).equals(payload));
		await peer.leave();
	}));

	test("fifty at once keep their messages apart", () => inParallel(50, 50, (i) => talk(async (peer) => {
		for (let n = 0; n < 10; n++) {
			const payload = `${i} says ${n} `.repeat(100), bytes = deflate(payload);
			peer.send(TEXT, bytes.subarray(0, 10), { rsv: COMPRESSED, fin: false });
			peer.send(PING, "halfway");
			await peer.expect(PONG, "halfway");
			peer.send(CONTINUATION, bytes.subarray(10));
			await expectCompressed(peer, TEXT, payload);
		}
		await peer.leave();
	})));
});

describe("CH-03 WebSocket compression, what fails", () => {
	const hello = deflate("Hello");

	test("a compressed frame where nothing was agreed: 1002", async () => {
		const peer = await Peer.open(port);
		peer.send(TEXT, hello, { rsv: COMPRESSED });
		await peer.expectClose(1002);
	});

	test("a bit of compression where it may not be: 1002", async () => {
		await fails(1002, frame(PING, "", { rsv: COMPRESSED }));
		await fails(1002, Buffer.concat([frame(TEXT, hello, { rsv: COMPRESSED, fin: false }), frame(CONTINUATION, "", { rsv: COMPRESSED })]));
		await fails(1002, frame(TEXT, hello, { rsv: COMPRESSED | 2 }));
		await fails(1002, frame(TEXT, hello, { rsv: 1 }));
	});

	test("what can't be decompressed: 1007", async () => {
		for (const hex of ["07", "ff", "48656c6c6f", "f248cdc9", "00050000ff48656c6c6f00", "02130000"])
			await fails(1007, frame(TEXT, Buffer.from(hex, "hex"), { rsv: COMPRESSED }));
	});

	test("a message may not look back into the one before: 1007", () => talk(async (peer) => {
		const stream = zlib.createDeflateRaw();
		const parts = [];
		for (const text of ["the same words twice, at length", "the same words twice, at length"]) {
			const chunks = [];
			stream.on("data", (chunk) => { chunks.push(chunk); });
			stream.write(text);
			await new Promise((resolve) => { stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve); });
			stream.removeAllListeners("data");
			parts.push(Buffer.concat(chunks).subarray(0, -4));
		}
		peer.send(TEXT, parts[0], { rsv: COMPRESSED });
		await expectCompressed(peer, TEXT, "the same words twice, at length");
		peer.send(TEXT, parts[1], { rsv: COMPRESSED });
		await peer.expectClose(1007);
	}));

	test("text that is no UTF-8 once decompressed: 1007", async () => {
		await fails(1007, frame(TEXT, deflate(Buffer.from("cebae1bdb9eda080", "hex")), { rsv: COMPRESSED }));
		await fails(1007, frame(TEXT, deflate(Buffer.from("e282", "hex")), { rsv: COMPRESSED }));
	});

	test("text that is no UTF-8 and not compressed: 1007", () => fails(1007, frame(TEXT, Buffer.from("eda080", "hex"))));

	test("a bomb: 1009", async () => {
		const bomb = deflate(Buffer.alloc(LIMIT + 1));
		assert.ok(bomb.length < 20000);
		await fails(1009, frame(BINARY, bomb, { rsv: COMPRESSED }));
		await fails(1009, Buffer.concat([frame(BINARY, bomb.subarray(0, 5000), { rsv: COMPRESSED, fin: false }), frame(CONTINUATION, bomb.subarray(5000))]));
	});

	test("more than could be a message even compressed: 1009", () => fails(1009, frame(BINARY, "", { rsv: COMPRESSED, size: LIMIT * 2 })));
	test("more than the limit, not compressed: 1009", () => fails(1009, frame(BINARY, "", { size: LIMIT + 1 })));
});
