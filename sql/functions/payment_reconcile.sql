-- The nightly reconciliation: ledger, payments, orders and what the gateway has of a day, held against one another. Each
-- difference is a row and an ops.escalation; an authorised intent that nobody wants is released.
-- To compare something else: a function that returns differences, and its line in reconcile_differences().
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- Asks for a day to be compared, now.
create or replace function reconcile_request(p_day date) returns text
language plpgsql volatile security definer set search_path from current as $$
begin
	insert into reconciliation (run_id, day) values (uuid_v7(), p_day);
	return wake_hint();
end
$$;

-- The day that is to be compared: one that was asked for, one whose comparing was broken off, or from that hour on yesterday. Null: none.
create or replace function reconcile_due(p_hour int) returns date
language plpgsql stable security definer set search_path from current as $$
declare
	yesterday date := current_date - 1;
	wanted date;
begin
	select min(day) into wanted from reconciliation
	 where state = 'requested' or state = 'running' and started_at < now() - interval '10 minutes';
	if wanted is null and extract(hour from now()) >= p_hour and not exists (select from reconciliation where day = yesterday) then
		wanted := yesterday;
	end if;
	return wanted;
end
$$;

-- Begins to compare a day. Null: somebody else does. from_s and until_s: the day in the gateway's seconds, an hour wider on both sides, for clocks differ.
create or replace function reconcile_begin(p_day date) returns table (run uuid, from_s bigint, until_s bigint)
language plpgsql volatile security definer set search_path from current as $$
declare
	begun uuid;
begin
	perform pg_advisory_xact_lock(hashtextextended('reconciliation of ' || p_day, 0));
	if exists (select from reconciliation where day = p_day and state = 'running' and started_at >= now() - interval '10 minutes') then
		return;
	end if;
	select run_id into begun from reconciliation where day = p_day and state <> 'done' order by run_id limit 1 for update;
	if begun is null then
		begun := uuid_v7();
		insert into reconciliation (run_id, day) values (begun, p_day);
	end if;
	delete from reconciliation_object where run_id = begun;
	update reconciliation set state = 'running', started_at = now() where run_id = begun;
	return query select begun, extract(epoch from p_day::timestamptz)::bigint - 3600, extract(epoch from (p_day + 1)::timestamptz)::bigint + 3600;
end
$$;

-- Takes in a page of the gateway's list; returns what comes after it (starting_after), null: nothing.
create or replace function reconcile_page(p_run uuid, p_kind text, p_body text) returns text
language plpgsql volatile security definer set search_path from current as $$
declare
	page jsonb := p_body;
begin
	insert into reconciliation_object (run_id, kind, gateway_id, status, amount, captured, order_id)
	select p_run, p_kind, object ->> 'id', object ->> 'status', (object ->> 'amount')::bigint, (object ->> 'amount_received')::bigint,
	       case when object #>> '{metadata,order_id}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (object #>> '{metadata,order_id}')::uuid end
	  from jsonb_array_elements(page -> 'data') as object
	on conflict do nothing;
	return case when (page ->> 'has_more')::boolean then page -> 'data' -> -1 ->> 'id' end;
end
$$;

