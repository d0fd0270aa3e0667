-- PaymentIntents, their charges and refunds.

create or replace function intent_emit(p_type text, i intent) returns void
language sql as $$
	select event_emit('payment_intent.' || p_type, intent_json(i), i.customer)
$$;

-- The body of a declined card: CODE as in the table of cards, or a decline code.
create or replace function card_error(p_code text, p_charge text, i intent) returns jsonb
language sql stable as $$
	select jsonb_build_object('error', jsonb_strip_nulls(jsonb_build_object('type', 'card_error', 'code', coalesce(c.code, 'card_declined'),
		'decline_code', case when c.name is null then p_code else c.decline_code end,
		'message', coalesce(c.message, 'Your card was declined.'), 'charge', p_charge,
		'payment_method', (select method_json(m) from method m where m.id = i.method)))
		|| case when i.id is null then '{}' else jsonb_build_object('payment_intent', intent_json(i)) end)
	from (values (p_code)) asked (code)
	left join card c on c.code is not null and p_code in (c.name, c.decline_code)
	order by c.name limit 1
$$;

create or replace function intent_find(p_id text, p_param text default 'intent', p_status int default 404) returns intent
language plpgsql as $$
declare
	i intent;
begin
	select * into i from intent where id = p_id for update;
	if i.id is null then
		perform refuse_missing('payment_intent', p_id, p_param, p_status);
	end if;
	return i;
end
$$;

create or replace function intent_refuse_state(i intent, p_verb text, p_allowed text) returns void
language sql as $$
	select refuse(400, format('You cannot %s this PaymentIntent because it has a status of %s. Only a PaymentIntent with one of the '
		'following statuses may be %s: %s.', p_verb, i.status, case p_verb when 'capture' then 'captured' when 'confirm' then 'confirmed'
		when 'cancel' then 'canceled' else p_verb || 'd' end, p_allowed), 'payment_intent_unexpected_state', null,
		jsonb_build_object('payment_intent', intent_json(i)))
$$;

-- Writes CHANGED back.
create or replace function intent_save(changed intent) returns intent
language sql as $$
	update intent i set amount = changed.amount, status = changed.status, captured = changed.captured, customer = changed.customer,
		method = changed.method, charge = changed.charge, metadata = changed.metadata, description = changed.description,
		receipt_email = changed.receipt_email, return_url = changed.return_url, next_action = changed.next_action,
		last_error = changed.last_error, authorized_at = changed.authorized_at, canceled_at = changed.canceled_at,
		cancellation_reason = changed.cancellation_reason
	where i.id = changed.id
	returning i.*
$$;

-- The card was declined: CODE says how. Returns the error.
create or replace function intent_decline(i intent, p_code text) returns jsonb
language plpgsql as $$
declare
	error jsonb := card_error(p_code, new_id('ch'), i);
