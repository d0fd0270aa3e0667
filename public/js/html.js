/*
 * The escaping template tag and the function that puts its result on the page.
 *
 *	render(element, html`<li data-key=${id} hidden=${isHidden}>${name}</li>`);
 *
 * Only the literal parts of a template are ever parsed as HTML. What stands in a
 * slot becomes a text node or an attribute's value through the DOM, so data
 * cannot become markup. A slot between tags takes text, numbers, nodes, arrays of
 * those, or nothing (null, undefined, false); an attribute's only slot may also
 * be true or false, which sets or leaves out the attribute.
 *
 * Templates carry no listeners: actions.js routes events by data-action.
 */

const compiled = new WeakMap();

const isInsideTag = (source) => source.lastIndexOf("<") > source.lastIndexOf(">");

const compile = (strings) => {
	let source = strings[0];
	for (let i = 1; i < strings.length; i++)
		source += (isInsideTag(source) ? `{{${i - 1}}}` : `<!--{{${i - 1}}}-->`) + strings[i];

	const template = document.createElement("template");
	template.innerHTML = source;
	return template;
};

const templateOf = (strings) => {
	if (!compiled.has(strings))
		compiled.set(strings, compile(strings));
	return compiled.get(strings);
};

const isNothing = (value) => value === null || value === undefined || value === false;

const toNodes = (value) => {
	if (isNothing(value))
		return [];
	if (Array.isArray(value))
		return value.flatMap(toNodes);
	return [value instanceof Node ? value : document.createTextNode(String(value))];
};

/* Attributes that run code or carry style must not depend on data at all. */
const refuseDangerous = (name, text) => {
	if (name.startsWith("on") || name === "style" || name === "srcdoc")
		throw new TypeError(`html: no data may stand in the attribute ${name}`);
	if (/^(href|src|action|formaction|xlink:href)$/.test(name) && /^\s*(javascript|vbscript|data):/i.test(text))
		throw new TypeError(`html: ${name} must be an address, not code`);
};

const fillAttribute = (element, { name, value: pattern }, values) => {
	const whole = /^\{\{(\d+)\}\}$/.exec(pattern);

	if (whole && isNothing(values[whole[1]])) {
		element.removeAttribute(name);
		return;
	}
	const text = whole && values[whole[1]] === true
		? ""
		: pattern.replace(/\{\{(\d+)\}\}/g, (_, i) => (isNothing(values[i]) ? "" : String(values[i])));
	refuseDangerous(name, text);
	element.setAttribute(name, text);
};

const slottedNodes = (root) => {
	const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
	const nodes = [];
	while (walker.nextNode())
		nodes.push(walker.currentNode);
	return nodes;
};

const fill = (node, values) => {
	if (node.nodeType === Node.ELEMENT_NODE) {
		for (const attribute of [...node.attributes])
			if (attribute.value.includes("{{"))
				fillAttribute(node, attribute, values);
		return;
	}
	const slot = /^\{\{(\d+)\}\}$/.exec(node.data);
	if (slot)
		node.replaceWith(...toNodes(values[slot[1]]));
};

/** A DocumentFragment of the template with its slots filled. */
export const html = (strings, ...values) => {
	const fragment = document.importNode(templateOf(strings).content, true);
	for (const node of slottedNodes(fragment))
		fill(node, values);
	return fragment;
};

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key ?? null : null);

const isSameKind = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

/* What the person opened stays open: the browser, not the template, owns it. */
const isOwnedByBrowser = (element, name) =>
	name === "open" && (element.nodeName === "DETAILS" || element.nodeName === "DIALOG");

/* A select none of whose options is marked is the person's alone: his choice outlives what else of the page is drawn anew. */
const isMarked = ({ parentElement: select }) => Boolean(select?.querySelector("option[selected]"));

/* Once touched, a box or an option no longer follows its attribute: tell it. */
const followState = (current, wanted) => {
	if (current.nodeName === "OPTION" && isMarked(wanted))
		current.selected = wanted.hasAttribute("selected");
	if (current.type === "checkbox" || current.type === "radio")
		current.checked = wanted.hasAttribute("checked");
};

const patchAttributes = (current, wanted) => {
	for (const { name, value } of wanted.attributes)
		if (current.getAttribute(name) !== value)
			current.setAttribute(name, value);
	for (const { name } of [...current.attributes])
		if (!wanted.hasAttribute(name) && !isOwnedByBrowser(current, name))
			current.removeAttribute(name);
	followState(current, wanted);
};

const patch = (current, wanted) => {
	if (current.nodeType !== Node.ELEMENT_NODE) {
		if (current.nodeValue !== wanted.nodeValue)
			current.nodeValue = wanted.nodeValue;
		return;
	}
	patchAttributes(current, wanted);
	patchChildren(current, wanted);
};

const findMatch = (wanted, cursor, keyed) => {
	const key = keyOf(wanted);
	if (key !== null)
		return keyed.get(key) ?? null;
	return cursor && keyOf(cursor) === null && isSameKind(cursor, wanted) ? cursor : null;
};

const patchChildren = (parent, wantedParent) => {
	const keyed = new Map([...parent.childNodes].map((node) => [keyOf(node), node]));
	let cursor = parent.firstChild;

	for (const wanted of [...wantedParent.childNodes]) {
		const match = findMatch(wanted, cursor, keyed);
		if (!match) {
			parent.insertBefore(wanted, cursor);
			continue;
		}
		if (match === cursor)
			cursor = cursor.nextSibling;
		else
			parent.insertBefore(match, cursor);
		patch(match, wanted);
	}
	while (cursor) {
		const next = cursor.nextSibling;
		cursor.remove();
		cursor = next;
	}
};

/**
 * Makes the children of `root` equal to `fragment`, touching only what differs, so
 * that focus, scrolling, typed text and transitions survive. Lists are matched by
 * data-key; focus that moved with its element is found again by data-focus.
 */
export const render = (root, fragment) => {
	const focused = root.contains(document.activeElement) ? document.activeElement : null;
	const name = focused?.dataset.focus;

	patchChildren(root, fragment);
	if (name && document.activeElement !== focused)
		root.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
};
