/*
 * Events up: one listener a kind of event for a whole page. An element says what it
 * does by data-action, and what it does it with by its other data- attributes; a
 * page gives a table of those names. To add an action: name it in the template,
 * and add a row to the page's table.
 */

const isControl = (element) => /^(FORM|SELECT|INPUT|TEXTAREA)$/.test(element.nodeName);

const run = (actions, element, event) => {
	const action = actions[element.dataset.action];
	if (!action)
		throw new Error(`no action is called ${element.dataset.action}`);
	action(element, event);
};

/** Routes clicks on buttons, changes and typing in controls, and submits of forms. */
export const routeActions = (root, actions) => {
	root.addEventListener("click", (event) => {
		const element = event.target.closest("[data-action]");
		if (element && !isControl(element))
			run(actions, element, event);
	});
	root.addEventListener("submit", (event) => {
		if (!event.target.dataset.action)
			return;
		event.preventDefault();
		run(actions, event.target, event);
	});
	for (const kind of ["change", "input"])
		root.addEventListener(kind, (event) => {
			const { target } = event;
			if (target.dataset.action && (target.dataset.on ?? "change") === kind)
				run(actions, target, event);
		});
};
