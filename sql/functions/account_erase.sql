-- What we hold of a person: all of it as one document, and its erasure. Orders and books stay, under an id that tells nobody.
-- To add what is held of people: a member in account_export(), and its end in person_erase() or erasure_sweep().
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, payment, public, pg_temp;

-- Of whom an event tells by name; the index event_by_person is over this expression.
create or replace function event_person(data jsonb) returns text
language sql immutable
return coalesce(data #>> '{by,id}', data #>> '{driver,id}', data #>> '{sender,id}', data #>> '{agent,id}');

-- Everything that is held of the reader. Of orders that he brought no more than that he did: the rest is their customers'.
-- The ETag is of what is held; when it was asked for changes each time.
create or replace function account_export(p_session uuid, p_if_none_match text default null) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	export reply;
begin
	export := reply_read(json_build_object(
		'user', user_json(me.user_id)::json,
		'addresses', array(select address_json(a) from address as a where a.user_id = me.user_id order by address_id),
		'sessions', array(select json_build_object('id', session_id, 'device', device, 'ip', ip, 'created_at', iso_time(created_at),
				'last_used_at', iso_time(last_used_at), 'ended_at', iso_time(ended_at))
			from session where user_id = me.user_id order by session_id),
		'mail', array(select json_build_object('id', email_id, 'purpose', purpose, 'created_at', iso_time(created_at), 'sent_at', iso_time(sent_at))
			from email where user_id = me.user_id order by email_id),
		'orders', array(select body::json from orders as o, order_json(o, 'customer') as body where o.user_id = me.user_id order by o.order_id),
		'deliveries', array(select json_build_object('order_id', order_id, 'number', number, 'status', status, 'at', iso_time(status_at))
			from orders where driver_id = me.user_id order by order_id),
		'payments', payment_export(me.user_id),
		'events', array(select event_envelope(channel, seq, type, at, data)::json
			from event where channel = 'user:' || me.user_id order by seq),
		'deeds', array(select json_build_object('channel', channel, 'type', type, 'at', iso_time(at))
			from event where event_person(data) = me.user_id::text and data ?| array['by', 'driver', 'sender', 'agent'] order by at)
		)::text, null, p_if_none_match);
	export.body := json_with(export.body, 'exported_at', to_json(iso_time(now()))::text);
	return export;
end
$$;

-- An event or an answer without the name of this person: a member {id, name} goes on as one of somebody.
create or replace function json_without_name(body jsonb, p_user_id uuid) returns jsonb
language sql immutable
return (select jsonb_object_agg(key, case when value ->> 'id' = p_user_id::text and value ? 'name' then value || '{"name": "Erased"}' else value end)
          from jsonb_each(body));

-- An order, or what tells of one, without what its customer wrote.
create or replace function json_without_notes(body jsonb) returns jsonb
language sql immutable
return case when body ? 'items' then body || jsonb_build_object('items', (
	select coalesce(jsonb_agg(line - 'note' order by n), '[]') from jsonb_array_elements(body -> 'items') with ordinality as item(line, n)))
	else body end;

-- Where an order went: the town, and about where on the map.
create or replace function address_without_person(address jsonb) returns jsonb
language sql immutable
return jsonb_build_object('line1', 'Erased', 'city', address -> 'city',
	'lat', round((address ->> 'lat')::numeric), 'lng', round((address ->> 'lng')::numeric));

-- Up to so many of the events that name him lose his name, and his own reasons; so do the orders that they are about.
create or replace function erase_name(p_user_id uuid, most int) returns bigint
language plpgsql volatile as $$
declare
	ids uuid[];
	found_events bigint;
begin
	with named as (
		select channel, seq, at from event
		 where event_person(data) = p_user_id::text and data ?| array['by', 'driver', 'sender', 'agent']
		   and coalesce(data #>> '{by,name}', data #>> '{driver,name}', data #>> '{sender,name}', data #>> '{agent,name}') <> 'Erased'
		 limit most
	), changed as (
		update event
		   set data = json_without_name(case when data #>> '{by,role}' = 'customer' then data - 'reason' else data end, p_user_id)
		  from named
		 where event.channel = named.channel and event.seq = named.seq and event.at = named.at
		returning data ->> 'order_id' as order_id
	)
	select count(*), array_agg(distinct order_id::uuid) filter (where order_id is not null) into found_events, ids from changed;
	update orders
	   set status_by = case when status_by ->> 'id' = p_user_id::text then status_by || '{"name": "Erased"}' else status_by end,
	       acknowledged_by = case when acknowledged_by ->> 'id' = p_user_id::text then acknowledged_by || '{"name": "Erased"}' else acknowledged_by end
	 where order_id = any (ids);
	return found_events;
end
$$;

-- Notes are told on every channel that an order was placed on, by one transaction. Where a restore has cleared its number:
-- within moments.
create or replace function erase_notes(p_order_ids uuid[]) returns void
language plpgsql volatile as $$
declare
	placed record;
begin
	for placed in
		select event.xid, event.at, o.order_id, o.restaurant_id
		  from orders as o
		  join event on event.channel = 'order:' || o.order_id and event.type = 'order.placed'
		 where o.order_id = any (p_order_ids) and exists (select from order_item where order_id = o.order_id and note is not null)
	loop
		if placed.xid is not null then
			update event set data = json_without_notes(data)
			 where xid = placed.xid and type = 'order.placed' and data ->> 'order_id' = placed.order_id::text;
		else
			update event set data = json_without_notes(data)
			 where channel = any (array['order:' || placed.order_id, 'restaurant:' || placed.restaurant_id])
			   and at between placed.at - interval '10 seconds' and placed.at + interval '10 seconds'
			   and type = 'order.placed' and data ->> 'order_id' = placed.order_id::text;
		end if;
	end loop;
	update order_item set note = null where order_id = any (p_order_ids) and note is not null;
end
$$;

-- Up to so many of his finished orders forget where they went and what he wrote.
create or replace function erase_orders(p_user_id uuid, most int) returns bigint
language plpgsql volatile as $$
declare
	ids uuid[] := array(select order_id from orders
	                     where user_id = p_user_id and status in ('delivered', 'cancelled') and address ->> 'line1' <> 'Erased'
	                     limit most);
begin
	perform erase_notes(ids);
	update orders set address = address_without_person(address), basket_hash = '' where order_id = any (ids);
	return cardinality(ids);
end
$$;

-- Answers to others that tell of him: they are kept for a day, for whoever asks the same again.
create or replace function erase_answers(p_user_id uuid) returns void
language plpgsql volatile as $$
begin
	update idempotent_answer
	   set body = (json_without_name(body::jsonb, p_user_id) || case when body::jsonb #>> '{customer,id}' = p_user_id::text and body::jsonb ? 'address'
	       then jsonb_build_object('address', address_without_person(body::jsonb -> 'address'), 'items', json_without_notes(body::jsonb) -> 'items')
	       else '{}' end)::text
	 where body like '{%' || p_user_id || '%';
end
$$;

-- One step through what others hold of him. True: there is nothing left.
create or replace function erasure_sweep(p_user_id uuid, most int) returns boolean
language plpgsql volatile as $$
declare
	named bigint := erase_name(p_user_id, most);
	ordered bigint := erase_orders(p_user_id, most);
begin
	perform erase_answers(p_user_id);
	return named < most and ordered < most;
end
$$;

-- The rest, in turns: what was too much, and a little later, and after an hour, what was under way when he left.
create or replace function erasures_continue() returns void
language plpgsql volatile as $$
declare
	due erasure;
	is_clean boolean;
begin
	for due in select * from erasure where run_at <= now() order by run_at limit 20 for update skip locked loop
		is_clean := erasure_sweep(due.user_id, 5000);
		if is_clean and due.asked_at < now() - interval '1 hour' and not orders_are_open(due.user_id) then
			delete from erasure where user_id = due.user_id;
		else
			update erasure set run_at = case when is_clean then now() + interval '1 hour' else now() end where user_id = due.user_id;
		end if;
	end loop;
end
$$;

-- What is his alone goes at once; before a login, keys are kept by e-mail. The row stays, suspended for ever, for orders and books to point at.
create or replace function person_erase(p_user_id uuid) returns void
language plpgsql volatile as $$
declare
	told text := ':' || (select email from users where user_id = p_user_id);
begin
	delete from idempotent_answer
	 where scope = 'user:' || p_user_id or right(lower(btrim(scope)), length(told)) = told
	    or session_id in (select session.session_id from session where user_id = p_user_id);
	delete from session where user_id = p_user_id;
	delete from address where user_id = p_user_id;
	delete from email where user_id = p_user_id;
	delete from membership where user_id = p_user_id;
	delete from event where channel = 'user:' || p_user_id;
	update log.channel set oldest = head + 1 where name = 'user:' || p_user_id;
	update users
	   set email = 'erased-' || user_id || '@erased.invalid', name = 'Erased', phone = null, password_hash = '$argon2id$',
	       email_confirmed_at = null, is_suspended = true, erased_at = now(), updated_at = now()
	 where user_id = p_user_id;
end
$$;

-- Erases the person who asks, if his password is still the one that was checked. The last on his channel is its end.
create or replace function account_erase(p_session uuid, p_hash text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	hints text;
begin
	if me.role = 'admin' then
		perform admins_lock();
	end if;
	me := actor_with_password(p_session, p_hash);
	if orders_are_open(me.user_id) then
		perform fail(409, 'orders_open', 'An order of yours is still under way. Wait for it, or cancel it.');
	elsif me.role = 'admin' and not exists (select from users where role = 'admin' and not is_suspended and user_id <> me.user_id) then
		perform fail(409, 'last_admin', 'You are the only admin. Appoint another one first.');
	end if;
	perform payment_erase(me);
	hints := sessions_end(me.user_id);
	perform person_erase(me.user_id);
	insert into erasure (user_id, run_at)
	values (me.user_id, case when erasure_sweep(me.user_id, 500) then now() + interval '5 minutes' else now() end);
	return reply_commit(204, null, array[
		('user:' || me.user_id, 'user.updated', '{"fields": ["erased"]}', true)::new_event], hints => hints);
end
$$;