-- What the gateway has of ours and we have otherwise. What changed in the last minutes, or is being asked for, may still be on its way.
create or replace function reconcile_intents(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language plpgsql stable as $$
begin
	return query
	select case when i.order_id is null then 'stray_intent' else 'intent_differs' end, theirs.order_id, theirs.gateway_id,
	       case when i.order_id is null then format('The gateway has an intent (%s, %s captured) that no attempt of ours knows of.', theirs.status, theirs.captured)
	            else format('The gateway says %s, %s captured; we say %s, %s captured.', theirs.status, theirs.captured, i.status,
	                        case when i.status = 'succeeded' then p.captured else 0 end) end
	  from reconciliation_object as theirs
	  join payment as p on p.order_id = theirs.order_id
	  left join intent as i on i.order_id = theirs.order_id and i.gateway_id = theirs.gateway_id
	 where theirs.run_id = r.run_id and theirs.kind = 'payment_intent'
	   and (i.order_id is null and theirs.status in ('requires_capture', 'requires_action', 'processing', 'succeeded')
	           and not exists (select from step where subject = 'order:' || theirs.order_id and step.kind = 'authorize' and state = 'open')
	        or i.updated_at < r.started_at - interval '5 minutes'
	           and (intent_status_of(jsonb_build_object('status', theirs.status)) is distinct from i.status
	                   and not (i.status = 'declined' and theirs.status in ('requires_payment_method', 'canceled'))
	                or coalesce(theirs.captured, 0) <> case when i.status = 'succeeded' then p.captured else 0 end));
end
$$;

-- Money for an order that is not here: a backup was restored that does not know it, or somebody else uses our account.
create or replace function reconcile_unknown(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language plpgsql stable as $$
begin
	return query
	select 'unknown_order', theirs.order_id, theirs.gateway_id, format('The gateway has an intent (%s of %s) for an order that we do not have.', theirs.status, theirs.amount)
	  from reconciliation_object as theirs
	 where theirs.run_id = r.run_id and theirs.kind = 'payment_intent' and theirs.status in ('requires_capture', 'succeeded') and theirs.order_id is not null
	   and not exists (select from payment as p where p.order_id = theirs.order_id);
end
$$;

-- What we have of that day and the gateway has not.
create or replace function reconcile_missing(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language plpgsql stable as $$
begin
	return query
	select 'missing_intent', i.order_id, i.gateway_id, format('We have an intent (%s) that the gateway does not list.', i.status)
	  from intent as i
	 where i.created_at >= r.day::timestamptz and i.created_at < (r.day + 1)::timestamptz and i.gateway_id is not null
	   and not exists (select from reconciliation_object as theirs where theirs.run_id = r.run_id and theirs.gateway_id = i.gateway_id)
	union all
	select 'missing_refund', f.order_id, f.gateway_id, format('We have a refund (%s) that the gateway does not list.', f.status)
	  from refund as f
	 where f.created_at >= r.day::timestamptz and f.created_at < (r.day + 1)::timestamptz and f.gateway_id is not null
	   and not exists (select from reconciliation_object as theirs where theirs.run_id = r.run_id and theirs.gateway_id = f.gateway_id);
end
$$;

create or replace function reconcile_refunds(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language plpgsql stable as $$
begin
	return query
	select case when f.refund_id is null then 'stray_refund' else 'refund_differs' end, theirs.order_id, theirs.gateway_id,
	       case when f.refund_id is null then format('The gateway has a refund of %s (%s) that we know nothing of.', theirs.amount, theirs.status)
	            else format('The gateway says %s of %s; we say %s of %s.', theirs.status, theirs.amount, f.status, f.amount) end
	  from reconciliation_object as theirs
	  join payment as p on p.order_id = theirs.order_id
	  left join refund as f on f.gateway_id = theirs.gateway_id
	 where theirs.run_id = r.run_id and theirs.kind = 'refund'
	   and (f.refund_id is null and not exists (select from step where subject = 'order:' || theirs.order_id and step.kind = 'refund' and state = 'open')
	        or f.updated_at < r.started_at - interval '5 minutes'
	           and (refund_status_of(jsonb_build_object('status', theirs.status)) is distinct from f.status or theirs.amount <> f.amount));
end
$$;

-- Ours against ours: the books, the payments and the orders of that day say the same, whatever the gateway says.
create or replace function reconcile_books(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language plpgsql stable as $$
begin
	return query
	select 'books_differ', o.order_id, null::text,
	       format('Captured %s, refunded %s, in the books %s, the order says %s.', p.captured, p.refunded, ledger_balance(o.order_id), o.payment_status)
	  from payment as p
	  join orders as o using (order_id)
	 where (p.created_at >= r.day::timestamptz and p.created_at < (r.day + 1)::timestamptz
	        or o.order_id in (select t.order_id from ledger_transaction as t where t.at >= r.day::timestamptz and t.at < (r.day + 1)::timestamptz))
	   and (ledger_balance(o.order_id) <> p.captured - p.refunded
	        or p.captured > 0 and o.payment_status <> case when p.refunded = p.captured then 'refunded'
	              when p.refunded > 0 then 'partially_refunded' else 'captured' end::payment_status
	        or p.captured = 0 and o.payment_status in ('captured', 'partially_refunded', 'refunded'));
end
$$;

create or replace function reconcile_differences(r reconciliation) returns table (kind text, order_id uuid, gateway_id text, detail text)
language sql stable
begin atomic
	select * from reconcile_intents(r)
	union all select * from reconcile_unknown(r)
	union all select * from reconcile_missing(r)
	union all select * from reconcile_refunds(r)
	union all select * from reconcile_books(r);
end;

-- Compares. What can be put right by asking is asked for; the rest is told. Refunds that succeeded are asked for for a
-- fortnight: a bank may send one back days later, and the webhook that tells so may be lost.
create or replace function reconcile_end(p_run uuid) returns table (hints text)
language plpgsql volatile security definer set search_path from current as $$
declare
	r reconciliation;
	events new_event[];
begin
	select * into r from reconciliation where run_id = p_run and state = 'running' for update;
	if not found then
		return;
	end if;
	insert into reconciliation_difference (difference_id, run_id, kind, order_id, gateway_id, detail)
	select uuid_v7(), p_run, d.kind, d.order_id, d.gateway_id, d.detail from reconcile_differences(r) as d;
	select array_agg(escalation('reconciliation', d.order_id, concat_ws(' ', d.gateway_id, d.detail))) into events
	  from reconciliation_difference as d where d.run_id = p_run;
	perform ask_want('order:' || d.order_id, '{"stray": true}', 'payment_intent.retrieve', d.gateway_id)
	   from reconciliation_difference as d
	  where d.run_id = p_run and d.kind in ('stray_intent', 'intent_differs');
	perform ask_want('order:' || d.order_id, jsonb_build_object('refund_id', f.refund_id), 'refund.retrieve', d.gateway_id)
	   from reconciliation_difference as d join refund as f using (gateway_id)
	  where d.run_id = p_run and d.kind = 'refund_differs';
	perform ask_want('order:' || f.order_id, jsonb_build_object('refund_id', f.refund_id), 'refund.retrieve', f.gateway_id)
	   from refund as f
	  where f.status = 'succeeded' and f.created_at > now() - interval '14 days';
	update reconciliation
	   set state = 'done', finished_at = clock_timestamp(), differences = coalesce(cardinality(events), 0),
	       objects = (select count(*) from reconciliation_object where run_id = p_run)
	 where run_id = p_run;
	delete from reconciliation_object where run_id = p_run;
	return query select concat_ws(E'\n', wake_hint(), case when events is not null then event_append(events) end);
end
$$;
