-- Payment methods: a customer's cards, as the gateway tells of them. A card is attached, detached and forgotten by steps
-- of the subject user:ID.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

create or replace function method_json(m method) returns jsonb
language sql immutable
return jsonb_build_object('id', m.payment_method_id, 'brand', m.brand, 'last4', m.last4, 'exp_month', m.exp_month, 'exp_year', m.exp_year,
	'default', m.is_default);

create or replace function method_events(p_user_id uuid) returns new_event[]
language sql immutable
return array[('user:' || p_user_id, 'user.updated', '{"fields": ["payment_methods"]}', false)::new_event];

-- His cards change one at a time: that exactly one is the default is a rule over all of them.
create or replace function method_lock(p_session uuid) returns actor
language plpgsql volatile as $$
declare
	me actor := actor(p_session);
begin
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only customers have payment methods.');
	end if;
	perform from users where user_id = me.user_id for no key update;
	return me;
end
$$;

create or replace function method_own(me actor, p_id uuid) returns method
language plpgsql stable as $$
declare
	own method;
begin
	select * into own from method where payment_method_id = p_id and user_id = me.user_id and state = 'ready';
	if not found then
		perform fail(404, 'not_found', 'You have no such payment method.');
	end if;
	return own;
end
$$;

create or replace function method_list(p_session uuid, p_limit int default null, p_page text default null,
	p_if_none_match text default null) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(method_json(m)::text order by m.is_default desc, m.payment_method_id) into items
	  from method as m
	 where m.user_id = me.user_id and m.state = 'ready';
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

-- Takes a gateway's token. The card is there once the gateway has attached it.
create or replace function method_create(p_session uuid, p_token text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := method_lock(p_session);
	his text := 'user:' || me.user_id;
	made uuid := uuid_v7();
begin
	if p_token !~ '^(pm|tok|card|src)_[A-Za-z0-9_]{1,200}$' then
		perform fail_field('invalid_fields', '/token', 'This is not a token of the payment gateway.');
	elsif (select count(*) >= 20 from method where user_id = me.user_id and state <> 'refused') then
		perform fail(422, 'too_many_payment_methods', 'You have twenty payment methods. Remove one first.');
	end if;
	delete from method where user_id = me.user_id and state = 'refused' and created_at < now() - interval '1 day';
	insert into method (payment_method_id, user_id, token) values (made, me.user_id, p_token);
	if not exists (select from customer where user_id = me.user_id)
			and not exists (select from step where subject = his and kind = 'customer' and state = 'open') then
		perform step_want(his, 'customer', p_operation => 'customer.create',
			p_params => jsonb_build_object('metadata', jsonb_build_object('user_id', me.user_id)));
	end if;
	perform step_want(his, 'attach', jsonb_build_object('payment_method_id', made), 'payment_method.attach');
	return reply_commit(202, jsonb_build_object('id', made, 'subject', his)::text, null);
end
$$;

-- What POST /me/payment-methods answers once the gateway was waited for.
create or replace function method_answer(p_session uuid, p_id uuid) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	m method;
begin
	select * into m from method where payment_method_id = p_id and user_id = me.user_id;
	if not found then
		perform fail(404, 'not_found', 'You have no such payment method.');
	elsif m.state = 'refused' and m.decline_code = 'resource_missing' then
		perform fail_field('unknown_token', '/token', 'The payment gateway does not know this token. Enter the card again.');
	elsif m.state = 'refused' then
		perform fail(402, 'payment_declined', decline_detail(m.decline_code), jsonb_build_object('reason', decline_reason(m.decline_code)));
	elsif m.state = 'pending' then
		perform fail(503, 'gateway_unavailable', 'The payment gateway does not answer just now. The card shows up in your list once it does.');
	end if;
	return row(201, method_json(m)::text, md5(method_json(m)::text), null, '/api/v1/me/payment-methods/' || p_id, null)::reply;
end
$$;

create or replace function method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text default null) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := method_lock(p_session);
	m method := method_own(me, p_id);
	body text := method_json(m)::text;
begin
	perform require_match(p_if_match, md5(body));
	if m.is_default and p_default is false then
		perform fail_field('default_needed', '/default', 'Make another payment method the default instead.');
	elsif m.is_default or p_default is not true then
		return reply_commit(200, body, null, etag => md5(body));
	end if;
	update method set is_default = false where user_id = me.user_id and is_default;
	update method set is_default = true where payment_method_id = p_id returning * into m;
	body := method_json(m)::text;
	return reply_commit(200, body, method_events(me.user_id), etag => md5(body));
end
$$;

