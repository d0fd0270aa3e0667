/* RFC 6455 to the letter, over plain sockets: the server at /echo says again what it hears. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { inParallel, until } from "../e2e/lib/wait.mjs";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, Peer, TEXT, closing, frame, handshake } from "./lib/peer.mjs";
import { startServer } from "./lib/server.mjs";

/* Its allocator keeps what was freed for a while, so that memory says nothing. */
const HAS_ASAN = process.env.FOODFAST_ASAN === "1";
const MIB = 1 << 20;
const LIMIT = 16 * MIB;

const { port, memoryKib } = await startServer();

/* Opens a peer, runs TALK with it, and lets go of it. */
async function talk(conversation, options) {
	const peer = await Peer.open(port, options);
	try {
		await conversation(peer);
	} finally {
		peer.socket.destroy();
	}
}

/* What is sent fails the connection with CODE; before that, what was good is answered. */
const fails = (code, bytes, { after = [], chop } = {}) => talk(async (peer) => {
	if (chop)
		await peer.chop(bytes, chop);
	else
		peer.write(bytes);
	for (const [opcode, payload] of after)
		await peer.expect(opcode, payload);
	await peer.expectClose(code);
});

async function answerTo(request) {
	const peer = new Peer(port);
	peer.write(request);
	await peer.readHead();
	peer.socket.destroy();
	return peer;
}

describe("CH-03 WebSocket handshake", () => {
	test("what makes no WebSocket is refused, and told how", async () => {
		const rows = [
			["no Upgrade", 426, { Upgrade: undefined }],
			["another protocol", 426, { Upgrade: "h2c" }],
			["version 8", 426, { "Sec-WebSocket-Version": "8" }],
			["no version", 426, { "Sec-WebSocket-Version": undefined }],
			["no Connection", 400, { Connection: undefined }],
			["another Connection", 400, { Connection: "keep-alive" }],
			["no key", 400, { "Sec-WebSocket-Key": undefined }],
			["a short key", 400, { "Sec-WebSocket-Key": "AAAA" }],
			["two keys", 400, { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] }],
			["no Host", 400, { Host: undefined }],
			["extensions that can't be read", 400, { "Sec-WebSocket-Extensions": "permessage-deflate;;" }],
		];
		for (const [name, status, headers] of rows) {
			const answer = await answerTo(`GET /echo HTTP/1.1\r\n${handshake(port, headers)}\r\n`);
			assert.equal(answer.status, status, name);
			if (status !== 426)
				continue;
			assert.equal(answer.headers.get("sec-websocket-version"), "13", name);
			assert.equal(answer.headers.get("upgrade"), "websocket", name);
		}
	});

	test("neither another method nor HTTP/1.0 makes one", async () => {
		assert.equal((await answerTo(`POST /echo HTTP/1.1\r\n${handshake(port)}\r\n`)).status, 405);
		assert.equal((await answerTo(`HEAD /echo HTTP/1.1\r\n${handshake(port)}\r\n`)).status, 400);
		assert.equal((await answerTo(`GET /echo HTTP/1.0\r\n${handshake(port)}\r\n`)).status, 400);
	});

	test("words of lists count in any case, in any line", () => talk((peer) => peer.leave(),
		{ headers: { Upgrade: ["h2c", "WebSocket"], Connection: ["keep-alive, uPGRADE", "x"] } }));

	test("a subprotocol is chosen where it is known, and only there", async () => {
		const offers = { "echo.v1": "echo.v1", "chat, echo.v1": "echo.v1", "chat": undefined, "Echo.v1": undefined };
		for (const [offer, choice] of Object.entries(offers))
			await talk((peer) => assert.equal(peer.headers.get("sec-websocket-protocol"), choice),
				{ headers: { "Sec-WebSocket-Protocol": offer } });
		await talk((peer) => assert.equal(peer.headers.has("sec-websocket-protocol"), false));
	});

	test("a handshake byte by byte, and frames right behind it", async () => {
		await talk(async (peer) => {
			await peer.expect(TEXT, "early");
			await peer.leave();
		}, { early: frame(TEXT, "early") });
		const peer = new Peer(port);
		await peer.chop(Buffer.from(`GET /echo HTTP/1.1\r\n${handshake(port)}\r\n`), 1);
		await peer.readHead();
		assert.equal(peer.status, 101);
		await peer.leave();
	});

	test("whoever asks for localhost reaches it, by whichever address", async () => {
		assert.equal((await fetch(`http://localhost:${port}/echo`)).status, 426);
	});
});

