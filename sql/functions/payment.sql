-- Payments to read: how an order tells of its payment, what was paid and given back, and why a card was declined.
-- To explain another decline: a row of decline_detail().
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- For a person to look at.
create or replace function escalation(p_kind text, p_order_id uuid, p_detail text) returns new_event
language sql immutable
return ('ops', 'ops.escalation',
	jsonb_strip_nulls(jsonb_build_object('kind', p_kind, 'order_id', p_order_id, 'detail', p_detail)), false)::new_event;

-- The gateway's code in words for who pays. A card that was reported lost or stolen is just declined: who holds it need not know.
create or replace function decline_detail(p_code text) returns text
language sql immutable
return coalesce((
	select detail
	  from (values
		('insufficient_funds',      'There is not enough money on this card. Pay with another one.'),
		('withdrawal_count_limit_exceeded', 'This card has reached its limit. Pay with another one.'),
		('expired_card',            'This card has expired. Pay with another one.'),
		('incorrect_cvc',           'The security code of this card is wrong. Add the card again, or pay with another one.'),
		('invalid_cvc',             'The security code of this card is wrong. Add the card again, or pay with another one.'),
		('incorrect_number',        'The number of this card is wrong. Add the card again, or pay with another one.'),
		('card_not_supported',      'This card cannot be used for such a payment. Pay with another one.'),
		('currency_not_supported',  'This card cannot be used for this currency. Pay with another one.'),
		('authentication_required', 'Your bank wants you to confirm the payment, and it was not confirmed. Try again, or pay with another card.'),
		('payment_intent_authentication_failure', 'Your bank did not get your confirmation. Try again, or pay with another card.'),
		('processing_error',        'The bank could not process the card just now. Try again in a moment.'),
		('try_again_later',         'The bank could not process the card just now. Try again in a moment.'),
		('resource_missing',        'This card is no longer known. Add it again, or pay with another one.')) as known(code, detail)
	 where code = p_code), 'Your bank declined this card. Pay with another one, or ask your bank.');

-- What is told of a decline's reason: the gateway's code, but for those that say more than the holder of the card should know.
create or replace function decline_reason(p_code text) returns text
language sql immutable
return case when p_code in ('lost_card', 'stolen_card', 'pickup_card', 'fraudulent', 'merchant_blacklist', 'security_violation', 'restricted_card')
	or p_code is null then 'generic_decline' else p_code end;

-- The newest attempt to pay an order.
create or replace function intent_latest(p_order_id uuid) returns intent
language sql stable
begin atomic
	select intent.* from intent where order_id = p_order_id order by attempt desc limit 1;
end;

-- How an order paid by card tells of it. What the bank wants and why it declined is for the customer.
create or replace function card_json(o orders, party role) returns json
language plpgsql stable as $$
declare
	latest intent;
	due timestamptz;
begin
	if party is distinct from 'customer' or o.status <> 'awaiting_payment' then
		return json_strip_nulls(json_build_object('method', o.payment_method, 'status', o.payment_status));
	end if;
	latest := intent_latest(o.order_id);
	select deadline_at into due from payment where order_id = o.order_id;
	return json_strip_nulls(json_build_object('method', o.payment_method, 'status', o.payment_status,
		'payment_method_id', latest.payment_method_id,
		'next_action', case when o.payment_status = 'requires_action' then latest.next_action end,
		'reason', case when o.payment_status = 'failed' then decline_reason(latest.decline_code) end,
		'detail', case when o.payment_status = 'failed' then decline_detail(latest.decline_code) end,
		'expires_at', iso_time(due)));
end
$$;

-- payment.status: what it has become, and the sum that this is about.
create or replace function card_event(o orders, p_amount bigint) returns new_event
language sql stable
return ('order:' || o.order_id, 'payment.status',
	jsonb_build_object('order_id', o.order_id, 'status', o.payment_status, 'amount', p_amount), false)::new_event;

