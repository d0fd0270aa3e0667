-- Events, and their way to the webhook: rows, so that a killed sandbox loses none. tools/sandbox_webhook.c sends them.

-- How long whoever took a delivery may be at it, before another takes it.
create or replace function delivery_lease() returns interval
language sql immutable as $$
	select interval '15 s'
$$;

-- Writes down that TYPE happened to OBJECT, and what is to be delivered of it.
create or replace function event_emit(p_type text, p_object jsonb, p_customer text) returns void
language plpgsql as $$
declare
	e event;
	how webhook_setting;
begin
	e.id := new_id('evt');
	e.created := sandbox_now();
	insert into event (id, type, customer, created, body)
	values (e.id, p_type, p_customer, e.created, jsonb_build_object('id', e.id, 'object', 'event', 'api_version', '2024-06-20',
		'created', unix(e.created), 'data', jsonb_build_object('object', p_object), 'livemode', false, 'pending_webhooks', 1,
		'request', jsonb_build_object('id', null, 'idempotency_key', nullif(current_setting('sandbox.key', true), '')), 'type', p_type));
	select * into how from webhook_setting where customer in (p_customer, '') order by customer desc limit 1;
	if how.mode = 'lose' then
		return;
	end if;
	insert into delivery (event, state, due_at)
	select e.id, case how.mode when 'hold' then 'held' else 'due' end, clock_timestamp() + coalesce(how.delay_ms, 0)
		* case when how.is_shuffled then random() else 1 end * interval '1 ms'
	from generate_series(1, coalesce(how.copies, 1));
end
$$;

-- From here to the end of the transaction, nobody waits for the disk: what a crash forgets is sent once more.
create or replace function delivery_is_light() returns text
language sql volatile as $$
	select set_config('synchronous_commit', 'off', true)
$$;

-- Hands out a delivery that is due; one row always: none is, for due_in_ms.
create or replace function webhook_take(out delivery_id bigint, out event text, out type text, out body text, out due_in_ms int)
language plpgsql as $$
begin
	perform delivery_is_light();
	update delivery d set due_at = clock_timestamp() + delivery_lease(), tries = tries + 1
	from event e
	where e.id = d.event and d.delivery_id = (
		select t.delivery_id from delivery t where t.state = 'due' and t.due_at <= clock_timestamp()
		order by t.due_at limit 1 for update skip locked)
	returning d.delivery_id, e.id, e.type, e.body::text into delivery_id, event, type, body;
	due_in_ms := (select least(5000, ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000))
		from delivery where state = 'due');
	due_in_ms := greatest(1, coalesce(due_in_ms, 5000));
end
$$;

-- Says how the webhook answered: 0, not at all. What wasn't taken is tried again, ever more rarely.
create or replace function webhook_done(p_delivery_id bigint, p_status int) returns void
language sql as $$
	select delivery_is_light();
	update delivery set last_status = p_status,
		state = case when p_status between 200 and 299 then 'done'
			when created < clock_timestamp() - interval '3 days' then 'given_up' else 'due' end,
		due_at = clock_timestamp() + least(60, power(2, tries - 1)) * (0.75 + random() / 2) * interval '1 s'
	where delivery_id = p_delivery_id
$$;

create or replace function event_retrieve(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	found_body jsonb := (select body from event where id = p_id);
begin
	if found_body is null then
		perform refuse_missing('event', p_id, 'id');
	end if;
	return found_body;
end
$$;

create or replace function event_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select list_of('/v1/events', coalesce(jsonb_agg(e.body order by e.n desc), '[]'), list_limit(p_params))
	from (select * from event
		where type = coalesce(param_text(p_params, 'type'), type) and is_created_in(created, p_params)
			and n < coalesce((select n from event where id = param_text(p_params, 'starting_after')), 1e18::bigint)
		order by n desc limit list_limit(p_params) + 1) e
$$;
