-- Orders to read: who is what to an order, how it is shown to him, lists and history.
-- To add a field: order_json().
set local role foodfast_owner;
set local search_path = ordering, payment, log, api, account, catalogue, public, pg_temp;

-- What the reader is to the order, in the words of the transition table; null: nothing, so it does not exist for him.
-- A restaurant knows of no order before it was placed.
create or replace function order_party(me actor, o orders) returns role
language plpgsql stable as $$
begin
	return case me.role
		when 'customer' then case when o.user_id = me.user_id then me.role end
		when 'restaurant' then case when o.placed_at is not null and is_staff(me, o.restaurant_id) then me.role end
		when 'driver' then case when o.driver_id = me.user_id then me.role end
		else me.role
	end;
end
$$;

-- Nothing more is to come: it has ended, and its money is where it belongs. What was captured of a cancelled one goes back first;
-- what was never paid is voided.
create or replace function order_is_final(o orders) returns boolean
language sql immutable
return case o.status
	when 'delivered' then o.payment_status in ('captured', 'partially_refunded', 'refunded', 'failed', 'collected')
	when 'cancelled' then o.payment_status in ('voided', 'refunded') or o.payment_status = 'failed' and o.placed_at is not null
	else false
end;

-- These three return a set of one row, for the planner merges such a query with the one around it: an order, and a list
-- of a hundred too, is told by a single query.
create or replace function allowed_transitions(o orders, party role) returns setof json
language sql stable
begin atomic
	select coalesce(json_agg(way.to_status order by way.to_status), '[]')
	  from transition as way
	 where way.from_status = o.status and way.party = allowed_transitions.party and (not way.without_driver or o.driver_id is null);
end;

create or replace function order_items_json(o orders) returns setof json
language sql stable
begin atomic
	select json_agg(json_strip_nulls(json_build_object('menu_item_id', menu_item_id, 'name', name,
	           'quantity', quantity, 'unit_price', unit_price, 'total', quantity * unit_price, 'note', note)) order by line)
	  from order_item
	 where order_id = o.order_id;
end;

-- When it should be at the door: twenty minutes of cooking from when it was placed, or what is left of that, and the way
-- by bicycle through a town. An estimate, no promise; null when there is nothing to wait for.
create or replace function order_eta(o orders) returns setof timestamptz
language sql stable
begin atomic
	select make_interval(secs => 120 + 0.33 * distance_m(kitchen.lat, kitchen.lng, (o.address ->> 'lat')::float8, (o.address ->> 'lng')::float8))
	       + case o.status
	            when 'placed' then o.placed_at + interval '20 minutes'
	            when 'confirmed' then greatest(o.placed_at + interval '20 minutes', o.status_at + interval '10 minutes')
	            when 'preparing' then greatest(o.placed_at + interval '20 minutes', o.status_at + interval '5 minutes')
	            when 'ready' then o.status_at + interval '5 minutes'
	            when 'picked_up' then o.status_at
	         end
	  from restaurant as kitchen
	 where kitchen.restaurant_id = o.restaurant_id
	   and o.status in ('placed', 'confirmed', 'preparing', 'ready', 'picked_up');
end;

-- An order as the party sees it, its members in the contract's order.
create or replace function order_json(o orders, party role) returns setof text
language sql stable
begin atomic
	select to_json(shown)::text
	  from (select o.order_id as id, o.number, o.status,
	               (select to_json(named) from (select restaurant_id as id, name from restaurant where restaurant_id = o.restaurant_id) as named) as restaurant,
	               (select to_json(named) from (select user_id as id, name from users where user_id = o.user_id) as named) as customer,
	               (select * from order_items_json(o)) as items,
	               o.subtotal, o.delivery_fee, o.tip, o.total_price as total, o.currency, o.address,
	               case o.payment_method when 'card' then card_json(o, party)
	                    else (select to_json(paid) from (select o.payment_method as method, o.payment_status as status) as paid) end as payment,
	               (select to_json(named) from (select user_id as id, name from users where user_id = o.driver_id) as named) as driver,
	               iso_time(o.acknowledged_at) as acknowledged_at, iso_time(o.placed_at) as placed_at, iso_time(o.updated_at) as updated_at,
	               iso_time((select * from order_eta(o))) as eta,
	               (select * from allowed_transitions(o, party)) as allowed_transitions) as shown;
end;

-- The order if the reader may know of it, else 404.
create or replace function order_visible(me actor, p_id uuid) returns orders
language plpgsql stable as $$
declare
	o orders;
begin
	select * into o from orders where order_id = p_id;
	if order_party(me, o) is null or o.order_id is null then
		perform fail(404, 'not_found', 'There is no such order.');
	end if;
	return o;
end
$$;

