-- The saga of an order and its payment: what is wanted of the gateway, and what becomes of the order. What is wanted is written
-- as steps by the transaction that wants it. Every function here is called with the order's row locked.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- The way of a card's money is the table payment_way's.
create or replace function payment_way_check() returns trigger
language plpgsql security definer set search_path from current as $$
begin
	if not exists (select from payment_way where from_status = old.payment_status and to_status = new.payment_status) then
		raise exception using errcode = 'check_violation',
			message = format('a payment that is %s does not become %s', old.payment_status, new.payment_status);
	end if;
	return new;
end
$$;
create or replace trigger payment_way_check before update of payment_status on orders
	for each row when (old.payment_method = 'card' and old.payment_status <> new.payment_status)
	execute function payment_way_check();

-- A card order cannot be cancelled and its money forgotten.
create or replace function cancel_is_followed() returns trigger
language plpgsql security definer set search_path from current as $$
begin
	if exists (select from orders as o where order_id = new.order_id and status = 'cancelled' and not order_is_final(o))
			and not exists (select from step where subject = 'order:' || new.order_id and kind in ('release', 'refund') and state = 'open')
			and not exists (select from refund where order_id = new.order_id and status = 'pending') then
		raise exception using errcode = 'check_violation', message = 'a cancelled order paid by card has to be released';
	end if;
	return null;
end
$$;
do $$
begin
	if not exists (select from pg_trigger where tgname = 'cancel_is_followed' and tgrelid = 'orders'::regclass) then
		create constraint trigger cancel_is_followed after update on orders deferrable initially deferred
			for each row when (new.payment_method = 'card' and new.status = 'cancelled' and old.status <> 'cancelled')
			execute function cancel_is_followed();
	end if;
end
$$;

-- Whether the intent holds money, or may come to hold it, that nobody wants: its order is cancelled, or another attempt counts.
create or replace function intent_is_unwanted(i intent, o orders, p payment) returns boolean
language sql stable
return i.status in ('processing', 'requires_action', 'requires_capture')
	and (o.status = 'cancelled'
		or case when p.attempt is null then i.attempt < (select max(attempt) from intent where order_id = o.order_id)
		        else i.attempt <> p.attempt end);

-- Whether the gateway is told to let go. A declined intent holds nothing, yet could still be confirmed there for an order that is no more.
create or replace function intent_is_to_release(i intent, o orders, p payment) returns boolean
language sql stable
return intent_is_unwanted(i, o, p)
	or o.status = 'cancelled' and o.placed_at is null and i.status = 'declined' and i.gateway_id is not null;

-- What of a payment was captured, and neither given back nor on its way back.
create or replace function payment_rest(p payment) returns bigint
language sql stable
return p.captured - p.refunded
	- (select coalesce(sum(amount), 0)::bigint from refund where order_id = p.order_id and status = 'pending');

-- Wants a first or another attempt. An earlier one that is still open is released first.
create or replace function intent_want(o orders, m method, p_attempt int) returns void
language plpgsql volatile as $$
declare
	site text := nullif(current_setting('foodfast.site_url', true), '');
begin
	insert into intent (intent_id, order_id, attempt, payment_method_id, brand, last4, amount)
	values (uuid_v7(), o.order_id, p_attempt, m.payment_method_id, m.brand, m.last4, o.total_price);
	perform release_want(o);
	perform step_want('order:' || o.order_id, 'authorize', jsonb_build_object('attempt', p_attempt), p_params => jsonb_strip_nulls(
		jsonb_build_object('amount', o.total_price, 'currency', lower(o.currency), 'confirm', true, 'capture_method', 'manual',
			'customer', (select gateway_id from customer where user_id = o.user_id), 'payment_method', m.gateway_id,
			'payment_method_types', '["card"]'::jsonb, 'return_url', site || '/customer.html#order=' || o.order_id,
			'metadata', jsonb_build_object('order_id', o.order_id, 'attempt', p_attempt))));
end
$$;

-- The payment of a new order.
create or replace function payment_open(o orders, m method) returns void
language plpgsql volatile as $$
begin
	insert into payment (order_id, user_id, amount, currency, deadline_at)
	values (o.order_id, o.user_id, o.total_price, o.currency, now() + interval '15 minutes');
	perform intent_want(o, m, 1);
end
$$;

create or replace function capture_want(p_order_id uuid, p_attempt int) returns void
language plpgsql volatile as $$
begin
	if exists (select from step where subject = 'order:' || p_order_id and kind = 'capture' and state = 'open') then
		return;
	end if;
	perform step_want('order:' || p_order_id, 'capture', jsonb_build_object('attempt', p_attempt), 'payment_intent.capture', gateway_id, '{}')
	   from intent where order_id = p_order_id and attempt = p_attempt;
