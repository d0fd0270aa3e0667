-- What a test or a person does to the sandbox: faults, webhooks, the clock, the bank's challenge. tests/e2e/lib/sandbox.mjs
-- calls these.

-- Faults

create or replace function fault_add(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	f fault;
begin
	insert into fault (does, method, path, customer, order_id, times, delay_ms, status, code, has_effect)
	values (param_choice(p_params || jsonb_build_object('do', param_required(p_params, 'do')), 'do', '{delay,delay_before,cut_before,'
			'cut_after,error,stored_error,refuse,decline,rate_limit,blind}'),
		upper(param_text(p_params, 'method')), param_text(p_params, 'path'), param_text(p_params, 'customer'),
		param_text(p_params, 'order_id'), param_int(p_params, 'times', 1, 1000000),
		coalesce(param_int(p_params, 'delay_ms', 0, 600000), 1000), coalesce(param_int(p_params, 'status', 400, 599), 500),
		coalesce(param_text(p_params, 'code'), 'generic_decline'), param_bool(p_params, 'effect'))
	returning * into f;
	return to_jsonb(f);
end
$$;

create or replace function fault_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select jsonb_build_object('items', coalesce(jsonb_agg(to_jsonb(f) order by fault_id), '[]')) from fault f where times is distinct from 0
$$;

create or replace function fault_clear(p_id text, p_params jsonb) returns jsonb
language sql as $$
	with gone as (delete from fault where coalesce(customer, '') = coalesce(param_text(p_params, 'customer'), customer, '') returning 1)
	select jsonb_build_object('cleared', count(*)) from gone
$$;

-- Whose a request is: the customer, and the order that is paid.
create or replace function request_subject(p_path text, p_params jsonb, out customer text, out order_id text)
language sql stable as $$
	select coalesce(i.customer, p_params ->> 'customer', case when asked.id like 'cus\_%' then asked.id end),
		coalesce(i.metadata ->> 'order_id', p_params #>> '{metadata,order_id}',
			(regexp_match(p_params ->> 'query', 'metadata\[[''"]order_id[''"]\]:[''"]([^''"]*)[''"]'))[1])
	from (values (split_part(p_path, '/', 4))) asked (id)
	left join intent i on i.id = coalesce((select r.intent from refund r where r.id = asked.id),
		case when asked.id like 'pi\_%' then asked.id end, p_params ->> 'payment_intent')
$$;

-- Uses up the oldest fault that matches the request; none: a row of nulls.
create or replace function fault_take(p_method text, p_path text, p_params jsonb) returns fault
language plpgsql as $$
declare
	f fault;
	whose record;
begin
	if not exists (select from fault where times is distinct from 0) then
		return null;
	end if;
	select * into whose from request_subject(p_path, p_params);
	update fault set times = times - 1
	where fault_id = (select fault_id from fault
		where times is distinct from 0 and coalesce(method, p_method) = p_method and starts_with(p_path || '$', coalesce(path, '/v1/'))
			and (customer is null or customer = whose.customer) and (order_id is null or order_id = whose.order_id)
		order by fault_id limit 1 for update)
	returning * into f;
	return f;
end
$$;

-- Webhooks

create or replace function webhooks_set(p_id text, p_params jsonb) returns jsonb
language sql as $$
	insert into webhook_setting as s (customer, mode, delay_ms, copies, is_shuffled)
	values (coalesce(param_text(p_params, 'customer'), ''), coalesce(param_choice(p_params, 'mode', '{on,lose,hold}'), 'on'),
		coalesce(param_int(p_params, 'delay_ms', 0, 600000), case when param_bool(p_params, 'shuffle') then 500 else 0 end),
		coalesce(param_int(p_params, 'copies', 1, 100), 1), param_bool(p_params, 'shuffle'))
	on conflict (customer) do update set mode = excluded.mode, delay_ms = excluded.delay_ms, copies = excluded.copies,
		is_shuffled = excluded.is_shuffled
	returning to_jsonb(s)
$$;

create or replace function webhooks_reset(p_id text, p_params jsonb) returns jsonb
language sql as $$
	with gone as (delete from webhook_setting returning 1) select jsonb_build_object('cleared', count(*)) from gone
$$;

-- How many deliveries there are in each state.
create or replace function webhooks_count(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select jsonb_build_object('held', count(*) filter (where state = 'held'), 'due', count(*) filter (where state = 'due'),
		'done', count(*) filter (where state = 'done'), 'given_up', count(*) filter (where state = 'given_up'))
	from delivery d join event e on e.id = d.event
	where coalesce(e.customer, '') = coalesce(param_text(p_params, 'customer'), e.customer, '')
$$;

-- Lets go what is held: in order, in any order, or in reverse.
create or replace function webhooks_release(p_id text, p_params jsonb) returns jsonb
language sql as $$
	with ordered as (
		select d.delivery_id, row_number() over (order by case when param_bool(p_params, 'shuffle') then random() end,
			case when param_bool(p_params, 'reverse') then -d.delivery_id end, d.delivery_id) as place
		from delivery d join event e on e.id = d.event
		where d.state = 'held' and coalesce(e.customer, '') = coalesce(param_text(p_params, 'customer'), e.customer, '')),
	released as (
		update delivery d set state = 'due', due_at = clock_timestamp() + o.place * interval '1 ms'
		from ordered o where o.delivery_id = d.delivery_id returning 1)
	select jsonb_build_object('released', count(*)) from released
$$;

-- Sends an event once more.
create or replace function webhook_resend(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
begin
	perform event_retrieve(p_id, '{}');
	insert into delivery (event, state, due_at) values (p_id, 'due', clock_timestamp());
	return jsonb_build_object('resent', p_id);
end
$$;

-- Clock, refunds

create or replace function clock_move(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
begin
	perform param_required(p_params, 'advance_s');
	update setting set clock_offset = clock_offset + param_int(p_params, 'advance_s', 0, 1e9::bigint) * interval '1 s';
	perform intents_expire();
	return jsonb_build_object('now', sandbox_now());
end
$$;

create or replace function refunds_settle_now(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select jsonb_build_object('settled', refunds_settle(true))
$$;

-- What was charged, for an order or a customer: the truth that a test compares with.
create or replace function charges_tell(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select jsonb_build_object('captured', coalesce(sum(captured), 0), 'refunded', coalesce(sum(refunded_of(id)), 0),
		'items', coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status, 'amount', amount, 'currency', currency,
			'captured', captured, 'refunded', refunded_of(id), 'customer', customer, 'metadata', metadata,
			'next_action', next_action, 'last_error', last_error ->> 'code', 'created', created,
			'declines', (select count(*) from charge c where c.intent = i.id and c.is_declined),
			'refunds', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'amount', r.amount, 'status', r.status,
				'metadata', r.metadata) order by r.n), '[]') from refund r where r.intent = i.id)) order by n), '[]'))
	from intent i
	where (param_text(p_params, 'order_id') is null or metadata ->> 'order_id' = param_text(p_params, 'order_id'))
		and coalesce(customer, '') = coalesce(param_text(p_params, 'customer'), customer, '')
