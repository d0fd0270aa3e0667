-- Invoices: one for each delivered order, numbered without a hole, and told as a page that prints.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- In the transaction that delivers. The year's row is locked to its end: a number is taken by who commits.
create or replace function invoice_issue(o orders) returns void
language plpgsql volatile as $$
declare
	this_year int := extract(year from now());
	n int;
begin
	if exists (select from invoice where order_id = o.order_id) then
		return;
	end if;
	insert into invoice_year as known (year, last) values (this_year, 1)
	on conflict (year) do update set last = known.last + 1
	returning last into n;
	insert into invoice (number, order_id) values (format('%s-%s', this_year, lpad(n::text, greatest(6, length(n::text)), '0')), o.order_id);
end
$$;

create or replace function html_escape(words text) returns text
language sql immutable
return replace(replace(replace(replace(replace(coalesce(words, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;');

-- Minor units as a person reads them. Every currency here has a hundred of them but those named.
create or replace function money_text(amount bigint, currency text) returns text
language sql immutable
return case when currency in ('JPY', 'KRW', 'VND', 'CLP', 'ISK') then amount::text
	else replace(to_char(amount / 100.0, 'FM999999990.00'), ' ', '') end || ' ' || currency;

create or replace function invoice_row(what text, amount bigint, o orders) returns text
language sql immutable
return format('<tr><td colspan="3">%s</td><td class="sum">%s</td></tr>', html_escape(what), money_text(amount, o.currency));

create or replace function invoice_lines(o orders) returns text
language sql stable
return (select string_agg(format('<tr><td>%s</td><td class="sum">%s</td><td class="sum">%s</td><td class="sum">%s</td></tr>',
		html_escape(name), quantity, money_text(unit_price, o.currency), money_text(quantity * unit_price, o.currency)), E'\n' order by line)
          from order_item where order_id = o.order_id);

-- How it was paid, and what went back.
create or replace function invoice_paid(o orders) returns text
language plpgsql stable as $$
declare
	p payment;
	i intent;
begin
	if o.payment_method = 'cash' then
		return invoice_row('Paid in cash', o.total_price, o);
	end if;
	select * into p from payment where order_id = o.order_id;
	select * into i from intent where order_id = o.order_id and attempt = p.attempt;
	if p.captured = 0 then -- not yet, or never: the food was quicker than the money
		return invoice_row(concat_ws(' ', 'To be paid by card', i.brand, '···· ' || i.last4), o.total_price, o);
	end if;
	return invoice_row(concat_ws(' ', 'Paid by card', i.brand, '···· ' || i.last4), p.captured, o)
		|| case when p.refunded > 0 then invoice_row('Refunded', -p.refunded, o) else '' end;
end
$$;

-- The whole page: it needs nothing from elsewhere, and prices are what was paid, all taxes in them.
create or replace function invoice_page(i invoice, o orders) returns text
language sql stable
return (select format($page$<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invoice %1$s · FoodFast</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/css/invoice.css">
</head>
<body>
<h1>Invoice %1$s</h1>
<p>Issued <time datetime="%2$s">%2$s</time> · Order %3$s</p>
<div class="parties">
<address><strong>%4$s</strong><br>%5$s</address>
<address><strong>%6$s</strong><br>%7$s</address>
</div>
<table>
<thead><tr><th scope="col">Dish</th><th scope="col" class="sum">Quantity</th><th scope="col" class="sum">Price</th><th scope="col" class="sum">Sum</th></tr></thead>
<tbody>
%8$s
%9$s
</tbody>
<tfoot>
<tr class="total"><td colspan="3">Total</td><td class="sum">%10$s</td></tr>
%11$s
</tfoot>
</table>
<p class="note">Prices are what was paid, taxes included.</p>
</body>
</html>
$page$, i.number, to_char(i.issued_at, 'YYYY-MM-DD'), o.number, html_escape(r.name), html_escape(r.address), html_escape(u.name),
		(select string_agg(html_escape(line), '<br>') from unnest(array[o.address ->> 'line1', o.address ->> 'line2',
			concat_ws(' ', o.address ->> 'postal_code', o.address ->> 'city')]) as line where line <> ''),
		invoice_lines(o),
		concat_ws(E'\n', invoice_row('Delivery', o.delivery_fee, o), case when o.tip > 0 then invoice_row('Tip', o.tip, o) end),
		money_text(o.total_price, o.currency), invoice_paid(o))
          from restaurant as r, users as u
         where r.restaurant_id = o.restaurant_id and u.user_id = o.user_id);

-- GET /orders/ID/invoice: a page of HTML for its customer, its restaurant, agents and admins, once it is delivered.
create or replace function invoice_html(p_session uuid, p_order_id uuid) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	i invoice;
begin
	select * into i from invoice where order_id = p_order_id;
	if me.role = 'driver' or not found then
		perform fail(404, 'no_invoice', 'There is no invoice: an order has one once it is delivered.');
	end if;
	return reply_read(invoice_page(i, o), null, null);
end
$$;
