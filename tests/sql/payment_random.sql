-- The saga under chance: orders by all kinds of cards, moved, cancelled, paid again, given back and forgotten by anybody at any time, while
-- calls are lost, cut, refused and answered late, programs die with a lease in hand, and webhooks come when and as often as they like. All the
-- time the money adds up; after all of it every order has come to an end that its money agrees with.
-- FOODFAST_LONG=1 plays on for longer; FOODFAST_SEED repeats a game.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();
\getenv long FOODFAST_LONG
\getenv seed FOODFAST_SEED
\if :{?seed}
\else
select floor(extract(epoch from clock_timestamp()) * 1000)::bigint % 1000000 as seed \gset
\endif
\set deeds 700
\if :{?long}
\set deeds 3000
\endif
select diag('seed ' || :'seed');
select setseed(:seed / 1000000.0) \g /dev/null

create temporary table flight as select null::uuid as step_id, null::uuid as lease, null::text as outcome, null::int as http, null::text as body limit 0;
create temporary table deed (n int generated always as identity, what text, problem text);
create temporary table card as select token, pg_temp.card(token) as id
  from unnest('{visa,visa2,visa3_slow,nofunds,asks,asks2,uncapturable,asks_slow}'::text[]) as token;
create temporary table fate as select * from unnest('{lost,cut,error,unavailable}'::text[]) as what;

create function pg_temp.any_order() returns uuid language sql volatile as $$ select order_id from payment order by random() limit 1 $$;
create function pg_temp.any_card() returns uuid language sql volatile as $$ select id from card order by random() limit 1 $$;

-- Takes a step and calls. What comes back is kept, to be told at any time, twice, or never.
create function pg_temp.take_off() returns void
language plpgsql as $$
declare
	taken record;
	fault text := (select what from fate where random() < 0.1 order by random() limit 1);
begin
	update step set run_at = clock_timestamp() - interval '1 s', created_at = created_at - interval '1 s' where state = 'open' and lease is null and random() < 0.5;
	select * into taken from payment_step_take(null, 15000);
	if found then
		insert into flight select taken.step_id, taken.lease, said.* from pg_temp.gw_call(taken.operation, taken.object_id, taken.params::jsonb, taken.key, fault) as said;
	end if;
end
$$;
create function pg_temp.land(keep boolean) returns void
language plpgsql as $$
declare
	f record;
begin
	select *, ctid into f from flight order by random() limit 1;
	if found then
		perform payment_step_settle(f.step_id, f.lease, f.outcome, f.http, f.body);
		if not keep then
			delete from flight where flight.ctid = f.ctid;
		end if;
	end if;
end
$$;
create function pg_temp.anything() returns text
language plpgsql as $$
declare
	id uuid := pg_temp.any_order();
	dice int := floor(random() * 100);
