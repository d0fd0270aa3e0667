/*
 * What a page says to a person outside its main content: short notices, questions that
 * must be answered, and words for screen readers. Needs `#notices`, `#announcer` and
 * `#question` in the page.
 */
import { html, render } from "./html.js";

const NOTICE_MS = 7000;

/** Says `text` to a screen reader; nothing is shown. */
export const announce = (text) => {
	document.getElementById("announcer").textContent = text;
};

/** Shows `text` for a while; `kind`: 'good', 'bad' or 'plain'. */
export const notify = (text, kind = "plain") => {
	const notice = html`<p class="notice" data-kind=${kind}>${text}</p>`.firstElementChild;
	document.getElementById("notices").append(notice);
	setTimeout(() => notice.remove(), NOTICE_MS);
};

const questionView = ({ title, text, confirm, dismiss, danger, input }) => html`
	<form method="dialog">
		<h2>${title}</h2>
		${text && html`<p>${text}</p>`}
		${input && html`
			<label class="field">
				<span>${input.label}</span>
				<input name="answer" maxlength="200" autocomplete="off" required=${Boolean(input.required)}
					placeholder=${input.placeholder}>
			</label>`}
		<div class="dialog-buttons">
			<button class="button" type="button" value="dismiss">${dismiss}</button>
			<button class="button" value="confirm" data-look=${danger ? "danger" : "primary"}>${confirm}</button>
		</div>
	</form>`;

/**
 * Asks in a dialog. Resolves to null if it was dismissed, else to what was typed
 * ('' where there was nothing to type).
 */
export const ask = ({ dismiss = "Keep it", ...question }) => {
	const dialog = document.getElementById("question");

	dialog.returnValue = "";
	dialog.replaceChildren();
	render(dialog, questionView({ dismiss, ...question }));
	dialog.querySelector("[value=dismiss]").onclick = () => dialog.close("");
	dialog.showModal();
	return new Promise((resolve) => {
		dialog.onclose = () => {
			const answer = dialog.querySelector("input")?.value.trim() ?? "";
			resolve(dialog.returnValue === "confirm" ? answer : null);
		};
	});
};

/** An error in words a person can act on. */
export const explain = (error) => {
	if (error.code === "rate_limited" || error.status === 429)
		return `Too many attempts. Try again in ${error.retryAfterS || 60} seconds.`;
	if (error.code === "illegal_transition" && error.members.by)
		return `${error.message} ${error.members.by.name} was first.`;
	return error.message;
};