describe("CH-03 WebSocket frames", () => {
	const sizes = [0, 1, 125, 126, 127, 128, 65535, 65536, MIB];

	for (const size of sizes) {
		test(`${size} bytes come back, as text and as binary`, () => talk(async (peer) => {
			const text = Buffer.alloc(size, "*#0123456789abcdef"), binary = randomBytes(size);
			peer.send(TEXT, text);
			await peer.expect(TEXT, text);
			peer.send(BINARY, binary);
			await peer.expect(BINARY, binary);
			await peer.leave();
		}));
	}

	test("however a frame is chopped on its way", () => talk(async (peer) => {
		for (const [size, chop] of [[5, 1], [300, 1], [65535, 997], [65536, 1000], [70000, 16384]]) {
			const payload = randomBytes(size);
			await peer.chop(frame(BINARY, payload), chop);
			await peer.expect(BINARY, payload);
		}
		await peer.leave();
	}));

	test("a thousand messages in one write, answered in order", () => talk(async (peer) => {
		const payloads = Array.from({ length: 1000 }, (_, i) => `message ${i}`);
		peer.write(Buffer.concat(payloads.map((payload) => frame(TEXT, payload))));
		for (const payload of payloads)
			await peer.expect(TEXT, payload);
		await peer.leave();
	}));

	test("a frame without a mask fails with 1002", () => fails(1002, frame(TEXT, "Hello", { masked: false })));
	test("so does a ping without one", () => fails(1002, frame(PING, "", { masked: false })));

	test("a length that is not the shortest fails with 1002", async () => {
		await fails(1002, frame(BINARY, "Hello", { lengthBytes: 2 }));
		await fails(1002, frame(BINARY, "Hello", { lengthBytes: 8 }));
		await fails(1002, frame(BINARY, randomBytes(300), { lengthBytes: 8 }));
		await fails(1002, frame(PING, "Hello", { lengthBytes: 2 }));
	});
});

describe("CH-03 WebSocket pings", () => {
	for (const [name, payload] of [["without a payload", ""], ["with text", "Hello"], ["with binary", "\x00\xff\xfe\xfd"], ["of 125 bytes", "\xfe".repeat(125)]]) {
		test(`a ping ${name} is answered with the same`, () => talk(async (peer) => {
			peer.send(PING, Buffer.from(payload, "latin1"));
			await peer.expect(PONG, Buffer.from(payload, "latin1"));
			await peer.chop(frame(PING, Buffer.from(payload, "latin1")), 1);
			await peer.expect(PONG, Buffer.from(payload, "latin1"));
			await peer.leave();
		}));
	}

	test("a ping of 126 bytes fails with 1002", () => fails(1002, frame(PING, Buffer.alloc(126))));

	test("ten pings are ten pongs, in order", () => talk(async (peer) => {
		const payloads = Array.from({ length: 10 }, (_, i) => `payload ${i}`);
		peer.write(Buffer.concat(payloads.map((payload) => frame(PING, payload))));
		for (const payload of payloads)
			await peer.expect(PONG, payload);
		await peer.chop(Buffer.concat(payloads.map((payload) => frame(PING, payload))), 1);
		for (const payload of payloads)
			await peer.expect(PONG, payload);
		await peer.leave();
	}));

	test("pongs that nobody asked for are passed over", () => talk(async (peer) => {
		peer.write(Buffer.concat([frame(PONG), frame(PONG, "unsolicited"), frame(PING, "ping"), frame(PONG, "x".repeat(125))]));
		await peer.expect(PONG, "ping");
		await peer.leave();
	}));

	test("a flood of pings from who reads nothing makes nothing grow, and its last is answered", () => talk(async (peer) => {
		const before = memoryKib(), count = 200_000;
		peer.socket.pause();
		for (let sent = 0; sent < count; sent += 1000) {
			const drained = peer.socket.write(Buffer.concat(Array.from({ length: 1000 }, () => frame(PING, "x".repeat(120)))));
			if (!drained)
				await new Promise((resolve) => { peer.socket.once("drain", resolve); });
		}
		peer.send(PING, "the last");
		peer.send(TEXT, "and a text");
		if (!HAS_ASAN)
			assert.ok(memoryKib() - before < 4096, `${memoryKib() - before} KiB more`);
		peer.socket.resume();
		let pongs = 0, got = await peer.next();
		for (; got.opcode === PONG && got.payload.length === 120; got = await peer.next())
			pongs++;
		assert.ok(pongs <= count);
		const rest = [got, await peer.next()].map(({ opcode, payload }) => `${opcode} ${payload}`).sort();
		assert.deepEqual(rest, [`${TEXT} and a text`, `${PONG} the last`].sort());
		await peer.leave();
	}));
});

