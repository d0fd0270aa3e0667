-- Refunds: by agents and admins, in full and in part, and what a cancelled order gives back by itself.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- Writes a refund and the step that makes it. The payment's row is locked, and the sum is not more than its rest.
create or replace function refund_want(p payment, p_amount bigint, p_reason text, p_by jsonb) returns uuid
language plpgsql volatile as $$
declare
	made uuid := uuid_v7();
begin
	insert into refund (refund_id, order_id, attempt, amount, reason, by)
	values (made, p.order_id, p.attempt, p_amount, p_reason, p_by);
	perform step_want('order:' || p.order_id, 'refund', jsonb_build_object('refund_id', made), p_params => jsonb_build_object(
			'payment_intent', i.gateway_id, 'amount', p_amount, 'reason', 'requested_by_customer',
			'metadata', jsonb_build_object('order_id', p.order_id, 'refund_id', made)))
	   from intent as i
	  where i.order_id = p.order_id and i.attempt = p.attempt;
	return made;
end
$$;

-- POST /orders/ID/refunds: without an amount, all that is left. What is under way counts as given back.
create or replace function refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_order_id);
	p payment;
	rest bigint;
	made uuid;
begin
	if me.role not in ('agent', 'admin') then
		perform fail(403, 'forbidden', 'Agents and admins give money back.');
	end if;
	select * into p from payment where order_id = p_order_id for no key update;
	rest := coalesce(payment_rest(p), 0);
	if rest = 0 then
		perform fail(409, 'not_refundable', case when o.payment_method = 'cash' then 'Cash is given back at the door, not by us.'
			when p.captured > 0 then 'All that was paid has been given back, or is on its way.' else 'Nothing has been paid yet.' end);
	elsif coalesce(p_amount, rest) not between 1 and rest then
		perform fail(422, 'refund_too_large', 'That is more than is left of what was paid.', jsonb_build_object('refundable', rest,
			'errors', '[{"pointer": "/amount", "detail": "is more than is left"}]'::jsonb));
	elsif nullif(btrim(p_reason), '') is null then
		perform fail_field('reason_needed', '/reason', 'Say why: the customer is told.');
	end if;
	made := refund_want(p, coalesce(p_amount, rest), left(btrim(p_reason), 500), actor_json(me));
	return reply_commit(202, jsonb_build_object('id', made)::text, null);
end
$$;

-- What it answers once the gateway was waited for; a refund may stay pending for days.
create or replace function refund_answer(p_session uuid, p_refund_id uuid) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	r refund;
	p payment;
begin
	select * into r from refund where refund_id = p_refund_id;
	if not found or me.role not in ('agent', 'admin') then
		perform fail(404, 'not_found', 'There is no such refund.');
	end if;
	select * into p from payment where order_id = r.order_id;
	return row(201, refund_json(r, p)::text, null, null, null, null)::reply;
end
$$;

-- The gateway's word for a refund, as ours.
create or replace function refund_status_of(object jsonb) returns refund_status
language sql immutable
return case when object ->> 'status' in ('pending', 'requires_action') then 'pending' when object ->> 'status' = 'succeeded' then 'succeeded'
	when object ->> 'status' in ('failed', 'canceled') then 'failed' end::refund_status;

-- What is heard of a refund. It succeeds or fails once; and one that succeeded may be sent back by the bank later.
create or replace function refund_heard(p_refund_id uuid, object jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	said refund_status := refund_status_of(object);
	old refund;
	r refund;
begin
	select * into old from refund where refund_id = p_refund_id;
	if said is null or object ->> 'id' <> old.gateway_id or (object ->> 'amount')::bigint <> old.amount then
		return array[escalation('payment_mismatch', old.order_id, format('Refund %s is not what it should be.', object ->> 'id'))];
	elsif said < old.status then
		return '{}';
	end if;
	update refund
	   set status = said, gateway_id = object ->> 'id', updated_at = now()
	 where refund_id = p_refund_id
	returning * into r;
	if said = 'pending' then
		perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', p_refund_id), 'refund.retrieve', r.gateway_id,
			least(greatest((clock_timestamp() - r.created_at) / 4, interval '10 s'), interval '1 hour'));
	elsif said <> old.status then
		return refund_settled(old, r);
	end if;
	return '{}';
end
$$;

-- It has succeeded, failed, or failed after all.
create or replace function refund_settled(old refund, r refund) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
	p payment;
	change bigint := case when r.status = 'succeeded' then r.amount when old.status = 'succeeded' then -r.amount else 0 end;
	events new_event[] := '{}';
begin
	select * into o from orders where order_id = r.order_id;
	update payment set refunded = refunded + change where order_id = r.order_id returning * into p;
	if change > 0 then
		perform ledger_post_refund(o, r);
	elsif change < 0 then
		perform ledger_post_refund_return(o, r);
	end if;
	if change <> 0 then
		events := payment_refunded(p);
	end if;
	if r.status = 'failed' then
		events := events || escalation('refund_failed', r.order_id, format('A refund of %s did not reach the customer.', money_text(r.amount, p.currency)));
	end if;
	return events;
end
$$;

-- What the order says after a refund. A second part of the sum is news too, though the status stays.
create or replace function payment_refunded(p payment) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
begin
	update orders
	   set payment_status = case when p.refunded = p.captured then 'refunded' when p.refunded > 0 then 'partially_refunded' else 'captured' end::payment_status,
	       updated_at = clock_timestamp()
	 where order_id = p.order_id
	returning * into o;
	return order_events_closed(o, array[card_event(o, case when p.refunded > 0 then p.refunded else p.captured end)]);
end
$$;

create or replace function refund_answered(s step, p_status int, p_body jsonb, p_code text) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := s.about ->> 'refund_id';
	old refund;
	r refund;
	events new_event[];
begin
	if p_status < 400 then
		events := refund_heard(id, p_body);
		if s.sends > 1 and not s.is_searching then -- this may be the answer that was kept for the key: what has become of it since, is asked
			perform ask_want(s.subject, s.about, 'refund.retrieve', gateway_id) from refund where refund_id = id and status = 'succeeded';
		end if;
		return events;
	end if;
	select * into old from refund where refund_id = id;
	update refund set status = 'failed', updated_at = now() where refund_id = id returning * into r;
	return refund_settled(old, r);
end
$$;

-- After a day nobody knows: it stays pending, so that nobody gives the same money back again before a person has looked.
create or replace function refund_lost(s step) returns new_event[]
language sql immutable
return '{}'::new_event[];