create or replace function method_delete(p_session uuid, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := method_lock(p_session);
	m method := method_own(me, p_id);
begin
	perform method_remove(m);
	perform step_want('user:' || me.user_id, 'detach', '{}', 'payment_method.detach', m.gateway_id, '{}');
	return reply_commit(204, null, method_events(me.user_id), hints => wake_hint());
end
$$;

-- Where the default goes, the newest of the others is the next.
create or replace function method_remove(m method) returns void
language plpgsql volatile as $$
begin
	delete from method where payment_method_id = m.payment_method_id;
	if m.is_default then
		update method set is_default = true
		 where payment_method_id = (select payment_method_id from method where user_id = m.user_id and state = 'ready'
		                             order by payment_method_id desc limit 1);
	end if;
end
$$;

-- What attaching needs is known only now: the customer's id at the gateway. Without the card, or the customer, there is nothing to do.
create or replace function method_step_prepare(s step) returns step
language plpgsql volatile as $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	card uuid := s.about ->> 'payment_method_id';
	known customer;
begin
	select * into known from customer where user_id = id;
	if s.kind = 'forget' then
		s.operation := case when found then 'customer.delete' end;
		s.object_id := known.gateway_id;
	else
		s.params := jsonb_build_object('customer', known.gateway_id);
		s.object_id := (select token from method where payment_method_id = card and state = 'pending');
		if not found or s.object_id is null then
			update method set state = 'refused', decline_code = 'processing_error', token = null where payment_method_id = card and state = 'pending';
			s.operation := null;
		end if;
	end if;
	if s.operation is null then
		perform step_end(s.step_id, 'dropped');
	end if;
	return s;
end
$$;

create or replace function method_step_answered(s step, p_status int, p_body jsonb, p_code text) returns new_event[]
language plpgsql volatile as $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	card uuid := s.about ->> 'payment_method_id';
begin
	if s.kind = 'customer' and p_status < 400 then
		insert into customer (user_id, gateway_id) values (id, p_body ->> 'id') on conflict do nothing;
	elsif s.kind = 'customer' then
		return array[escalation('payment_refused', null, format('The gateway refused to make a customer: HTTP %s %s', p_status, p_code))];
	elsif s.kind = 'forget' then
		delete from customer where user_id = id;
	elsif s.kind = 'attach' and p_status < 400 then
		return method_attached(id, card, p_body);
	elsif s.kind = 'attach' then
		update method set state = 'refused', token = null, decline_code = left(coalesce(p_code, 'processing_error'), 100)
		 where payment_method_id = card and state = 'pending';
	end if;
	return '{}';
end
$$;

-- A card that was added before gives way to itself.
create or replace function method_attached(p_user_id uuid, p_id uuid, pm jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	was_default boolean;
begin
	if not exists (select from method where payment_method_id = p_id) then
		return '{}';
	end if;
	delete from method where gateway_id = pm ->> 'id' and user_id = p_user_id and payment_method_id <> p_id returning is_default into was_default;
	update method
	   set state = 'ready', token = null, gateway_id = pm ->> 'id', brand = pm #>> '{card,brand}', last4 = pm #>> '{card,last4}',
	       exp_month = (pm #>> '{card,exp_month}')::int, exp_year = (pm #>> '{card,exp_year}')::int,
	       is_default = coalesce(was_default, false) or not exists (select from method where user_id = p_user_id and is_default)
	 where payment_method_id = p_id;
	return method_events(p_user_id);
end
$$;

-- Another try to pay an order that waits for its payment. An earlier one that is undecided comes first: should it hold, this one is not made.
create or replace function order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_order_id);
	p payment;
	tried int;
	events new_event[];
begin
	select * into p from payment where order_id = p_order_id for no key update;
	select max(attempt) into tried from intent where order_id = p_order_id;
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only its customer pays for an order.');
	elsif o.status <> 'awaiting_payment' or p.deadline_at <= now() then
		perform fail(409, 'not_awaiting_payment', 'This order does not wait for a payment.', jsonb_build_object('order_status', o.status, 'payment_status', o.payment_status));
	elsif tried >= 10 then
		perform fail(409, 'too_many_attempts', 'You have tried to pay for this order ten times. Please place a new one.');
	end if;
	perform kitchen_open(o.restaurant_id);
	perform intent_want(o, method_for_order(me, p_payment_method_id, '/payment_method_id'), tried + 1);
	events := payment_move(p_order_id, 'pending', p.amount);
	return reply_commit(202, jsonb_build_object('id', p_order_id)::text, events, location => '/api/v1/orders/' || p_order_id);
end
$$;

-- The card that a request names.
create or replace function method_for_order(me actor, p_id uuid, p_pointer text) returns method
language plpgsql stable as $$
declare
	m method;
begin
	select * into m from method where payment_method_id = p_id and user_id = me.user_id and state = 'ready';
	if not found then
		perform fail_field('invalid_fields', p_pointer, 'You have no such payment method.');
	end if;
	return m;
end
$$;

-- An erased person's cards: none is left here, and the gateway is told to forget him. What he did as one of us stays, without his name.
create or replace function payment_erase(me actor) returns void
language plpgsql volatile set search_path from current as $$
begin
	perform from users where user_id = me.user_id for no key update;
	delete from method where user_id = me.user_id;
	update refund set by = by || '{"name": "Erased"}' where by ->> 'id' = me.user_id::text;
	update step set state = 'dropped', settled_at = clock_timestamp()
	 where subject = 'user:' || me.user_id and state = 'open' and sends = 0;
	if exists (select from customer where user_id = me.user_id)
			or exists (select from step where subject = 'user:' || me.user_id and kind = 'customer' and state = 'open') then
		perform step_want('user:' || me.user_id, 'forget', '{}', 'customer.delete');
	end if;
end
$$;
