/* The picture of a dish or restaurant: its photograph if it has one, else a drawing (art.js). */
import { artFor } from "./art.js";
import { html } from "./html.js";

const WANTED_WIDTH = 320;

/* The smallest variant that is wide enough, else the widest. */
const variantOf = ({ variants }) => {
	const byWidth = [...variants].sort((a, b) => a.width - b.width);
	return byWidth.find(({ width }) => width >= WANTED_WIDTH) ?? byWidth.at(-1);
};

const photograph = ({ url, width, height }) => html`
	<span class="art"><img class="art-photo" src=${url} width=${width} height=${height} alt="" loading="lazy"></span>`;

const drawing = (id, hints) => {
	const { drawing: name, tint } = artFor(id, ...hints);
	return html`
		<span class=${`art tint-${tint}`} aria-hidden="true">
			<img class="art-drawing" src=${`img/food/${name}.svg`} width="96" height="96" alt="" loading="lazy">
		</span>`;
};

/** `hints`: what else suggests a drawing, best first. */
export const dishArt = ({ id, name, image }, ...hints) =>
	(image?.variants?.length ? photograph(variantOf(image)) : drawing(id, [name, ...hints]));

export const restaurantArt = ({ id, name, cuisines, logo }) =>
	(logo?.variants?.length ? photograph(variantOf(logo)) : drawing(id, [...cuisines, name]));
