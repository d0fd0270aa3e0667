/*
 * Money for people. Amounts are integers in the currency's minor unit; how many of
 * those make one is the currency's business (EUR 100, JPY 1), so Intl is asked.
 */

const formats = new Map();

const formatOf = (currency) => {
	if (!formats.has(currency)) {
		const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
		formats.set(currency, { format, digits: format.resolvedOptions().maximumFractionDigits });
	}
	return formats.get(currency);
};

/** 1250, 'EUR' → '€12.50' (as the reader's language writes it). */
export const formatMoney = (minor, currency) => {
	const { format, digits } = formatOf(currency);
	return format.format(minor / 10 ** digits);
};