begin
	insert into charge (id, intent, method, is_declined, code, message, created)
	values (error #>> '{error,charge}', i.id, i.method, true, error #>> '{error,code}', error #>> '{error,message}', sandbox_now());
	i.charge := error #>> '{error,charge}';
	i.last_error := error -> 'error' #- '{payment_intent}';
	i.status := 'requires_payment_method';
	i.method := null;
	i.next_action := null;
	i := intent_save(i);
	perform intent_emit('payment_failed', i);
	return jsonb_set(error, '{error,payment_intent}', intent_json(i));
end
$$;

-- The card pays: held until captured, or at once.
create or replace function intent_charge(i intent) returns intent
language plpgsql as $$
begin
	insert into charge (id, intent, method, is_declined, created) values (new_id('ch'), i.id, i.method, false, sandbox_now())
	returning id into i.charge;
	i.authorized_at := sandbox_now();
	i.next_action := null;
	i.last_error := null;
	if i.capture_method = 'manual' then
		i.status := 'requires_capture';
	else
		i.status := 'succeeded';
		i.captured := i.amount;
	end if;
	i := intent_save(i);
	perform intent_emit(case i.status when 'succeeded' then 'succeeded' else 'amount_capturable_updated' end, i);
	return i;
end
$$;

-- The card's bank asks: the customer answers on the challenge's page.
create or replace function intent_challenge(i intent) returns intent
language plpgsql as $$
begin
	i.status := 'requires_action';
	i.last_error := null;
	i.next_action := jsonb_build_object('type', 'redirect_to_url', 'redirect_to_url', jsonb_build_object('return_url', i.return_url,
		'url', format('%s/challenge/%s', current_setting('sandbox.url', true), i.id)));
	i := intent_save(i);
	perform intent_emit('requires_action', i);
	return i;
end
$$;

-- Charges the card that the intent has, as that card behaves.
create or replace function intent_try(i intent, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c card := (select c from card c join method m on m.card = c.name where m.id = i.method);
	declined text := nullif(current_setting('sandbox.decline', true), '');
	is_absent boolean := param_bool(p_params, 'off_session') or param_bool(p_params, 'error_on_requires_action');
begin
	if declined is not null then
		return intent_decline(i, declined);
	elsif c.behaviour = 'declines' then
		return intent_decline(i, c.name);
	elsif c.behaviour = 'asks' and is_absent then
		return intent_decline(i, 'authentication_required');
	elsif c.behaviour = 'asks' then
		i := intent_challenge(i);
	else
		i := intent_charge(i);
	end if;
	return intent_json(i, p_params); -- a statement of its own, which sees the new charge
end
$$;

-- Gives the intent the payment method and the return URL of the request.
create or replace function intent_equip(i intent, p_params jsonb) returns intent
language plpgsql as $$
declare
	m method;
begin
	if param_text(p_params, 'payment_method') is not null then
		m := method_find(param_text(p_params, 'payment_method'), 'payment_method', 400);
		if m.customer is not null and m.customer is distinct from i.customer then
			perform refuse(400, format('The provided PaymentMethod %s belongs to a customer. Please include that Customer in the '
				'`customer` parameter on the PaymentIntent.', m.id), p_param => 'payment_method');
		end if;
		if m.customer is null and m.was_attached then
			perform refuse(400, 'The provided PaymentMethod was previously used without being attached to a Customer or was detached '
				'from a Customer, and may not be used again.', p_param => 'payment_method');
		end if;
		i.method := m.id;
		i.status := 'requires_confirmation';
	end if;
	i.return_url := coalesce(param_text(p_params, 'return_url'), i.return_url);
	if i.return_url !~ '^https?://[^\s<>"]+$' then
		perform refuse(400, 'Not a valid URL', 'url_invalid', 'return_url');
	end if;
	return i;
end
$$;

create or replace function intent_create(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent;
	is_confirmed boolean := param_bool(p_params, 'confirm');
begin
	perform param_required(p_params, 'amount');
	if param_required(p_params, 'currency') !~* '^[a-z]{3}$' then
		perform refuse(400, format('Invalid currency: %s.', p_params ->> 'currency'), p_param => 'currency');
	end if;
	if param_int(p_params, 'amount', 1, 99999999) < 50 then
		perform refuse(400, 'Amount must be at least 50 cents', 'amount_too_small', 'amount');
	end if;
	if param_text(p_params, 'customer') is not null then
		i.customer := (customer_find(param_text(p_params, 'customer'), 400, 'customer')).id;
	end if;
	i.id := new_id('pi');
	insert into intent (id, secret, amount, currency, capture_method, customer, metadata, description, receipt_email, created)
	values (i.id, i.id || new_id('_secret'), param_int(p_params, 'amount', 1, 99999999), lower(p_params ->> 'currency'),
		coalesce(param_choice(p_params, 'capture_method', '{automatic,automatic_async,manual}'), 'automatic_async'), i.customer,
		metadata_set('{}', p_params), param_text(p_params, 'description'), param_text(p_params, 'receipt_email'), sandbox_now())
	returning * into i;
	i := intent_save(intent_equip(i, p_params));
	perform intent_emit('created', i);
	if not is_confirmed then
		return intent_json(i, p_params);
	end if;
	return intent_confirm(i.id, p_params - 'payment_method' - 'return_url');
end
$$;

create or replace function intent_confirm(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent := intent_find(p_id);
begin
	if i.status not in ('requires_payment_method', 'requires_confirmation', 'requires_action') then
		perform intent_refuse_state(i, 'confirm', 'requires_payment_method, requires_confirmation, requires_action');
	end if;
	i := intent_equip(i, p_params);
	if i.method is null then
		perform refuse(400, 'You cannot confirm this PaymentIntent because it''s missing a payment method. Update the PaymentIntent '
			'with a payment method and then confirm it again.', 'payment_intent_unexpected_state', null,
			jsonb_build_object('payment_intent', intent_json(i)));
	end if;
	return intent_try(intent_save(i), p_params);
end
$$;

create or replace function intent_retrieve(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select intent_json(intent_find(p_id), p_params)
$$;

create or replace function intent_update(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent := intent_find(p_id);
begin
	if p_params ?| '{amount,payment_method}' and i.status not in ('requires_payment_method', 'requires_confirmation', 'requires_action') then
		perform intent_refuse_state(i, 'update', 'requires_payment_method, requires_confirmation, requires_action');
	end if;
	i.amount := coalesce(param_int(p_params, 'amount', 50, 99999999), i.amount);
	i.metadata := metadata_set(i.metadata, p_params);
	i.description := coalesce(param_text(p_params, 'description'), i.description);
	i.receipt_email := coalesce(param_text(p_params, 'receipt_email'), i.receipt_email);
	return intent_json(intent_save(intent_equip(i, p_params)), p_params);
end
$$;

-- Takes the money that is held; a rest is let go.
create or replace function intent_capture(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent := intent_find(p_id);
	amount bigint := coalesce(param_int(p_params, 'amount_to_capture', 1, 99999999), i.amount);
	declined text := nullif(current_setting('sandbox.decline', true), '');
begin
	if i.status <> 'requires_capture' then
		perform intent_refuse_state(i, 'capture', 'requires_capture');
	end if;
	if amount > i.amount then
		perform refuse(400, 'The amount to capture is greater than the amount that can be captured.', 'amount_too_large', 'amount_to_capture');
	end if;
	if declined is null and exists (select from card c join method m on m.card = c.name
		where m.id = i.method and c.behaviour = 'capture_fails') then
		declined := 'generic_decline';
	end if;
	if declined is not null then
		return card_error(declined, i.charge, i);
	end if;
	i.status := 'succeeded';
	i.captured := amount;
	i.metadata := metadata_set(i.metadata, p_params);
	i := intent_save(i);
	perform intent_emit('succeeded', i);
	return intent_json(i, p_params);
end
$$;

create or replace function intent_end(i intent, p_reason text) returns intent
language plpgsql as $$
begin
	i.status := 'canceled';
	i.canceled_at := sandbox_now();
	i.cancellation_reason := p_reason;
	i.next_action := null;
	i := intent_save(i);
	perform intent_emit('canceled', i);
	return i;
end
$$;

create or replace function intent_cancel(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent := intent_find(p_id);
	reason text := param_choice(p_params, 'cancellation_reason', '{duplicate,fraudulent,requested_by_customer,abandoned}');
begin
	if i.status in ('succeeded', 'canceled') then
		perform intent_refuse_state(i, 'cancel', 'requires_payment_method, requires_capture, requires_confirmation, requires_action, processing');
	end if;
	return intent_json(intent_end(i, reason), p_params);
end
$$;

-- What is held and not captured for seven days is let go by the card's bank.
create or replace function intents_expire() returns void
language sql as $$
	select intent_end(i, 'automatic')
	from (select * from intent where status = 'requires_capture' and authorized_at < sandbox_now() - interval '7 days'
		for update skip locked) i
$$;

create or replace function intent_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select list_of('/v1/payment_intents', coalesce(jsonb_agg(intent_json(i) order by i.n desc), '[]'), list_limit(p_params))
	from (select * from intent
		where coalesce(customer, '') = coalesce(param_text(p_params, 'customer'), customer, '') and is_created_in(created, p_params)
			and n < coalesce((select n from intent where id = param_text(p_params, 'starting_after')), 1e18::bigint)
			and n > coalesce((select n from intent where id = param_text(p_params, 'ending_before')), 0)
		order by n desc limit list_limit(p_params) + 1) i
$$;

-- Whether the intent fits one clause of a search: metadata['KEY']:'VALUE', status:'…', customer:'…', currency:'…'.
create or replace function intent_fits(i intent, p_clause text) returns boolean
language plpgsql stable as $$
declare
	part text[] := regexp_match(trim(p_clause), '^(metadata|status|customer|currency)(?:\[[''"]([^''"]+)[''"]\])?:[''"]([^''"]*)[''"]$');
begin
	if part is null or (part[1] = 'metadata') <> (part[2] is not null) then
		perform refuse(400, format('We were unable to parse your search query: %s', p_clause), p_param => 'query');
	end if;
	return coalesce(part[3] = case part[1] when 'metadata' then i.metadata ->> part[2] when 'status' then i.status
		when 'customer' then i.customer else i.currency end, false);
end
$$;

create or replace function intent_search(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	query text := param_required(p_params, 'query');
	order_id text := (regexp_match(query, 'metadata\[[''"]order_id[''"]\]:[''"]([^''"]*)[''"]'))[1];
	items jsonb;
begin
	perform intent_fits(null::intent, clause) from regexp_split_to_table(query, '\s+AND\s+') clause;
	select coalesce(jsonb_agg(intent_json(i) order by i.n desc), '[]') into items
	from (select * from intent t
		where (order_id is null or metadata ->> 'order_id' = order_id)
			and (select bool_and(intent_fits(t, clause)) from regexp_split_to_table(query, '\s+AND\s+') clause)
			and n < coalesce((select n from intent where id = param_text(p_params, 'page')), 1e18::bigint)
			and coalesce(current_setting('sandbox.is_blind', true), '') = ''
		order by n desc limit list_limit(p_params) + 1) i;
	return list_of('/v1/payment_intents/search', items, list_limit(p_params)) || jsonb_build_object('object', 'search_result',
		'next_page', case when jsonb_array_length(items) > list_limit(p_params) then items -> (list_limit(p_params) - 1) -> 'id' end);
end
$$;

-- Charges

create or replace function charge_retrieve(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c charge := (select c from charge c where id = p_id);
begin
	if c.id is null then
		perform refuse_missing('charge', p_id, 'charge');
	end if;
	return charge_json(c, (select i from intent i where i.id = c.intent));
end
$$;

create or replace function charge_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select list_of('/v1/charges', coalesce(jsonb_agg(charge_json(c, i) order by c.n desc), '[]'), list_limit(p_params))
	from (select * from charge
		where intent = coalesce(param_text(p_params, 'payment_intent'), intent) and is_created_in(created, p_params)
			and n < coalesce((select n from charge where id = param_text(p_params, 'starting_after')), 1e18::bigint)
		order by n desc limit list_limit(p_params) + 1) c
	join intent i on i.id = c.intent
$$;

-- Refunds

create or replace function refund_create(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent;
	r refund;
	behaviour text;
	reason text := param_choice(p_params, 'reason', '{duplicate,fraudulent,requested_by_customer}');
begin
	if param_text(p_params, 'payment_intent') is null and param_text(p_params, 'charge') is null then
		perform refuse(400, 'One of the following params should be provided for this request: payment_intent or charge.');
	end if;
	i := intent_find(coalesce(param_text(p_params, 'payment_intent'),
		(select intent from charge where id = param_text(p_params, 'charge')), param_text(p_params, 'charge')), 'payment_intent');
	if i.captured = 0 then
		perform refuse(400, format('This PaymentIntent (%s) does not have a successful charge to refund.', i.id), 'charge_not_captured');
	end if;
	if refunded_of(i.id) >= i.captured then
		perform refuse(400, format('Charge %s has already been refunded.', i.charge), 'charge_already_refunded');
	end if;
	r.amount := coalesce(param_int(p_params, 'amount', 1, 99999999), i.captured - refunded_of(i.id));
	if r.amount > i.captured - refunded_of(i.id) then
		perform refuse(400, format('Refund amount (%s) is greater than unrefunded amount on charge (%s)', r.amount,
			i.captured - refunded_of(i.id)), 'amount_too_large', 'amount');
	end if;
	behaviour := (select c.behaviour from card c join method m on m.card = c.name where m.id = i.method);
	r.status := case when behaviour in ('refund_waits', 'refund_waits_fails') then 'pending' else 'succeeded' end;
	r.becomes := case when behaviour = 'refund_waits' then 'succeeded' when behaviour like 'refund%fails' then 'failed' end;
	insert into refund (id, intent, amount, reason, status, becomes, settles_at, metadata, created)
	values (new_id('re'), i.id, r.amount, reason, r.status, r.becomes, clock_timestamp() + interval '10 s', metadata_set('{}', p_params),
		sandbox_now())
	returning * into r;
	perform event_emit('refund.created', refund_json(r, i), i.customer);
	perform event_emit('charge.refunded', (select charge_json(c, i) from charge c where c.id = i.charge), i.customer);
	return refund_json(r, i);
end
$$;

-- What the cards' banks have made of refunds meanwhile; IS_FORCED: of all of them, now. Returns how many that were.
create or replace function refunds_settle(p_is_forced boolean) returns int
language plpgsql as $$
declare
	r refund;
	settled int := 0;
begin
	for r in update refund set status = becomes, becomes = null
		where becomes is not null and (p_is_forced or settles_at <= clock_timestamp()) returning *
	loop
		perform event_emit(case r.status when 'failed' then 'refund.failed' else 'refund.updated' end, refund_json(r, i), i.customer)
		from intent i where i.id = r.intent;
		settled := settled + 1;
	end loop;
	return settled;
end
$$;

create or replace function refund_retrieve(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	r refund := (select r from refund r where id = p_id);
begin
	if r.id is null then
		perform refuse_missing('refund', p_id, 'id');
	end if;
	return refund_json(r, (select i from intent i where i.id = r.intent));
end
$$;

create or replace function refund_update(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
begin
	update refund set metadata = metadata_set(metadata, p_params) where id = p_id;
	return refund_retrieve(p_id, p_params);
end
$$;

create or replace function refund_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select list_of('/v1/refunds', coalesce(jsonb_agg(refund_json(r, i) order by r.n desc), '[]'), list_limit(p_params))
	from (select t.* from refund t join intent o on o.id = t.intent
		where t.intent = coalesce(param_text(p_params, 'payment_intent'), t.intent)
			and coalesce(o.charge, '') = coalesce(param_text(p_params, 'charge'), o.charge, '') and is_created_in(t.created, p_params)
			and t.n < coalesce((select n from refund where id = param_text(p_params, 'starting_after')), 1e18::bigint)
		order by t.n desc limit list_limit(p_params) + 1) r
	join intent i on i.id = r.intent
$$;
