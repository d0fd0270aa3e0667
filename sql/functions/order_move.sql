-- Moving an order along, and the kitchen's "seen".
-- To allow a move: a row of the transition table (a migration), nothing here.
set local role foodfast_owner;
set local search_path = ordering, payment, log, api, account, catalogue, public, pg_temp;

-- The order, locked: of two that move it at once the second waits, and sees what the first has made of it.
create or replace function order_for_change(me actor, p_id uuid) returns orders
language plpgsql volatile as $$
declare
	o orders;
begin
	select * into o from orders where order_id = p_id for no key update;
	if o.order_id is null or order_party(me, o) is null then
		perform fail(404, 'not_found', 'There is no such order.');
	end if;
	return o;
end
$$;

-- What paying becomes by the move; null: it stays. Cash is collected at the door, and never when nothing comes.
create or replace function payment_after(o orders, status order_status) returns payment_status
language sql immutable
return case
	when o.payment_method = 'cash' and status = 'delivered' then 'collected'::payment_status
	when o.payment_method = 'cash' and status = 'cancelled' then 'voided'::payment_status
end;

-- The row of the transition table that allows the move, else 409; a colleague who comes second is told who was first.
create or replace function transition_for(o orders, p_party role, p_to order_status) returns transition
language plpgsql stable as $$
declare
	way transition;
begin
	select * into way
	  from transition
	 where from_status = o.status and to_status = p_to and party = p_party and (not without_driver or o.driver_id is null);
	if not found then
		perform fail(409, 'illegal_transition', format('This order is %s; it cannot become %s.', o.status, p_to),
			jsonb_build_object('order_status', o.status, 'by', o.status_by, 'allowed', (select * from allowed_transitions(o, p_party))));
	end if;
	return way;
end
$$;

create or replace function order_status_events(o orders, previous order_status, by jsonb, reason text) returns new_event[]
language plpgsql stable as $$
declare
	data jsonb := jsonb_strip_nulls(jsonb_build_object('order_id', o.order_id, 'status', o.status,
		'previous', previous, 'by', by, 'reason', reason, 'eta', iso_time((select * from order_eta(o)))));
	watched text[] := array['order:' || o.order_id,
		case when o.placed_at is not null then 'restaurant:' || o.restaurant_id end, 'driver:' || o.driver_id];
begin
	return array(select (channel, 'order.status', data, false)::new_event
	               from unnest(watched) as channel
	              where channel is not null);
end
$$;

create or replace function payment_status_event(o orders) returns new_event
language sql stable
return ('order:' || o.order_id, 'payment.status',
	jsonb_build_object('order_id', o.order_id, 'status', o.payment_status, 'amount', o.total_price), false)::new_event;

-- Marks the last event of a finished order's own channel: its watchers may go.
create or replace function order_events_closed(o orders, events new_event[]) returns new_event[]
language plpgsql stable as $$
begin
	if order_is_final(o) then
		return array(select (channel, type, data, channel = 'order:' || o.order_id)::new_event
		               from unnest(events));
	end if;
	return events;
end
$$;

-- What the move means for the card is done in its transaction, so that no cancel forgets the money.
create or replace function order_transition_card(o orders, party role, events new_event[]) returns reply
language plpgsql volatile as $$
declare
	paid new_event[] := payment_follow(o);
begin
	select * into o from orders where order_id = o.order_id;
	return reply_commit(200, (select * from order_json(o, party)), order_events_closed(o, events || paid), hints => wake_hint());
end
$$;

create or replace function order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_id);
	party role := order_party(me, o);
	previous order_status := o.status;
	paid payment_status := o.payment_status;
	way transition;
	reason text;
	events new_event[];
begin
	way := transition_for(o, party, (order_statuses(p_to))[1]);
	reason := coalesce(way.reason, nullif(btrim(p_reason), ''));
	if way.needs_reason and reason is null then
		perform fail_field('reason_needed', '/reason', 'Say why: the customer is told.');
	end if;
	update orders
	   set status = way.to_status, payment_status = coalesce(payment_after(o, way.to_status), paid),
	       status_by = actor_json(me), status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = p_id
	returning * into o;
	events := order_status_events(o, previous, o.status_by, reason);
	if o.status = 'delivered' then
		perform invoice_issue(o);
	end if;
	if o.payment_method = 'card' then
		return order_transition_card(o, party, events);
	elsif o.payment_status <> paid then
		events := events || payment_status_event(o);
	end if;
	return reply_commit(200, (select * from order_json(o, party)), order_events_closed(o, events));
end
$$;

-- Seen by the kitchen: once; all its screens learn it. A second time changes nothing and answers the same.
create or replace function order_acknowledge(p_session uuid, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_id);
	party role := order_party(me, o);
	data jsonb := jsonb_build_object('order_id', p_id, 'by', actor_json(me));
begin
	if party <> 'restaurant' then
		perform fail(403, 'forbidden', 'Only the staff of the restaurant acknowledge an order.');
	elsif o.acknowledged_at is not null or o.status in ('delivered', 'cancelled') then
		return reply_commit(200, (select * from order_json(o, party)), null);
	end if;
	update orders
	   set acknowledged_at = clock_timestamp(), acknowledged_by = actor_json(me), updated_at = clock_timestamp()
	 where order_id = p_id
	returning * into o;
	return reply_commit(200, (select * from order_json(o, party)), array[
		('order:' || o.order_id, 'order.acknowledged', data, false)::new_event,
		('restaurant:' || o.restaurant_id, 'order.acknowledged', data, false)::new_event]);
end
$$;

-- The same, sent on a stream: the channel that it names must be one of those that tell it.
create or replace function order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	answer reply := order_acknowledge(p_session, p_id);
begin
	if p_channel not in (select 'order:' || p_id union all select 'restaurant:' || restaurant_id from orders where order_id = p_id) then
		perform fail(422, 'wrong_channel', 'This order is not told on that channel.');
	end if;
	return answer;
end
$$;