create or replace function order_get(p_session uuid, p_id uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
begin
	return reply_read((select * from order_json(o, order_party(me, o))), stream_cursor(array['order:' || p_id]), p_if_none_match);
end
$$;

-- The order's events, oldest first, each the bytes that the streams send.
create or replace function order_events(p_session uuid, p_id uuid, p_limit int, p_page text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
	after page_key := page_decode(p_page);
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	select array_agg(envelope order by seq), array_agg(jsonb_build_object('seq', seq) order by seq)
	  into items, keys
	  from event_read('order:' || o.order_id, coalesce(after.seq, 0), size + 1);
	return reply_read(page_body(items, keys, size), stream_cursor(array['order:' || o.order_id]), null);
end
$$;

create or replace function order_statuses(list text) returns order_status[]
language plpgsql stable as $$
declare
	known text[] := enum_range(null::order_status)::text[];
	wanted text[] := string_to_array(coalesce(list, array_to_string(known, ',')), ',');
begin
	if not wanted <@ known then
		perform fail(400, 'invalid_parameter', 'The status is a list of order statuses, with commas between.',
			'{"errors": [{"parameter": "status", "detail": "is not a list of statuses"}]}');
	end if;
	return array(select distinct unnest(wanted)::order_status);
end
$$;

-- The restaurants whose orders a member of staff asked for.
create or replace function staffed_restaurants(me actor, p_only uuid) returns uuid[]
language plpgsql stable as $$
declare
	ids uuid[];
begin
	select array_agg(restaurant_id order by restaurant_id) into ids
	  from membership
	 where user_id = me.user_id and (p_only is null or restaurant_id = p_only);
	if ids is null and p_only is not null then
		perform fail(404, 'not_found', 'You have no such restaurant.');
	end if;
	return coalesce(ids, '{}');
end
$$;

-- One query a role: each walks its own index, a status at a time, newest first, and no further than the page. That a
-- status is a range of one, and is sorted by, keeps the planner from the primary key, by which it would walk through
-- everybody's orders; that the owner is an equality ends the walk where the status does.
create or replace function orders_of(me actor, statuses order_status[], restaurants uuid[], before uuid, most int)
returns setof orders
language plpgsql stable as $$
begin
	if me.role = 'customer' then
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where user_id = me.user_id and status between s and s and order_id < before
			   and (restaurants is null or restaurant_id = any (restaurants))
			 order by status desc, order_id desc limit most) as found;
	elsif me.role = 'driver' then
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where driver_id = me.user_id and status between s and s and order_id < before
			   and driver_id is not null and (restaurants is null or restaurant_id = any (restaurants))
			 order by status desc, order_id desc limit most) as found;
	elsif restaurants is not null then
		return query select found.* from unnest(restaurants) as r, unnest(statuses) as s, lateral (
			select * from orders
			 where restaurant_id = r and status between s and s and order_id < before
			   and (me.role <> 'restaurant' or placed_at is not null)
			 order by status desc, order_id desc limit most) as found;
	else
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where status >= s and (status, order_id) < (s, before)
			 order by status desc, order_id desc limit most) as found;
	end if;
end
$$;

-- What a list's reader watches next: his restaurants, or himself and those orders that still move.
create or replace function orders_cursor(me actor, restaurants uuid[], listed uuid[]) returns text
language plpgsql stable as $$
begin
	if restaurants <> '{}' and me.role <> 'customer' then
		return stream_cursor(array(select 'restaurant:' || id from unnest(restaurants) as id));
	elsif me.role = 'customer' then
		return stream_cursor('user:' || me.user_id || array(
			select 'order:' || order_id
			  from orders
			 where order_id = any (listed) and not order_is_final(orders)
			 order by order_id));
	end if;
	return null;
end
$$;

create or replace function order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit int, p_page text,
	p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	restaurants uuid[] := case when me.role = 'restaurant' then staffed_restaurants(me, p_restaurant_id)
		when p_restaurant_id is not null then array[p_restaurant_id] end;
	before uuid := coalesce((page_decode(p_page)).id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
	size int := page_size(p_limit);
	items text[];
	ids uuid[];
begin
	select array_agg(shown.body order by o.order_id desc), array_agg(o.order_id order by o.order_id desc)
	  into items, ids
	  from (select *
	          from orders_of(me, order_statuses(p_status), restaurants, before, size + 1)
	         order by order_id desc
	         limit size + 1) as o,
	       order_json(o, me.role) as shown(body);
	return reply_read(page_body(items, array(select jsonb_build_object('id', id) from unnest(ids) as id), size),
		orders_cursor(me, restaurants, ids[1:size]), p_if_none_match);
end
$$;

create or replace function order_status(p_session uuid, p_id uuid)
returns table (status text, is_final boolean, at text, head bigint)
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
begin
	return query
	select o.status::text, order_is_final(o), iso_time(o.status_at),
	       coalesce((select channel.head from channel where name = 'order:' || p_id), 0);
end
$$;

-- For those who look after the site: placed orders that nobody has acknowledged, and for how long the oldest has waited.
create or replace function orders_waiting()
returns table (waiting bigint, oldest_seconds bigint)
language sql stable security definer set search_path from current
begin atomic
	select count(*), greatest(floor(extract(epoch from now() - min(placed_at))), 0)::bigint
	  from orders
	 where status = 'placed' and acknowledged_at is null;
end;
