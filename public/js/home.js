/* The front page: one click, and one is in, as a customer or as a restaurant. */
import { createApi } from "./api.js";
import { explain } from "./feedback.js";
import { demoAccounts, signIn } from "./session.js";

const pages = { customer: "customer.html", restaurant: "restaurant.html" };

const enter = async (button) => {
	const role = button.dataset.demo;
	const error = document.getElementById("demo-error");

	button.disabled = true;
	error.textContent = "";
	try {
		await signIn(createApi(role), demoAccounts[role]);
		location.assign(pages[role]);
	} catch (problem) {
		error.textContent = explain(problem);
	} finally {
		button.disabled = false;
	}
};

for (const button of document.querySelectorAll("[data-demo]"))
	button.addEventListener("click", () => enter(button));

document.getElementById("origin").textContent = location.origin;
