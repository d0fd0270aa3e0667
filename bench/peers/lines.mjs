/* What a peer of Node is told on its standard input: lines, and each is to go to all. */
import { createInterface } from "node:readline";

export function eachLine(send) {
	createInterface({ input: process.stdin }).on("line", send).on("close", () => process.exit());
}
