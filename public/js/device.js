/* What to call a device in the list of those signed in. Pure. */

/* The first that fits: a browser says the names of those that it wants to be taken for, too. */
const browsers = [
	["Edge", /\bEdg(e|A|iOS)?\//],
	["Opera", /\bOPR\//],
	["Samsung Internet", /\bSamsungBrowser\//],
	["Firefox", /\b(Firefox|FxiOS)\//],
	["Chrome", /\b(Headless)?(Chrome|CriOS)\//],
	["Safari", /\bSafari\//],
];

const systems = [
	["iPhone", /\biPhone\b/],
	["iPad", /\biPad\b/],
	["Android", /\bAndroid\b/],
	["ChromeOS", /\bCrOS\b/],
	["Windows", /\bWindows\b/],
	["macOS", /\bMac OS X\b/],
	["Linux", /\bLinux\b/],
];

const nameIn = (rows, text) => rows.find(([, pattern]) => pattern.test(text))?.[0];

/** 'Firefox on Linux', as well as it can be told. */
export const describeBrowser = (userAgent) => {
	const system = nameIn(systems, userAgent);
	return `${nameIn(browsers, userAgent) ?? "Browser"}${system ? ` on ${system}` : ""}`;
};
