-- Placing an order. The steps are functions of their own; order_place() reads as the list of them.
set local role foodfast_owner;
set local search_path = ordering, payment, log, api, account, catalogue, public, pg_temp;

-- The last five bits as a letter that nobody mistakes for another one.
create or replace function letter(n bigint) returns text
language sql immutable
return substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (n & 31)::int + 1, 1);

-- Six letters that a person can read out: the sequence, shuffled so that it tells nobody how many orders there were.
-- The factor is odd, so the shuffle loses none of the 32^6 numbers.
create or replace function order_number_next() returns text
language plpgsql volatile as $$
declare
	n bigint := (nextval('order_number') * 648391247 + 273845711) % 1073741824;
begin
	return letter(n) || letter(n >> 5) || letter(n >> 10) || '-' || letter(n >> 15) || letter(n >> 20) || letter(n >> 25);
end
$$;

-- The restaurant, if it takes orders at this moment.
create or replace function kitchen_open(p_restaurant_id uuid) returns restaurant
language plpgsql stable as $$
declare
	kitchen restaurant;
	zone text;
begin
	select * into kitchen from restaurant where restaurant_id = p_restaurant_id;
	if not found then
		perform fail_field('invalid_fields', '/restaurant_id', 'There is no such restaurant.');
	elsif not kitchen.accepting_orders then
		perform fail_field('restaurant_closed', '/restaurant_id', kitchen.name || ' is not taking orders at the moment.');
	end if;
	select timezone into zone from city where city_id = kitchen.city_id;
	if not is_open_at(p_restaurant_id, zone, now()) then
		perform fail_field('restaurant_closed', '/restaurant_id', kitchen.name || ' is closed now.');
	end if;
	return kitchen;
end
$$;

-- The basket with names and prices as the database has them.
create or replace function basket_price(p_order_id uuid, p_restaurant_id uuid, p_items jsonb) returns basket
language plpgsql stable as $$
declare
	priced basket;
	has_all boolean;
begin
	select array_agg((p_order_id, line, id, name, quantity, price, note)::order_item order by line), sum(quantity * price),
	       md5(p_restaurant_id || string_agg(concat_ws(' ', id, quantity, note), E'\n' order by id, quantity, note)),
	       bool_and(can_be_had)
	  into priced.lines, priced.subtotal, priced.hash, has_all
	  from (select wanted.line, wanted.menu_item_id as id, coalesce(menu.name, '?') as name, coalesce(menu.price, 0) as price,
	               least(greatest(wanted.quantity, 0), 100) as quantity, nullif(btrim(wanted.note), '') as note,
	               menu.is_available is true and wanted.quantity between 1 and 99 as can_be_had
	          from rows from (jsonb_to_recordset(p_items) as (menu_item_id uuid, quantity int, note text))
	               with ordinality as wanted(menu_item_id, quantity, note, line)
	          left join menu_item as menu on menu.menu_item_id = wanted.menu_item_id
	           and menu.restaurant_id = p_restaurant_id and menu.deleted_at is null) as offered;
	if has_all is not true or cardinality(priced.lines) > 50 then
		perform basket_refuse(p_restaurant_id, p_items);
	end if;
	return priced;
end
$$;

-- Says of each line what is wrong with it. Only for a basket that cannot be had.
create or replace function basket_refuse(p_restaurant_id uuid, p_items jsonb) returns void
language plpgsql stable as $$
declare
	errors jsonb;
	code text;
begin
	if jsonb_array_length(p_items) not between 1 and 50 then
		perform fail_field('invalid_fields', '/items', 'An order has 1 to 50 lines.');
	end if;
	select jsonb_agg(jsonb_build_object('pointer', format('/items/%s/%s', line - 1, field), 'detail', detail) order by line),
	       case when bool_or(field = 'quantity') then 'invalid_fields'
	            when bool_or(is_foreign) then 'foreign_item' else 'item_unavailable' end
	  into errors, code
	  from (select line, menu.menu_item_id is null as is_foreign,
	               case when quantity between 1 and 99 then 'menu_item_id' else 'quantity' end as field,
	               case when quantity not between 1 and 99 then 'must be 1 to 99'
	                    when menu.menu_item_id is null then 'is not on the menu of this restaurant'
	                    when not menu.is_available then menu.name || ' is not available now' end as detail
	          from rows from (jsonb_to_recordset(p_items) as (menu_item_id uuid, quantity int))
	               with ordinality as wanted(menu_item_id, quantity, line)
	          left join menu_item as menu on menu.menu_item_id = wanted.menu_item_id
	           and menu.restaurant_id = p_restaurant_id and menu.deleted_at is null) as checked
	 where detail is not null;
	perform fail(422, code, 'Not everything in the basket can be had.', jsonb_build_object('errors', errors));
end
$$;

-- Where to: one of his addresses, or one for this time. It is copied: an address may change, where it went may not.
create or replace function order_address(me actor, p_address_id uuid, p_address jsonb) returns jsonb
language plpgsql stable as $$
declare
	kept address;
begin
	if (p_address_id is null) = (p_address is null) then
		perform fail_field('invalid_fields', '/address_id', 'Give either address_id or address.');
	elsif p_address_id is not null then
		select * into kept from address where address_id = p_address_id and user_id = me.user_id;
		if not found then
			perform fail_field('invalid_fields', '/address_id', 'You have no such address.');
		end if;
		return address_json(kept)::jsonb - 'id' - 'default';
	end if;
	return jsonb_strip_nulls(p_address);