$$;

-- The bank's challenge

-- Ends the intent's wait for its customer.
create or replace function challenge_decide(p_id text, p_is_approved boolean) returns intent
language plpgsql as $$
declare
	i intent := intent_find(p_id);
	c card := (select c from card c join method m on m.card = c.name where m.id = i.method);
begin
	if i.status <> 'requires_action' then
		perform refuse(409, format('There is nothing to approve: the payment is %s.', i.status));
	end if;
	if not p_is_approved then
		perform intent_decline(i, 'authenticationRefused');
	elsif c.code is not null then
		perform intent_decline(i, c.name);
	else
		perform intent_charge(i);
	end if;
	return intent_find(p_id);
end
$$;

create or replace function challenge_control(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
begin
	perform param_required(p_params, 'approve');
	return intent_json(challenge_decide(p_id, param_bool(p_params, 'approve')));
end
$$;

create or replace function html_escape(p_text text) returns text
language sql immutable as $$
	select replace(replace(replace(replace(p_text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;')
$$;

-- A page of the bank that is none; BODY is HTML.
create or replace function challenge_page(p_title text, p_body text) returns jsonb
language sql immutable as $$
	select jsonb_build_object('html', format('<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%1$s – sandbox bank</title>
<link rel="icon" href="data:,">
<style>
	:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
	body { max-width: 30rem; margin: 3rem auto; padding: 0 1rem; }
	aside { border: 2px dashed; padding: .5rem 1rem; }
	button { font: inherit; padding: .6rem 1.4rem; margin: 0 .6rem .6rem 0; }
</style>
<main>
<aside><strong>Sandbox.</strong> This is no bank: it is a test page, and no money moves.</aside>
<h1>%1$s</h1>
%2$s
</main>
</html>
', html_escape(p_title), p_body))
$$;

create or replace function challenge_show(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent := intent_find(p_id);
	last4 text := (select c.last4 from card c join method m on m.card = c.name where m.id = i.method);
begin
	if i.status <> 'requires_action' then
		return challenge_page('Nothing to approve', format('<p>This payment is already decided: %s.</p>', replace(i.status, '_', ' ')));
	end if;
	return challenge_page('Do you approve this payment?', format('<p>%s, with the card that ends in %s.</p>
<form method="post">
<button name="outcome" value="approve">Approve</button>
<button name="outcome" value="refuse">Refuse</button>
</form>', html_escape(format('%s %s', to_char(i.amount / 100.0, 'FM999999990.00'), upper(i.currency))), last4));
end
$$;

-- URL with more parameters in its query, its fragment kept.
create or replace function url_extend(p_url text, p_more text) returns text
language sql immutable as $$
	select part[1] || case when strpos(part[1], '?') > 0 then '&' else '?' end || p_more || coalesce(part[2], '')
	from regexp_match(p_url, '^([^#]*)(#.*)?$') part
$$;

-- Back to where the payment came from, as Stripe sends people back.
create or replace function challenge_answer(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	i intent;
	outcome text := param_choice(p_params, 'outcome', '{approve,refuse}');
	is_paid boolean;
begin
	perform param_required(p_params, 'outcome');
	i := intent_find(p_id);
	if i.status = 'requires_action' then
		i := challenge_decide(p_id, outcome = 'approve');
	end if;
	is_paid := i.status in ('requires_capture', 'succeeded');
	if i.return_url is not null then
		return jsonb_build_object('location', url_extend(i.return_url,
			format('payment_intent=%s&redirect_status=%s', i.id, case when is_paid then 'succeeded' else 'failed' end)));
	end if;
	return challenge_page(case when is_paid then 'Approved' else 'Not paid' end, '<p>You can close this page.</p>');
end
$$;
