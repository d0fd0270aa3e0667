import assert from "node:assert/strict";
import { test } from "node:test";
import { linkIn } from "../../../public/js/account-links.js";
import { describeAddress } from "../../../public/js/address-form.js";
import { describeBrowser } from "../../../public/js/device.js";
import { errorsByField } from "../../../public/js/form.js";

test("AC-24 a device is called by its browser and system, whatever else it says it is", () => {
	const calls = {
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0": "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36": "Chrome on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36": "Chrome on Android",
		"curl/8.9": "Browser",
	};
	for (const [userAgent, name] of Object.entries(calls))
		assert.equal(describeBrowser(userAgent), name);
});

test("AC-16 a mail's link is known by its fragment, and nothing else is taken for one", () => {
	assert.deepEqual(linkIn("#reset=Ab-9_z"), { kind: "reset", token: "Ab-9_z" });
	assert.deepEqual(linkIn("#confirm=x"), { kind: "confirm", token: "x" });
	for (const hash of ["", "#", "#addresses", "#reset=", "#reset=a b", "#erase=x", "#x#reset=y"])
		assert.equal(linkIn(hash), null, hash);
});

test("AC-16 what is wrong stands beside its field", () => {
	const error = { errors: [{ pointer: "/phone", detail: "No phone." }, { pointer: "/a/b", detail: "Deep." }] };
	assert.deepEqual(errorsByField(error), { "phone": "No phone.", "a/b": "Deep." });
	assert.deepEqual(errorsByField(null), {});
});

test("AC-03 an address in one line", () => {
	assert.equal(describeAddress({ label: "Home", line1: "Damrak 1", city: "Amsterdam" }), "Home, Damrak 1, Amsterdam");
	assert.equal(describeAddress({ line1: "Damrak 1", city: "Amsterdam" }), "Damrak 1, Amsterdam");
});