begin
	if dice < 8 then perform pg_temp.card_order(pg_temp.any_card()); return 'order';
	elsif dice < 40 then perform pg_temp.take_off(); return 'call';
	elsif dice < 66 then perform pg_temp.land(false); return 'answer';
	elsif dice < 68 then perform pg_temp.land(true); return 'answer twice';
	elsif dice < 70 then update step set leased_until = clock_timestamp() - interval '1 s' where step_id = (select step_id from step where lease is not null order by random() limit 1); return 'died';
	elsif dice < 80 then perform order_transition(pg_temp.session('wei'), id, (array['confirmed', 'confirmed', 'preparing', 'ready', 'picked_up', 'delivered'])[1 + floor(random() * 6)], 'x'); return 'cook';
	elsif dice < 83 then perform order_transition(pg_temp.session((array['clara', 'wei', 'ans'])[1 + floor(random() * 3)]), id, 'cancelled', 'x'); return 'cancel';
	elsif dice < 86 then perform order_pay(pg_temp.session('clara'), id, pg_temp.any_card()); return 'pay';
	elsif dice < 89 then perform refund_create(pg_temp.session('ans'), id, (1 + floor(random() * 1700))::bigint, 'sorry'); return 'refund';
	elsif dice < 91 then update payment set deadline_at = clock_timestamp() - interval '1 s' where order_id = id; perform payments_expire(); return 'expire';
	elsif dice < 94 then
		update gw_intent set status = case when random() < 0.7 then 'requires_capture' else 'requires_payment_method' end where status = 'requires_action' and n = (select n from gw_intent where status = 'requires_action' order by random() limit 1);
		return 'challenge';
	elsif dice < 96 then
		update gw_refund set status = case when status = 'pending' and random() < 0.8 then 'succeeded' else 'failed' end
		 where n = (select n from gw_refund where status = 'pending' or status = 'succeeded' and random() < 0.1 order by random() limit 1);
		return 'bank';
	end if;
	perform webhook_take('evt_' || floor(random() * 300), 'any', object.id, object.kind, object.order_id)
	   from (select * from (select gw_intent.id, 'payment_intent' as kind, (metadata ->> 'order_id')::uuid as order_id from gw_intent
	                        union all select gw_refund.id, 'refund', (metadata ->> 'order_id')::uuid from gw_refund) as each order by random() limit 1) as object;
	return 'webhook';
end
$$;

-- What has to hold at any moment, beside what tables and triggers refuse.
create function pg_temp.wrong() returns text
language sql as $$
	select string_agg(format('%s: %s', o.order_id, said), '; ')
	  from orders as o join payment as p using (order_id),
	       lateral (values
		('charged twice', (select coalesce(sum(received), 0) > p.amount from gw_intent where metadata ->> 'order_id' = o.order_id::text)),
		('more given back than taken', (select coalesce(sum(r.amount), 0) > (select coalesce(sum(received), 0) from gw_intent where metadata ->> 'order_id' = o.order_id::text)
			from gw_refund as r where r.metadata ->> 'order_id' = o.order_id::text and r.status <> 'failed')),
		('books', ledger_balance(o.order_id) <> p.captured - p.refunded),
		('order and payment', p.captured > 0 and o.payment_status <> case when p.refunded = p.captured then 'refunded' when p.refunded > 0 then 'partially_refunded' else 'captured' end::payment_status),
		('captured, it says', p.captured = 0 and o.payment_status in ('captured', 'partially_refunded', 'refunded')),
		('cooked for nothing', o.status not in ('awaiting_payment', 'cancelled') and o.payment_status <> 'failed'
			and not exists (select from gw_intent where metadata ->> 'order_id' = o.order_id::text and status in ('requires_capture', 'succeeded')))
	       ) as rule(said, broken)
	 where broken
$$;
-- A game. What is refused by our rules (FF…) is part of it; anything else is a fault of ours.
create procedure pg_temp.play(deeds int)
language plpgsql as $$
declare
	what text;
	broken text;
	message text;
begin
	perform pg_temp.card_order(pg_temp.any_card()) from generate_series(1, 6);
	for i in 1 .. deeds loop
		begin
			what := null;
			what := pg_temp.anything();
			set constraints all immediate;
			set constraints all deferred;
			broken := case when i % 3 = 0 then pg_temp.wrong() end;
			if broken is not null then
				insert into deed (what, problem) values (what, broken);
				return;
			end if;
		exception when others then
			get stacked diagnostics message = message_text, what = pg_exception_context;
			if sqlstate !~ '^FF' then
				insert into deed (what, problem) values (left(what, 300), sqlstate || ' ' || message);
			end if;
		end;
	end loop;
end
$$;
call pg_temp.play(:deeds);
select is_empty('select what, problem from deed', 'PY-03 nothing that anybody does, in any order, makes the money wrong');

-- Then all comes to rest: everybody answers, nothing is lost, and time goes by.
create procedure pg_temp.settle_all()
language plpgsql as $$
declare
	night uuid;
