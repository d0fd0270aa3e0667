-- What the gateway says of PaymentIntents, and what that means for the order. Everything that is heard of one, by whatever way,
-- goes through intent_heard(). Every function here is called with the order's row locked.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- The gateway's word for an intent, as ours. One that waits for a card without having refused one is still at it.
create or replace function intent_status_of(pi jsonb) returns intent_status
language sql immutable
return case pi ->> 'status'
	when 'requires_payment_method' then case when pi #>> '{last_payment_error,code}' is null then 'processing' else 'declined' end
	when 'requires_confirmation' then 'processing'
	else case when pi ->> 'status' in ('processing', 'requires_action', 'requires_capture', 'canceled', 'succeeded') then pi ->> 'status' end
end::intent_status;

-- What is heard of an intent, whoever says it and however late: what is no news changes nothing.
create or replace function intent_heard(p_order_id uuid, p_attempt int, pi jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	said intent_status := intent_status_of(pi);
	i intent;
begin
	select * into i from intent where order_id = p_order_id and attempt = p_attempt;
	if said is null or pi ->> 'id' <> i.gateway_id or pi #>> '{metadata,order_id}' <> p_order_id::text then
		return array[escalation('payment_mismatch', p_order_id, format('Intent %s is not what attempt %s should be.', pi ->> 'id', p_attempt))];
	elsif said < i.status then
		return '{}';
	end if;
	update intent
	   set status = said, gateway_id = pi ->> 'id', updated_at = now(),
	       decline_code = left(coalesce(pi #>> '{last_payment_error,decline_code}', pi #>> '{last_payment_error,code}', decline_code), 100),
	       next_action = case when said = 'requires_action' then next_action_of(pi) end
	 where order_id = p_order_id and attempt = p_attempt
	returning * into i;
	return intent_follow(i, pi);
end
$$;

-- What the customer has to do: the gateway's words, and the page to go to.
create or replace function next_action_of(pi jsonb) returns jsonb
language sql immutable
return jsonb_strip_nulls((pi -> 'next_action') || jsonb_build_object('url', pi #> '{next_action,redirect_to_url,url}'));

-- What that means. Said twice, it means nothing more.
create or replace function intent_follow(i intent, pi jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	o orders;
	p payment;
	is_current boolean;
begin
	select * into o from orders where order_id = i.order_id;
	select * into p from payment where order_id = i.order_id;
	is_current := o.status = 'awaiting_payment' and p.attempt is null and i.attempt = (intent_latest(i.order_id)).attempt;
	if i.status = 'succeeded' and (p.captured = 0 or p.attempt is distinct from i.attempt) then
		return payment_captured(o, i, (pi ->> 'amount_received')::bigint);
	elsif i.status = 'requires_capture' and o.status = 'awaiting_payment' and p.attempt is null then
		return order_authorized(i.order_id, i.attempt);
	elsif i.status = 'requires_capture' and p.attempt = i.attempt and o.status not in ('placed', 'cancelled') and o.payment_status = 'authorized' then
		perform capture_want(i.order_id, i.attempt);
	elsif i.status = 'canceled' and p.attempt = i.attempt and o.status <> 'cancelled' and p.captured = 0 then
		return capture_failed(o, 'the authorisation is gone');
	elsif i.status in ('declined', 'canceled') and is_current then
		return payment_move(i.order_id, 'failed', i.amount);
	elsif i.status = 'requires_action' and is_current then
		perform intent_ask(i, intent_patience(i));
		return payment_move(i.order_id, 'requires_action', i.amount);
	elsif i.status = 'processing' then
		perform intent_ask(i, intent_patience(i));
	end if;
	perform release_want(o);
	return payment_finish(i.order_id);
end
$$;

-- When to ask an intent that waits for its customer again, should no webhook come: the longer it waited, the later.
create or replace function intent_patience(i intent) returns interval
language sql volatile
return least(greatest((clock_timestamp() - i.created_at) / 4, interval '2 s'), interval '30 s');

create or replace function authorize_answered(s step, p_status int, p_body jsonb, p_code text) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := step_order(s);
	n int := s.about ->> 'attempt';
	pi jsonb := coalesce(p_body #> '{error,payment_intent}', p_body);
	i intent;
begin
	if pi ->> 'object' = 'payment_intent' then
		return intent_heard(id, n, pi);
	end if;
	update intent set status = 'declined', decline_code = left(coalesce(p_code, 'processing_error'), 100), updated_at = now()
	 where order_id = id and attempt = n and status = 'new'
	returning * into i;
	return intent_follow(i, '{}') || case when p_status in (402, 404) then '{}'
		else array[escalation('payment_refused', id, format('The gateway refused to take a payment: HTTP %s %s', p_status, p_code))] end;
end
$$;

-- After a day nobody knows, and the search has found nothing.
create or replace function intent_lost(s step) returns new_event[]
language plpgsql volatile as $$
declare
	i intent;
begin
	update intent set status = 'canceled', updated_at = now()
	 where order_id = step_order(s) and attempt = (s.about ->> 'attempt')::int and status = 'new'
	returning * into i;
	return intent_follow(i, '{}');
end
$$;

-- An intent that is in another state than we thought tells which; else it is asked. What the bank refuses is final.
create or replace function capture_answered(s step, p_status int, p_body jsonb, p_code text) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := step_order(s);
	n int := s.about ->> 'attempt';
	pi jsonb := coalesce(p_body #> '{error,payment_intent}', p_body);
	o orders;
begin
	if p_status < 400 then
		return intent_heard(id, n, pi);
	elsif p_code = 'payment_intent_unexpected_state' then
		perform intent_ask(i, step_backoff(0)) from intent as i where i.order_id = id and i.attempt = n;
		return '{}';
	end if;
	select * into o from orders where order_id = id;
	return capture_failed(o, concat_ws(' ', 'HTTP', p_status, p_code));
end
$$;

-- Cancelled, or in a state that cannot be: then it is asked which, and what follows from that is done.
create or replace function release_answered(s step, p_status int, p_body jsonb, p_code text) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := step_order(s);
	i intent;
	o orders;
	events new_event[] := '{}';
begin
	select * into i from intent where gateway_id = s.object_id;
	if not found then
		return case when p_status >= 400 then array[escalation('payment_stray', id, format('Intent %s could not be cancelled: %s', s.object_id, p_code))] else '{}' end;
	elsif p_status < 400 then
		events := intent_heard(id, i.attempt, p_body);
	elsif p_status = 404 then
		update intent set status = 'canceled', updated_at = now() where gateway_id = s.object_id returning * into i;
		events := intent_follow(i, '{}') || escalation('payment_mismatch', id, format('The gateway knows nothing of intent %s.', s.object_id));
	else
		perform intent_ask(i, step_backoff(0));
	end if;
	if p_status = 404 or p_status < 400 then
		select * into o from orders where order_id = id;
		perform release_want(o);
	end if;
	return events;
end
$$;

create or replace function ask_answered(s step, p_status int, p_body jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := step_order(s);
begin
	if p_status >= 400 then
		return array[escalation('payment_mismatch', id, format('The gateway knows nothing of %s (HTTP %s).', s.object_id, p_status))];
	elsif s.about ? 'refund_id' then
		return refund_heard((s.about ->> 'refund_id')::uuid, p_body);
	elsif s.about ? 'stray' then
		return stray_heard(id, p_body);
	end if;
	return intent_heard(id, (s.about ->> 'attempt')::int, p_body);
end
$$;

-- An intent that says it is an order's and that we do not know: it is the attempt's that has none yet, or nobody's.
create or replace function stray_heard(p_order_id uuid, pi jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	i intent;
begin
	select * into i from intent
	 where order_id = p_order_id and (gateway_id = pi ->> 'id' or attempt::text = pi #>> '{metadata,attempt}' and gateway_id is null and status = 'new');
	if found then
		return intent_heard(p_order_id, i.attempt, pi);
	elsif pi ->> 'status' in ('requires_capture', 'requires_action', 'requires_confirmation', 'processing') then
		perform step_want('order:' || p_order_id, 'release', jsonb_build_object('stray', pi ->> 'id'));
	elsif pi ->> 'status' = 'succeeded' then
		return array[escalation('payment_stray', p_order_id, format('Intent %s has taken money that no attempt of ours knows of.', pi ->> 'id'))];
	end if;
	return '{}';
end
$$;
