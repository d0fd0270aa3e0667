-- Webhooks: hints of the gateway's. Each wants that the object it names is asked for, and says nothing by itself; so one
-- that is late, doubled, out of order or false changes nothing.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- The signature has been checked. What is not about something of ours, or names nothing that could be asked for, is heard and let go.
create or replace function webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	hints text;
begin
	insert into webhook (event_id, type) values (p_event_id, left(p_type, 100)) on conflict do nothing;
	if found and p_object_id ~ '^[a-z]+_[A-Za-z0-9_]{1,200}$' then
		hints := case p_object_type
			when 'payment_intent' then webhook_intent(p_object_id, p_order_id, p_type)
			when 'charge' then webhook_charge(p_order_id)
			when 'refund' then webhook_refund(p_object_id, p_type) end;
	end if;
	return row(200, '{"received": true}', null, null, null, hints)::reply;
end
$$;

-- What an intent is at least, when there is such an event of it.
create or replace function webhook_status(p_type text) returns intent_status
language sql immutable
return case p_type
	when 'payment_intent.created' then 'new'
	when 'payment_intent.requires_action' then 'requires_action'
	when 'payment_intent.payment_failed' then 'declined'
	when 'payment_intent.amount_capturable_updated' then 'requires_capture'
	when 'payment_intent.canceled' then 'canceled'
	when 'payment_intent.succeeded' then 'succeeded'
end::intent_status;

-- Most tell what the answer to a call has told already, and nobody is asked. One that we do not know and that names an
-- order of ours: should its attempt be under way for the first time, the answer to that tells more.
create or replace function webhook_intent(p_gateway_id text, p_order_id uuid, p_type text) returns text
language plpgsql volatile as $$
declare
	i intent;
begin
	select * into i from intent where gateway_id = p_gateway_id;
	if webhook_status(p_type) <= i.status then
		return null;
	elsif i.gateway_id is not null then
		perform intent_ask(i);
		return wake_hint();
	elsif not exists (select from payment where order_id = p_order_id)
			or exists (select from step where subject = 'order:' || p_order_id and kind = 'authorize' and state = 'open' and sends <= 1 and not is_searching) then
		return null;
	end if;
	perform ask_want('order:' || p_order_id, '{"stray": true}', 'payment_intent.retrieve', p_gateway_id);
	return wake_hint();
end
$$;

create or replace function webhook_refund(p_gateway_id text, p_type text) returns text
language plpgsql volatile as $$
declare
	r refund;
begin
	select * into r from refund where gateway_id = p_gateway_id;
	if not found or p_type = 'refund.created' and r.status <> 'pending' then
		return null;
	end if;
	perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', r.refund_id), 'refund.retrieve', p_gateway_id);
	return wake_hint();
end
$$;

-- A charge's events tell of refunds: each of that order's that is not settled is asked for.
create or replace function webhook_charge(p_order_id uuid) returns text
language plpgsql volatile as $$
begin
	perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', r.refund_id), 'refund.retrieve', r.gateway_id)
	   from refund as r
	  where r.order_id = p_order_id and r.status = 'pending' and r.gateway_id is not null;
	return case when found then wake_hint() end;
end
$$;

-- What nobody asks about any more: settled steps after three months, events' ids after a month.
create or replace function payments_tidy() returns text
language plpgsql volatile set search_path from current as $$
declare
	steps int;
	webhooks int;
begin
	delete from step where state <> 'open' and settled_at < now() - interval '90 days';
	get diagnostics steps = row_count;
	delete from webhook where received_at < now() - interval '30 days';
	get diagnostics webhooks = row_count;
	return format('steps=%s webhooks=%s', steps, webhooks);
end
$$;