begin
	update step set leased_until = clock_timestamp() - interval '1 s' where lease is not null;
	update payment set deadline_at = clock_timestamp() - interval '1 s' where order_id in (select order_id from orders where status = 'awaiting_payment');
	update gw_refund set status = 'succeeded' where status = 'pending';
	update gw_intent set card = replace(card, 'slow', 'fast');
	while exists (select from payments_expire()) loop
	end loop;
	for i in 1 .. 800 loop
		exit when pg_temp.step_once() is null;
	end loop;
	-- The nightly reconciliation finds what no webhook told.
	select run into night from reconcile_begin(current_date);
	perform reconcile_page(night, 'payment_intent', jsonb_build_object('data', (select jsonb_agg(pg_temp.gw_intent_json(i)) from gw_intent as i))::text);
	perform reconcile_page(night, 'refund', jsonb_build_object('data', (select coalesce(jsonb_agg(pg_temp.gw_refund_json(r)), '[]') from gw_refund as r))::text);
	perform reconcile_end(night);
	for i in 1 .. 800 loop
		exit when pg_temp.step_once() is null;
	end loop;
end
$$;
call pg_temp.settle_all();
select is(pg_temp.wrong(), null, 'PY-03 nothing is wrong in the end');
select is_empty('select subject, kind, last_error from step where state = ''open''', 'PY-03 every step comes to an end');
select is_empty('select order_id, status, payment_status from orders where payment_method = ''card'' and (status = ''awaiting_payment'' or payment_status in (''pending'', ''requires_action''))', 'PY-03 so does every payment');
select is_empty($$ select o.order_id, o.status, o.payment_status, p.captured, p.refunded, pg_temp.held(o.order_id) from orders as o join payment as p using (order_id)
	where pg_temp.held(o.order_id) <> case when o.payment_status = 'authorized' then p.amount when o.payment_status = 'failed' and o.status <> 'cancelled' then pg_temp.held(o.order_id) else p.captured - p.refunded end $$,
	'PY-03 the gateway holds what we say');
select is_empty($$ select o.order_id, o.status, o.payment_status from orders as o join payment as p using (order_id)
	where o.status = 'cancelled' and pg_temp.held(o.order_id) > 0
	  and not exists (select from refund where refund.order_id = o.order_id and status = 'failed') $$, 'PY-03 nobody has paid for what was cancelled, unless his bank sent it back');
select is_empty($$ select o.order_id, o.status, o.payment_status from orders as o join payment as p using (order_id)
	where o.status not in ('placed', 'cancelled', 'awaiting_payment') and p.captured = 0 and o.payment_status <> 'failed' $$, 'PY-03 what is cooked is paid');
select is((select coalesce(sum(amount), 0) from ledger_entry), 0::numeric, 'PY-04 the books come to nothing');
select is((select coalesce(sum(amount), 0) from ledger_entry where account = 'gateway'),
	(select coalesce(sum(received), 0) from gw_intent) - (select coalesce(sum(amount), 0) from gw_refund where status = 'succeeded'), 'PY-04 and say what the gateway has');
select is_empty($$ select channel, count(*) from event where type = 'order.placed' and channel like 'order:%' group by channel having count(*) > 1 $$, 'PY-03 no order is placed twice');
select is_empty($$ select channel from event join orders on channel = 'order:' || order_id and payment_method = 'card' where type = 'order.placed' and placed_at is null $$, 'PY-03 what is told is so');
select is_empty($$ select channel, was, is_now from (
	select channel, data ->> 'status' as is_now, lag(data ->> 'status') over (partition by channel order by seq) as was from event where type = 'payment.status') as told
	where was <> is_now and (was::payment_status, is_now::payment_status) not in (select from_status, to_status from payment_way) $$, 'PY-03 what was told of each payment went its way');
select diag(format('%s orders: %s', count(*), string_agg(distinct status || ' ' || payment_status, ', '))) from orders where payment_method = 'card';

set constraints all immediate;
select * from finish();
rollback;