-- What POST /orders and POST /orders/ID/payment answer once the gateway was waited for.
create or replace function payment_answer(p_session uuid, p_order_id uuid, p_status int default 201) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	code text;
begin
	if o.placed_at is null and o.payment_status in ('failed', 'voided') then
		code := (intent_latest(p_order_id)).decline_code;
		if o.payment_status = 'failed' or code is not null then
			perform fail(402, 'payment_declined', decline_detail(code),
				jsonb_build_object('order_id', p_order_id, 'reason', decline_reason(code)));
		end if;
	end if;
	return row(p_status, (select * from order_json(o, order_party(me, o))), null, null, '/api/v1/orders/' || p_order_id, null)::reply;
end
$$;

-- A declined attempt is told as such, whatever becomes of its intent afterwards.
create or replace function intent_was_declined(i intent) returns boolean
language sql immutable
return i.status = 'declined' or i.status = 'canceled' and i.decline_code is not null;

create or replace function intent_json(i intent, p payment) returns jsonb
language sql stable
return jsonb_strip_nulls(jsonb_build_object('id', i.intent_id, 'kind', 'payment', 'amount', i.amount, 'currency', p.currency,
	'status', case when intent_was_declined(i) then 'failed' when i.status in ('new', 'processing') then 'pending'
		when i.status = 'requires_capture' then 'authorized' when i.status = 'canceled' then 'voided' when i.status = 'succeeded' then 'captured' else i.status::text end,
	'method', case when i.last4 is not null then jsonb_build_object('brand', i.brand, 'last4', i.last4) end,
	'reason', case when intent_was_declined(i) then decline_reason(i.decline_code) end, 'created_at', iso_time(i.created_at)));

create or replace function refund_json(r refund, p payment) returns jsonb
language sql stable
return jsonb_build_object('id', r.refund_id, 'order_id', r.order_id, 'amount', r.amount, 'currency', p.currency, 'reason', r.reason,
	'status', r.status, 'created_at', iso_time(r.created_at));

-- Cash is one payment, by whoever came with the food: its id is the order's.
create or replace function cash_json(o orders) returns jsonb
language sql stable
return jsonb_build_object('items', jsonb_build_array(jsonb_build_object('id', o.order_id, 'kind', 'payment', 'amount', o.total_price,
		'currency', o.currency, 'status', o.payment_status, 'method', jsonb_build_object('brand', 'cash'), 'created_at', iso_time(o.created_at))),
	'next', null, 'captured', case when o.payment_status = 'collected' then o.total_price else 0 end, 'refunded', 0, 'currency', o.currency);

-- What was paid for an order and given back, oldest first: for its customer, agents and admins.
create or replace function payments_of(p_session uuid, p_order_id uuid, p_if_none_match text default null) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	p payment;
	items jsonb;
begin
	if me.role not in ('customer', 'agent', 'admin') then
		perform fail(403, 'forbidden', 'What was paid is between the customer and us.');
	elsif o.payment_method = 'cash' then
		return reply_read(cash_json(o)::text, stream_cursor(array['order:' || p_order_id]), p_if_none_match);
	end if;
	select * into p from payment where order_id = p_order_id;
	select jsonb_agg(item order by at) into items
	  from (select intent_json(i, p) as item, i.created_at as at from intent as i where i.order_id = p_order_id
	        union all
	        select refund_json(r, p) || jsonb_build_object('kind', 'refund', 'by', r.by), r.created_at from refund as r where r.order_id = p_order_id) as all_of_it;
	return reply_read(jsonb_build_object('items', items, 'next', null, 'captured', p.captured, 'refunded', p.refunded, 'currency', p.currency)::text,
		stream_cursor(array['order:' || p_order_id]), p_if_none_match);
end
$$;

-- What we hold of somebody's payments, for his export.
create or replace function payment_export(p_user_id uuid) returns jsonb
language plpgsql stable set search_path from current as $$
begin
	return jsonb_build_object(
		'payment_methods', (select coalesce(jsonb_agg(method_json(m) order by m.payment_method_id), '[]')
			from method as m where m.user_id = p_user_id and m.state = 'ready'),
		'payments', (select coalesce(jsonb_agg(intent_json(i, p) || jsonb_build_object('order_id', p.order_id) order by i.created_at), '[]')
			from payment as p join intent as i using (order_id) where p.user_id = p_user_id),
		'refunds', (select coalesce(jsonb_agg(refund_json(r, p) order by r.created_at), '[]')
			from payment as p join refund as r using (order_id) where p.user_id = p_user_id));
end
$$;