describe("CH-03 WebSocket reserved bits and opcodes", () => {
	for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
		test(`reserved bits ${rsv} fail with 1002, behind what was good`, async () => {
			await fails(1002, frame(TEXT, "Hello", { rsv }));
			await fails(1002, Buffer.concat([frame(TEXT, "good"), frame(TEXT, "bad", { rsv }), frame(PING)]), { after: [[TEXT, "good"]] });
			await fails(1002, Buffer.concat([frame(TEXT, "good"), frame(BINARY, "bad", { rsv })]), { after: [[TEXT, "good"]], chop: 1 });
			await fails(1002, frame(PING, "Hello", { rsv }));
			await fails(1002, frame(CLOSE, "", { rsv }));
		});
	}

	for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
		test(`opcode ${opcode} fails with 1002, behind what was good`, async () => {
			await fails(1002, frame(opcode, ""));
			await fails(1002, Buffer.concat([frame(TEXT, "good"), frame(opcode, "bad"), frame(PING)]), { after: [[TEXT, "good"]] });
		});
	}
});

describe("CH-03 WebSocket fragments", () => {
	const parts = (...texts) => Buffer.concat(texts.map((text, i) =>
		frame(i === 0 ? TEXT : CONTINUATION, text, { fin: i === texts.length - 1 })));

	for (const texts of [["frag", "ment"], ["", "x", ""], ["", "", ""], ["a", "", "b", "", "c"]]) {
		test(`a text in ${texts.length} parts: ${JSON.stringify(texts)}`, () => talk(async (peer) => {
			peer.write(parts(...texts));
			await peer.expect(TEXT, texts.join(""));
			await peer.chop(parts(...texts), 1);
			await peer.expect(TEXT, texts.join(""));
			await peer.leave();
		}));
	}

	test("a ping between parts is answered before the whole", () => talk(async (peer) => {
		peer.send(TEXT, "one ", { fin: false });
		peer.send(PING, "now");
		await peer.expect(PONG, "now");
		peer.send(CONTINUATION, "two", { fin: false });
		peer.send(PONG, "");
		peer.send(PING, "and now");
		await peer.expect(PONG, "and now");
		peer.send(CONTINUATION, "", { fin: true });
		await peer.expect(TEXT, "one two");
		await peer.leave();
	}));

	test("a Close between parts ends it", () => talk(async (peer) => {
		peer.send(TEXT, "one ", { fin: false });
		peer.send(CLOSE, closing(1001));
		await peer.expectClose(1001);
	}));

	test("65,536 fragments of 64 bytes, and pings among them", () => talk(async (peer) => {
		const payload = randomBytes(65536 * 64), frames = [];
		for (let i = 0; i < 65536; i++) {
			frames.push(frame(i === 0 ? BINARY : CONTINUATION, payload.subarray(i * 64, i * 64 + 64), { fin: i === 65535 }));
			if (i % 16384 === 100)
				frames.push(frame(PING, `${i}`));
		}
		peer.write(Buffer.concat(frames));
		for (const i of [100, 16484, 32868, 49252])
			await peer.expect(PONG, `${i}`);
		await peer.expect(BINARY, payload);
		await peer.leave();
	}));

	test("what breaks the order fails with 1002", async () => {
		await fails(1002, frame(CONTINUATION, "of nothing"));
		await fails(1002, frame(CONTINUATION, "of nothing", { fin: false }));
		await fails(1002, Buffer.concat([parts("a", "b"), frame(CONTINUATION, "c")]), { after: [[TEXT, "ab"]] });
		await fails(1002, Buffer.concat([frame(TEXT, "a", { fin: false }), frame(TEXT, "b")]));
		await fails(1002, Buffer.concat([frame(TEXT, "a", { fin: false }), frame(BINARY, "b", { fin: false })]));
	});

	test("a control frame in parts fails with 1002", async () => {
		await fails(1002, frame(PING, "a", { fin: false }));
		await fails(1002, frame(PONG, "a", { fin: false }));
		await fails(1002, frame(CLOSE, "", { fin: false }));
	});
});

