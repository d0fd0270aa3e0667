/*
 * A picture for a dish or a restaurant that has no photograph: a drawing that its name
 * or cuisine suggests, on a tint that its id decides, so that it is always the same. Pure.
 */

const drawings = [
	["pizza", /pizza|margherita|calzone|napol|pepperoni|marinara|focaccia/],
	["sushi", /sushi|maki|nigiri|sashimi|temaki|uramaki|japan/],
	["noodles", /noodle|ramen|udon|soba|pho|pad thai|mie|laksa|spaghett|pasta|chinese|wok|dim sum|dumpling|bami|soup|tagliatelle|linguine|penne|lasagn|gnocchi|ravioli|carbonara|italian|vietnam|thai/],
	["burger", /burger|slider|american|sandwich|broodje|toast|club/],
	["taco", /taco|burrito|quesadilla|nacho|mexic|wrap|falafel|shawarma|mezze|hummus|kebab|döner|doner|pita|lebanese|turkish|gyros/],
	["drink", /juice|lemonade|cola|coke|water|soda|drink|beer|wine|smoothie|lassi|iced|ale|spritz|cider/],
	["coffee", /coffee|tea|latte|cappuccino|espresso|chai|mocha|breakfast|bakery|croissant|café|cafe/],
	["dessert", /cake|ice cream|gelato|tiramis|dessert|brownie|pudding|cheesecake|waffle|pancake|pannenkoek|poffertjes|stroopwafel|sweet|mochi|baklava|kulfi|sorbet|crème|tart|pie\b/],
	["salad", /salad|vegan|vegetarian|green|bowl|poke|healthy|slaw|tabbouleh|edamame/],
	["fish", /fish|salmon|tuna|cod|prawn|shrimp|seafood|herring|ikan|krupuk|haring|mussel|calamari|kibbeling|chips/],
	["chicken", /chicken|wings|drumstick|nugget|tandoori|tikka|satay|saté|grill|bbq|ribs|steak|beef|lamb|meat|british|kroket|frikandel|bitterbal|snack/],
	["curry", /curry|masala|korma|dal|dhal|biryani|indian|rendang|nasi|rice|indones|surinam|stew|chilli|goulash|hotpot|stamppot/],
];

const fallback = ["curry", "salad", "noodles", "chicken"];

const TINTS = 8;

/** A small number that a text always gives (FNV-1a). */
export const hashOf = (text) => {
	let hash = 0x811c9dc5;
	for (const character of text)
		hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
	return hash;
};

/** {drawing, tint}: a file in img/food and one of the classes tint-0 … tint-7. `hints`: best first. */
export const artFor = (id, ...hints) => {
	const hash = hashOf(id);
	const hinted = hints
		.map((hint) => drawings.find(([, pattern]) => pattern.test((hint ?? "").toLowerCase())))
		.find(Boolean);
	return { drawing: hinted?.[0] ?? fallback[hash % fallback.length], tint: hash % TINTS };
};