end
$$;

-- Two requests of one customer take turns here, so that the second sees the first one's order. Since when is a variable
-- for the planner's sake: of a time that it can see it believes that nothing is newer, and reads everybody's orders.
create or replace function refuse_duplicate(me actor, hash text) returns void
language plpgsql volatile as $$
declare
	since uuid := uuid_v7_floor(now() - interval '60 seconds');
	earlier record;
begin
	perform pg_advisory_xact_lock(hashtextextended('basket of ' || me.user_id, 0));
	select order_id, number, status into earlier
	  from orders
	 where user_id = me.user_id and status <> 'cancelled' and order_id > since and basket_hash = hash
	 limit 1;
	if found then
		perform fail(409, 'duplicate_order', case earlier.status
				when 'awaiting_payment' then 'You ordered just the same a moment ago, and it waits to be paid. Pay for it, or send "again": true if you mean it.'
				else 'You ordered just the same a moment ago. Send "again": true if you mean it.' end,
			jsonb_build_object('order_id', earlier.order_id, 'number', earlier.number));
	end if;
end
$$;

-- order.placed tells all who watch the same: nothing of where the customer lives.
create or replace function order_placed_events(o orders, body json) returns new_event[]
language plpgsql stable as $$
declare
	data jsonb := jsonb_build_object('order_id', o.order_id, 'number', o.number, 'status', o.status,
		'items', body -> 'items', 'subtotal', o.subtotal, 'total', o.total_price, 'currency', o.currency,
		'payment', jsonb_build_object('method', o.payment_method, 'status', o.payment_status), 'placed_at', iso_time(o.placed_at),
		'eta', body -> 'eta');
begin
	return array[
		('order:' || o.order_id, 'order.placed', data, false)::new_event,
		('restaurant:' || o.restaurant_id, 'order.placed', data, false)::new_event,
		('user:' || o.user_id, 'order.placed', data, false)::new_event];
end
$$;

-- Writes an order and its lines. One for cash is placed at once.
create or replace function order_write(me actor, kitchen restaurant, p_order_id uuid, priced basket, tip bigint,
	p_address jsonb, p_paid_by payment_method) returns orders
language plpgsql volatile as $$
declare
	sum bigint := priced.subtotal;
	is_cash boolean := p_paid_by = 'cash';
	o orders;
begin
	if sum < kitchen.min_order then
		perform fail(422, 'below_minimum', kitchen.name || ' delivers from a higher sum on.', jsonb_build_object(
			'min_order', kitchen.min_order,
			'errors', '[{"pointer": "/items", "detail": "are less than the smallest order"}]'::jsonb));
	end if;
	if sum + kitchen.delivery_fee + tip > 100000000 then -- the most that money_minor holds
		perform fail_field('invalid_fields', '/items', 'An order of so much, with its tip, cannot be taken.');
	end if;
	insert into orders (order_id, number, user_id, restaurant_id, status, payment_method, payment_status, currency,
	                    subtotal, delivery_fee, tip, total_price, address, basket_hash, status_by, placed_at)
	values (p_order_id, order_number_next(), me.user_id, kitchen.restaurant_id,
	        case when is_cash then 'placed' else 'awaiting_payment' end::order_status, p_paid_by,
	        case when is_cash then 'due' else 'pending' end::payment_status,
	        (select currency from city where city_id = kitchen.city_id),
	        sum, kitchen.delivery_fee, tip, sum + kitchen.delivery_fee + tip, p_address, priced.hash, actor_json(me),
	        case when is_cash then now() end)
	returning * into o;
	insert into order_item select * from unnest(priced.lines);
	return o;
end
$$;

-- An order paid by card waits for its payment: nobody but its customer knows of it before the bank holds the money. 202:
-- whoever called runs the order's steps for a while, and asks payment_answer() what came of it.
create or replace function order_place_card(o orders, m method) returns reply
language plpgsql volatile as $$
begin
	if o.total_price not between 50 and 99999999 then -- what gateways take of such currencies
		perform fail_field('invalid_fields', '/payment/method', 'Such a sum cannot be paid by card. Pay in cash.');
	end if;
	perform payment_open(o, m);
	return reply_commit(202, jsonb_build_object('id', o.order_id)::text, array[card_event(o, o.total_price)],
		location => '/api/v1/orders/' || o.order_id);
end
$$;

create or replace function order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid,
	p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	made uuid := uuid_v7();
	kitchen restaurant;
	priced basket;
	m method;
	o orders;
	body text;
begin
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only customers order.');
	elsif p_payment ->> 'method' is distinct from 'cash' then
		m := method_for_order(me, (p_payment ->> 'payment_method_id')::uuid, '/payment/payment_method_id');
	end if;
	kitchen := kitchen_open(p_restaurant_id);
	priced := basket_price(made, p_restaurant_id, p_items);
	if p_again is not true then
		perform refuse_duplicate(me, priced.hash);
	end if;
	o := order_write(me, kitchen, made, priced, coalesce(p_tip, 0), order_address(me, p_address_id, p_address),
		(p_payment ->> 'method')::payment_method);
	if m.payment_method_id is not null then
		return order_place_card(o, m);
	end if;
	body := (select * from order_json(o, 'customer'));
	return reply_commit(201, body, order_placed_events(o, body::json), location => '/api/v1/orders/' || made);
end
$$;