describe("CH-03 WebSocket UTF-8", () => {
	const valid = ["κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\u0000", "\u0080", "߿", "ࠀ", "￿",
		"\u{10000}", "\u{10ffff}", "퟿", "\ue000", "�", "🍕🍜🥗", "\u{1fffe}\u{fdd0}"];
	const invalid = ["80", "bf", "c0", "c080", "c1bf", "e08080", "e09fbf", "eda080", "edbfbf",
		"eda080edb080", "f0808080", "f08fbfbf", "f4908080", "f5808080",
		"f8888080", "fc8480808080", "fe", "ff", "cebae1bdb9cf83cebcceb5eda080656469746564",
		"c3", "e282", "f09f98", "c328", "e28228", "e2288a", "f0288cbc", "6180", "31323334353637e9"];

	test("what is valid comes back, whole and cut within characters", () => talk(async (peer) => {
		for (const text of valid) {
			const bytes = Buffer.from(text);
			peer.send(TEXT, bytes);
			await peer.expect(TEXT, bytes);
			for (let i = 0; i <= bytes.length; i++)
				peer.send(i === 0 ? TEXT : CONTINUATION, bytes.subarray(i, i + 1), { fin: i === bytes.length });
			await peer.expect(TEXT, bytes);
		}
		await peer.leave();
	}));

	for (const hex of invalid) {
		test(`${hex} fails with 1007, in one frame and in parts`, async () => {
			const bytes = Buffer.from(hex, "hex");
			await fails(1007, frame(TEXT, bytes));
			await fails(1007, Buffer.concat([frame(TEXT, bytes.subarray(0, 1), { fin: false }),
				frame(CONTINUATION, bytes.subarray(1), { fin: false }), frame(CONTINUATION, "")]));
			await talk(async (peer) => {
				peer.send(BINARY, bytes);
				await peer.expect(BINARY, bytes);
			});
		});
	}

	test("it is seen at once, in the middle of a frame that is not here yet", async () => {
		const bad = Buffer.concat([Buffer.from("κόσμε"), Buffer.from("f490", "hex")]);
		await fails(1007, frame(TEXT, bad, { size: 1000 }));
		await fails(1007, frame(TEXT, bad, { size: 1000 }), { chop: 1 });
		await fails(1007, Buffer.concat([frame(TEXT, "good ", { fin: false }), frame(CONTINUATION, bad, { size: 70000 })]));
		await fails(1007, Buffer.concat([frame(TEXT, Buffer.concat([Buffer.alloc(50000, "a"), bad]), { size: LIMIT })]));
	});

	test("a text that ends within a character fails only at its end", () => talk(async (peer) => {
		peer.send(TEXT, Buffer.from("e282", "hex"), { fin: false });
		peer.send(PING, "still here");
		await peer.expect(PONG, "still here");
		peer.send(CONTINUATION, "");
		await peer.expectClose(1007);
	}));
});

describe("CH-03 WebSocket close", () => {
	const allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
	const refused = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];

	test("codes that may be sent are answered with the same", () => inParallel(allowed.length, 4, (i) =>
		fails(allowed[i], frame(CLOSE, closing(allowed[i], "a reason – with UTF-8")))));
	test("codes that may not fail with 1002", () => inParallel(refused.length, 4, (i) =>
		fails(1002, frame(CLOSE, closing(refused[i])))));
	test("a Close without a code is answered by one without", () => fails(undefined, frame(CLOSE)));
	test("byte by byte too", () => fails(1000, frame(CLOSE, closing(1000, "bye")), { chop: 1 }));
	test("half a code fails with 1002", () => fails(1002, frame(CLOSE, "\x03")));
	test("the longest reason", () => fails(1000, frame(CLOSE, closing(1000, "x".repeat(123)))));
	test("a longer one fails with 1002", () => fails(1002, frame(CLOSE, closing(1000, "x".repeat(124)))));
	test("a reason that is no UTF-8 fails with 1007", () => fails(1007, frame(CLOSE, Buffer.from("03e8cebaeda080", "hex"))));

	test("behind a Close nothing is heard and nothing is said", () => talk(async (peer) => {
		peer.write(Buffer.concat([frame(TEXT, "before"), frame(CLOSE, closing(1000)), frame(PING, "after"), frame(TEXT, "after"), frame(3, "after")]));
		await peer.expect(TEXT, "before");
		await peer.expectClose(1000);
	}));

	test("a large echo leaves before the Close does", () => talk(async (peer) => {
		const payload = randomBytes(4 * MIB);
		peer.write(Buffer.concat([frame(BINARY, payload), frame(CLOSE, closing(1000))]));
		await peer.expect(BINARY, payload);
		await peer.expectClose(1000);
	}));

	test("who leaves without a word harms nobody", () => talk(async (peer) => {
		await talk((other) => other.send(BINARY, randomBytes(1000), { size: 100_000 }));
		await talk((other) => { other.send(TEXT, "half", { fin: false }); other.socket.resetAndDestroy(); });
		peer.send(TEXT, "here");
		await peer.expect(TEXT, "here");
		await peer.leave();
	}));
});

