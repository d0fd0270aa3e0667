/* Tokens as an attacker forges them, and as only the site could. */
import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

/* {header, claims} of a token; nothing is verified. */
export function read(token) {
	const [header, claims] = token.split(".");
	return { header: decode(header), claims: decode(claims) };
}

const HASHES = { HS256: "sha256", HS384: "sha384", HS512: "sha512" };

/* Signs with SECRET by the header's alg; any other alg gets no signature at all. */
export function sign(header, claims, secret) {
	const signed = `${encode(header)}.${encode(claims)}`;
	const hash = HASHES[header.alg];
	const signature = hash ? createHmac(hash, secret).update(signed).digest("base64url") : "";
	return `${signed}.${signature}`;
}

/* TOKEN with other header members and claims, signed anew by the key that it names (or SECRET). */
export function reforge(instance, token, { header = {}, claims = {}, secret } = {}) {
	const old = read(token);
	const key = instance.signingKeys().find(({ kid }) => kid === old.header.kid);
	return sign({ ...old.header, ...header }, { ...old.claims, ...claims }, secret ?? key.secret);
}