end
$$;

-- Asks how an intent is doing, after a while; an ask that waits already comes forward.
create or replace function ask_want(p_subject text, p_about jsonb, p_operation text, p_object_id text, p_in interval default '0 s') returns void
language plpgsql volatile as $$
begin
	update step
	   set run_at = least(run_at, clock_timestamp() + p_in)
	 where subject = p_subject and state = 'open' and kind = 'ask' and object_id = p_object_id and lease is null;
	if not found then
		perform step_want(p_subject, 'ask', p_about, p_operation, p_object_id, null, p_in);
	end if;
end
$$;

create or replace function intent_ask(i intent, p_in interval default '0 s') returns void
language sql volatile
begin atomic
	select ask_want('order:' || i.order_id, jsonb_build_object('attempt', i.attempt), 'payment_intent.retrieve', i.gateway_id, p_in);
end;

-- What was wanted and surely never went out is not wanted any more.
create or replace function steps_drop(p_order_id uuid, p_kind step_kind) returns void
language plpgsql volatile as $$
begin
	with dropped as (
		update step set state = 'dropped', settled_at = clock_timestamp()
		 where subject = 'order:' || p_order_id and kind = p_kind and state = 'open' and sends = 0
		returning (about ->> 'attempt')::int as attempt
	)
	update intent set status = 'canceled', updated_at = now()
	  from dropped
	 where p_kind = 'authorize' and intent.order_id = p_order_id and intent.attempt = dropped.attempt and intent.status = 'new';
end
$$;

-- Gives free what nobody wants, now or once it is known: intents of a cancelled order or of earlier attempts, and what was
-- captured. What exactly is decided when the step is taken.
create or replace function release_want(o orders) returns void
language plpgsql volatile as $$
declare
	p payment;
begin
	select * into p from payment where order_id = o.order_id;
	if not exists (select from step where subject = 'order:' || o.order_id and kind = 'release' and state = 'open')
			and (exists (select from intent as i where i.order_id = o.order_id and intent_is_to_release(i, o, p))
			     or o.status = 'cancelled' and (payment_rest(p) > 0
			        or exists (select from step where subject = 'order:' || o.order_id and kind in ('authorize', 'capture') and state = 'open'))) then
		perform step_want('order:' || o.order_id, 'release');
	end if;
end
$$;

-- The first intent that nobody wants is cancelled, each under a key of its own; those that hold money come first. Captured money goes back by a refund instead.
create or replace function release_prepare(s step) returns step
language plpgsql volatile as $$
declare
	o orders;
	p payment;
begin
	select * into o from orders where order_id = step_order(s);
	select * into p from payment where order_id = o.order_id;
	s.operation := 'payment_intent.cancel';
	s.params := '{}';
	s.object_id := coalesce(s.about ->> 'stray', (
		select i.gateway_id from intent as i
		 where i.order_id = o.order_id and intent_is_to_release(i, o, p) and i.gateway_id is not null
		 order by i.status = 'declined', i.attempt limit 1));
	s.key := s.key || '/' || s.object_id;
	if s.object_id is null then
		s.operation := null;
		perform step_end(s.step_id, 'done');
		if o.status = 'cancelled' and payment_rest(p) > 0 then
			perform refund_want(p, payment_rest(p), 'The order was cancelled.', system_json());
		end if;
		perform event_append(events) from payment_finish(o.order_id) as events where cardinality(events) > 0;
	end if;
	return s;
end
$$;

-- Who acts when nobody does.
create or replace function system_json() returns jsonb
language sql immutable
return '{"role": "system", "name": "FoodFast"}'::jsonb;

-- Writes what the payment has become. No events when that is what it was.
create or replace function payment_move(p_order_id uuid, p_status payment_status, p_amount bigint) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
begin
	update orders set payment_status = p_status, updated_at = clock_timestamp()
	 where order_id = p_order_id and payment_status <> p_status
	returning * into o;
	if not found then
		return '{}';
	end if;
	return order_events_closed(o, array[card_event(o, p_amount)]);
end
$$;

-- A cancelled order whose money is nowhere any more: its payment is settled. A capture that failed has been told as such, and stays so.
create or replace function payment_finish(p_order_id uuid) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
	p payment;