describe("CH-03 WebSocket, what the server begins", { concurrency: true }, () => {
	const asked = (word, conversation) => talk(async (peer) => {
		peer.send(TEXT, word);
		await conversation(peer);
	}, { path: "/ask" });

	const expectClosing = async (peer, payload) => {
		await peer.expect(TEXT, "bye");
		await peer.expect(CLOSE, payload);
	};

	test("its Close comes behind what it said before, and its end behind the answer", () => asked("close", async (peer) => {
		await expectClosing(peer, closing(4321, "as you asked"));
		peer.write(Buffer.concat([frame(TEXT, "too late"), frame(PING, "too late"), frame(CLOSE, closing(4321))]));
		await peer.expectEnd();
	}));

	test("a Close without a code", () => asked("leave", async (peer) => {
		await peer.expect(CLOSE, "");
		peer.send(CLOSE);
		await peer.expectEnd();
	}));

	test("who answers with something broken has reached the end as well", () => asked("close", async (peer) => {
		await expectClosing(peer, closing(4321, "as you asked"));
		peer.send(3);
		await peer.expectEnd();
	}));

	test("who answers not at all does not stay for long", () => asked("close", async (peer) => {
		await expectClosing(peer, closing(4321, "as you asked"));
		await peer.expectEnd();
	}));

	test("both say Close at once", () => asked("close", async (peer) => {
		peer.send(CLOSE, closing(1000));
		await expectClosing(peer, closing(4321, "as you asked"));
		await peer.expectEnd();
	}));

	test("a ping", () => asked("ping", async (peer) => {
		await peer.expect(PING, "ping");
		await peer.leave();
	}));

	test("while pings are answered, or anything else comes, it goes on; then it ends without a word", () => asked("pings", async (peer) => {
		await peer.expect(PING, "ping");
		peer.send(PONG, "ping");
		await peer.expect(PING, "ping");
		peer.send(TEXT, "four");
		await peer.expect(TEXT, "4");
		await peer.expect(PING, "ping");
		await peer.expectEnd();
	}));

	test("a limit of a thousand bytes", () => asked("x".repeat(1000), async (peer) => {
		await peer.expect(TEXT, "1000");
		peer.send(TEXT, "x".repeat(1001));
		await peer.expectClose(1009);
	}));

	test("compression is not agreed on where it is not wanted", () => talk((peer) => {
		assert.equal(peer.headers.has("sec-websocket-extensions"), false);
		return peer.leave();
	}, { path: "/ask", headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } }));
});

