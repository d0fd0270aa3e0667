/* Webhooks as anybody might send them, with the gateway's secret or without. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { Client } from "./client.mjs";
import { here } from "./instance.mjs";

/* What an instance's gateway signs with. */
const secretOf = ({ runDir }) => readFileSync(`${runDir}/secrets/webhook-secret`, "utf8").trim().split("\n")[0];

/* The value of Stripe-Signature for BODY, signed AT a second, BY a secret. */
export const signatureOf = (body, { at = Math.floor(Date.now() / 1000), by = secretOf(here) } = {}) =>
	`t=${at},v1=${createHmac("sha256", by).update(`${at}.${body}`).digest("hex")}`;

export const sendWebhook = (body, header = signatureOf(body)) =>
	new Client().post("/webhooks/payments", body, { ...(header && { "Stripe-Signature": header }), "Content-Type": "application/json; charset=utf-8" });