begin
	select * into o from orders where order_id = p_order_id;
	select * into p from payment where order_id = p_order_id;
	if o.status <> 'cancelled' or order_is_final(o) or p.captured > 0
			or exists (select from intent as i where i.order_id = p_order_id and intent_is_unwanted(i, o, p))
			or exists (select from step where subject = 'order:' || p_order_id and kind in ('authorize', 'capture') and state = 'open') then
		return '{}';
	end if;
	return payment_move(p_order_id, 'voided', p.amount);
end
$$;

-- The bank holds the money: only now is there an order for the kitchen.
create or replace function order_authorized(p_order_id uuid, p_attempt int) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
begin
	update payment set attempt = p_attempt where order_id = p_order_id;
	update orders
	   set status = 'placed', payment_status = 'authorized', placed_at = clock_timestamp(),
	       status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = p_order_id
	returning * into o;
	perform steps_drop(p_order_id, 'authorize');
	perform release_want(o);
	return card_event(o, o.total_price) || order_placed_events(o, (select * from order_json(o, 'customer'))::json);
end
$$;

-- The money is ours. A second capture of one order cannot be: a person has to look.
create or replace function payment_captured(o orders, i intent, p_amount bigint) returns new_event[]
language plpgsql volatile as $$
declare
	p payment;
	events new_event[] := '{}';
begin
	select * into p from payment where order_id = o.order_id for no key update;
	if p.captured > 0 or p_amount is null or p_amount not between 1 and p.amount or o.payment_status = 'voided' then
		return array[escalation('payment_mismatch', o.order_id, format('Intent %s captured %s; the books have %s of %s.', i.gateway_id, p_amount, p.captured, p.amount))];
	elsif o.status = 'awaiting_payment' then
		events := order_authorized(o.order_id, i.attempt);
	end if;
	update payment set attempt = i.attempt, captured = p_amount where order_id = o.order_id;
	perform ledger_post_capture(o, i.attempt, p_amount);
	events := events || payment_move(o.order_id, 'captured', p_amount);
	if o.status = 'cancelled' then
		perform release_want(o);
	end if;
	return events;
end
$$;

-- Cancels an order because its money does not come.
create or replace function order_cancel(o orders, p_reason text) returns new_event[]
language plpgsql volatile as $$
declare
	previous order_status := o.status;
	events new_event[];
begin
	update orders
	   set status = 'cancelled', status_by = system_json(), status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = o.order_id
	returning * into o;
	events := cancel_follow(o);
	select * into o from orders where order_id = o.order_id;
	return order_events_closed(o, order_status_events(o, previous, system_json(), p_reason) || events);
end
$$;

-- What a cancelled order's payment needs.
create or replace function cancel_follow(o orders) returns new_event[]
language plpgsql volatile as $$
begin
	perform steps_drop(o.order_id, 'authorize');
	perform steps_drop(o.order_id, 'capture');
	perform release_want(o);
	return payment_finish(o.order_id);
end
$$;

-- The kitchen has not begun: it must not. It has: the food is there, the money is not, and a person has to see to it.
create or replace function capture_failed(o orders, p_detail text) returns new_event[]
language plpgsql volatile as $$
begin
	if o.status in ('placed', 'confirmed') then
		return order_cancel(o, 'The payment could not be collected.');
	elsif o.status <> 'cancelled' and o.payment_status = 'authorized' then
		return payment_move(o.order_id, 'failed', o.total_price)
			|| escalation('capture_failed', o.order_id, 'The payment could not be collected, and the order is under way: ' || p_detail);
	end if;
	return payment_finish(o.order_id);
end
$$;

-- What a move of the order means for its card, in the move's own transaction.
create or replace function payment_follow(o orders) returns new_event[]
language plpgsql volatile as $$
begin
	if o.status = 'confirmed' then
		perform capture_want(o.order_id, attempt) from payment where order_id = o.order_id;
	elsif o.status = 'cancelled' then
		return cancel_follow(o);
	end if;
	return '{}';
end
$$;

-- Cancels what was not paid in time; the hints of each.
create or replace function payments_expire() returns table (hints text)
language plpgsql volatile security definer set search_path from current as $$
declare
	late orders;
	events new_event[] := '{}';
begin
	for late in
		select o.* from orders as o join payment as p using (order_id)
		 where o.status = 'awaiting_payment' and p.deadline_at <= clock_timestamp()
		 limit 50 for no key update of o skip locked
	loop
		events := events || order_cancel(late, 'It was not paid in time.');
	end loop;
	if cardinality(events) > 0 then
		return query select concat_ws(E'\n', wake_hint(), event_append(events));
	end if;
end
$$;