describe("CH-03 WebSocket limits", () => {
	test("16 MiB in one frame", () => talk(async (peer) => {
		const payload = randomBytes(LIMIT);
		peer.send(BINARY, payload);
		await peer.expect(BINARY, payload);
		await peer.leave();
	}));

	test("16 MiB of text in chops and in fragments", () => talk(async (peer) => {
		const text = Buffer.from("0123456789é☃🍕".repeat(1 << 20)).subarray(0, 1 << 23).toString().slice(0, -2);
		const bytes = Buffer.from(text);
		await peer.chop(frame(TEXT, bytes), 64 << 10);
		await peer.expect(TEXT, bytes);
		for (let at = 0; at < bytes.length; at += 4096)
			peer.send(at === 0 ? TEXT : CONTINUATION, bytes.subarray(at, at + 4096), { fin: at + 4096 >= bytes.length });
		await peer.expect(TEXT, bytes);
		await peer.leave();
	}));

	test("one byte more fails with 1009, as soon as its head says so", async () => {
		await fails(1009, frame(BINARY, "", { size: LIMIT + 1 }));
		await fails(1009, frame(BINARY, "", { size: 2 ** 40 }));
		await fails(1009, frame(BINARY, "", { size: 2 ** 40 }).subarray(0, 10));
		await fails(1009, Buffer.concat([frame(BINARY, Buffer.alloc(LIMIT), { fin: false }), frame(CONTINUATION, "", { size: 1 })]));
	});

	test("a length of 2^63 fails with 1002", () => {
		const head = frame(BINARY, "", { size: 2 ** 40 });
		head[2] |= 0x80;
		return fails(1002, head);
	});

	test("who is told so while he still sends hears it nevertheless", () => talk(async (peer) => {
		peer.send(BINARY, Buffer.alloc(LIMIT + 1));
		await peer.expectClose(1009);
	}));

	test("who sends and never reads is cut, and what waited for him is freed", { skip: HAS_ASAN }, () => talk(async (peer) => {
		const before = memoryKib(), payload = frame(BINARY, randomBytes(8 * MIB));
		peer.socket.pause();
		for (let i = 0; i < 16 && !peer.socket.destroyed && !peer.error; i++)
			await new Promise((resolve) => { peer.socket.write(payload, resolve); });
		assert.ok(peer.error, "it was cut");
		await until(() => memoryKib() - before < 40_000, { what: "the memory of what waited is given back" });
	}));

	test("a thousand that are idle cost less than a KiB each, and as many that have talked", { skip: HAS_ASAN }, async () => {
		const fresh = await startServer();
		const count = 1000, before = fresh.memoryKib();
		const peers = await inParallel(count, 50, () => Peer.open(fresh.port));
		assert.ok(fresh.memoryKib() - before < count, `${fresh.memoryKib() - before} KiB for ${count}`);
		await inParallel(count, 50, async (i) => {
			peers[i].send(TEXT, "x".repeat(2000));
			await peers[i].expect(TEXT, "x".repeat(2000));
		});
		assert.ok(fresh.memoryKib() - before < count, `${fresh.memoryKib() - before} KiB for ${count} after traffic`);
		await inParallel(count, 50, (i) => peers[i].leave());
	});
});

describe("CH-03 WebSocket with another's client", () => {
	const url = `ws://127.0.0.1:${port}/echo`;

	async function* messages(socket) {
		const waiting = [];
		let wake = () => {};
		socket.on("message", (data, isBinary) => { waiting.push({ data, isBinary }); wake(); });
		for (;;) {
			while (waiting.length > 0)
				yield waiting.shift();
			await new Promise((resolve) => { wake = resolve; });
		}
	}

	const open = (options) => new Promise((resolve, reject) => {
		const socket = new WebSocket(url, options);
		socket.once("open", () => resolve(socket)).once("error", reject);
	});

	for (const perMessageDeflate of [false, { threshold: 0 }, { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
		{ threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }]) {
		test(`ws with ${perMessageDeflate ? JSON.stringify(perMessageDeflate) : "no compression"}`, async () => {
			const socket = await open({ perMessageDeflate });
			const echoes = messages(socket);
			assert.equal(socket.extensions, perMessageDeflate ? "permessage-deflate" : "");
			for (const size of [0, 1, 100, 1000, 65536, MIB]) {
				for (const data of [randomBytes(size), Buffer.alloc(size, "abc é ☃"), "é".repeat(size)]) {
					socket.send(data);
					const { value } = await echoes.next();
					assert.equal(value.isBinary, typeof data !== "string");
					assert.ok(value.data.equals(Buffer.from(data)));
				}
			}
			const pong = new Promise((resolve) => { socket.once("pong", resolve); });
			socket.ping("are you there");
			assert.equal(String(await pong), "are you there");
			const closed = new Promise((resolve) => { socket.once("close", (code, reason) => resolve([code, String(reason)])); });
			socket.close(4321, "done");
			assert.deepEqual(await closed, [4321, ""]);
		});
	}
});

test("CH-03 WebSocket: two hundred at once, each hears itself alone", () => inParallel(200, 100, (i) => talk(async (peer) => {
	for (let n = 0; n < 5; n++) {
		peer.send(TEXT, `${i}: ${n}`);
		await peer.expect(TEXT, `${i}: ${n}`);
	}
	await peer.leave();
})));

test("RL-11 WebSocket: bytes at random harm nobody but their sender", () => talk(async (peer) => {
	await inParallel(200, 20, async (i) => {
		const noisy = await Peer.open(port);
		const noise = randomBytes(400 + i);
		if (i % 2)
			noise.set([0x81 + i % 3, 0xfe]);
		noisy.socket.on("error", () => {});
		noisy.socket.end(noise);
		while (await noisy.next())
			;
		noisy.socket.destroy();
	});
	peer.send(TEXT, "here");
	await peer.expect(TEXT, "here");
	await peer.leave();
}));
