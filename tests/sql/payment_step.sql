-- Steps: taken by one at a time under a lease, one after another for a subject, told again under the same key, and asked about where nobody knows.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();
select pg_temp.card('visa') as card \gset

-- Leases.
create temporary table one as select pg_temp.card_order(:'card') as id;
create temporary table taken as select s.* from one, payment_step_take('order:' || id, 15000) as s;
select is(operation || ' ' || (params::jsonb ->> 'amount'), 'payment_intent.create 1550', 'PY-03 a step says what to call') from taken;
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-03 and is had by one alone') from one;
select is((select count(*) from payment_step_take(null, 15000)), 0::bigint, 'PY-03 whoever asks');
update step set leased_until = clock_timestamp() - interval '1 ms' where lease is not null;
create temporary table again as select s.* from one, payment_step_take('order:' || id, 15000) as s;
select is(again.key || again.params, taken.key || taken.params, 'PY-03 who died leaves it to the next, with the same key and words') from again, taken;
select isnt(again.lease, taken.lease, 'PY-03 under another lease') from again, taken;
select is((select count(*) from payment_step_settle(step_id, lease, 'answer', 402, '{"error": {"code": "card_declined"}}')), 0::bigint, 'PY-03 who lost the lease is not heard') from taken;
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-03 and changes nothing') from one;
select payment_step_settle(step_id, lease, outcome, http, body) from again, pg_temp.gw_call(operation, object_id, params::jsonb, key) \g /dev/null
select is(pg_temp.state(id), 'placed authorized', 'PY-03 who has it is') from one;
select is((select count(*) from payment_step_settle(step_id, lease, 'unknown', 0, null)), 0::bigint, 'PY-03 settled is settled') from again;
select is((select count(*) from payment_step_settle(uuid_v7(), lease, 'unknown', 0, null)), 0::bigint, 'PY-03 no such step') from again;

-- A head start for the request that waits; the worker takes what it left.
create temporary table fresh as select pg_temp.card_order(:'card') as id;
select is((select count(*) from payment_step_take(null, 15000)), 0::bigint, 'PY-03 the worker leaves the first half second to the request');
update step set created_at = created_at - interval '1 s' where state = 'open';
select is((select operation from payment_step_take(null, 15000)), 'payment_intent.create', 'PY-03 and then does it itself');
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-03 once') from fresh;
update step set state = 'dropped', settled_at = now(), lease = null, leased_until = null where state = 'open';

-- Out of reach: later, and later still. Lost or cut: the same key again.
create temporary table far as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'unavailable'), ('payment_intent.create', 'lost'), ('payment_intent.create', 'cut');
select is(pg_temp.step_once('order:' || id), 'payment_intent.create', 'PY-05 out of reach') from far;
select is((select sends || ' ' || tries || ' ' || (first_sent_at is null)::text from step where state = 'open'), '0 1 true', 'PY-05 was not sent');
select ok((select run_at > clock_timestamp() from step where state = 'open'), 'PY-05 rests a while');
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-05 until then nobody has it') from far;
select ok(payment_steps_due_in_ms() between 1 and 1000, 'PY-05 and the worker knows until when');
select is(pg_temp.step_once('order:' || id), 'payment_intent.create', 'PY-05 lost') from far;
select is((select sends || ' ' || tries || ' ' || (first_sent_at is null)::text from step where state = 'open'), '1 2 false', 'PY-05 may have arrived');
select is(pg_temp.step_once('order:' || id), 'payment_intent.create', 'PY-05 done, and the answer cut') from far;
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-05 nobody guesses') from far;
select is(pg_temp.step_once('order:' || id), 'payment_intent.create', 'PY-05 told again') from far;
select is((select count(distinct key) from gw_call_log join far on true where operation = 'payment_intent.create' and n > (select max(n) - 4 from gw_call_log)), 1::bigint, 'PY-05 always under one key');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-05 happened once') from far;
select is((select array_agg(step_backoff(n) between make_interval(secs => least(power(2, n), 300) / 2) and make_interval(secs => least(power(2, n), 300)) order by n) from generate_series(0, 10) as n),
	array_fill(true, array[11]), 'PY-05 rests grow to five minutes');

-- A second attempt waits behind one that is undecided, and is not made when that one holds.
create temporary table two as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'cut');
select pg_temp.step_once('order:' || id) from two \g /dev/null
select is((order_pay(pg_temp.session('clara'), id, :'card')).status, 202, 'PY-05 she tries again meanwhile') from two;
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-03 it waits') from two;
select is(pg_temp.steps('order:' || id, skip => true), '{payment_intent.create}', 'PY-03 the first is found to hold') from two;
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-03 so nobody is charged twice') from two;
select is((select array_agg(state::text order by turn) from step where subject = 'order:' || id and kind = 'authorize'), '{done,dropped}', 'PY-03 the second was not made') from two;

-- The gateway keeps an error of its own for the key: asked whether there is one; there is.
create temporary table kept as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'error');
select is(pg_temp.steps('order:' || id, skip => true, most => 4), '{payment_intent.create,payment_intent.create,payment_intent.create,payment_intent.search}', 'PY-05 after three errors it is asked') from kept;
select is((select count(distinct key) from (select key from gw_call_log where operation = 'payment_intent.create' order by n desc limit 3) as last), 1::bigint, 'PY-05 all under one key');
insert into gw_intent (id, status, amount, currency, metadata) select 'pi_found', 'requires_capture', 1550, 'eur', jsonb_build_object('order_id', id, 'attempt', 1) from kept;
select is(pg_temp.step_once('order:' || id), 'payment_intent.search', 'PY-05 a search lags behind, so again') from kept;
select is(pg_temp.state(id), 'placed authorized', 'PY-05 found') from kept;

-- There is not: after several asks it is told anew.
create temporary table never as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'error');
select is(pg_temp.steps('order:' || id, skip => true),
	'{payment_intent.create,payment_intent.create,payment_intent.create,payment_intent.search,payment_intent.search,payment_intent.search,payment_intent.search,payment_intent.search,payment_intent.create}',
	'PY-05 not found five times: told anew') from never;
select is((select count(distinct key) from (select key from gw_call_log where operation = 'payment_intent.create' order by n desc limit 2) as last), 2::bigint, 'PY-05 under another key');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-05 and holds') from never;

-- What was made after all, and no search has found, holds money that nobody wants: a webhook tells of it, and it is released.
create temporary table lagging as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'error');
select is((webhook_take('evt_lag_1', 'payment_intent.created', 'pi_lag', 'payment_intent', id)).hints, null, 'PY-05 at first the answer tells more than a webhook') from lagging;
select pg_temp.steps('order:' || id, skip => true, most => 3) from lagging \g /dev/null
insert into gw_intent (id, status, amount, currency, metadata) select 'pi_lag', 'requires_capture', 1550, 'eur', jsonb_build_object('order_id', id, 'attempt', 'lost') from lagging;
select is((webhook_take('evt_lag_2', 'payment_intent.amount_capturable_updated', 'pi_lag', 'payment_intent', id)).hints, wake_hint(), 'PY-05 later on it is news') from lagging;
select is((pg_temp.steps('order:' || id, skip => true))[6:], '{payment_intent.create,payment_intent.retrieve,payment_intent.cancel}', 'PY-05 after the new one') from lagging;
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-03 the money is held once') from lagging;

-- After 23 hours nothing is made again blindly.
create temporary table old as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'lost');
select pg_temp.step_once('order:' || id) from old \g /dev/null
update step set first_sent_at = first_sent_at - interval '23 hours 1 minute' where state = 'open';
select is(pg_temp.steps('order:' || id, skip => true), array_fill('payment_intent.search'::text, array[5]), 'PY-05 after a day it is only asked') from old;
select is((select state::text from step where subject = 'order:' || id and kind = 'authorize'), 'given_up', 'PY-05 nobody knows') from old;
select is((select data ->> 'kind' from event, old where channel = 'ops' and data ->> 'order_id' = id::text), 'payment_unknown', 'PY-05 a person is told');
create temporary table old_refund as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from old_refund \g /dev/null
select pg_temp.steps() \g /dev/null
select refund_create(pg_temp.session('ans'), id, 100, 'cold') from old_refund \g /dev/null
insert into gw_fault (operation, what) values ('refund.create', 'cut');
select pg_temp.step_once('order:' || id) from old_refund \g /dev/null
update step set first_sent_at = first_sent_at - interval '23 hours 1 minute' where state = 'open';
select is(pg_temp.steps('order:' || id, skip => true), '{refund.list}', 'PY-02 a refund too is asked for') from old_refund;
select is(pg_temp.state(id), 'confirmed partially_refunded', 'PY-02 found') from old_refund;

-- A refund whose answer was lost, and which the bank has sent back before it is told again: the answer that is kept for the key is an old one.
create temporary table back as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from back \g /dev/null
select pg_temp.steps() \g /dev/null
select refund_create(pg_temp.session('ans'), id, 100, 'cold') from back \g /dev/null
insert into gw_fault (operation, what) values ('refund.create', 'cut');
select pg_temp.step_once('order:' || id) from back \g /dev/null
update gw_refund set status = 'failed' where metadata ->> 'order_id' = (select id::text from back);
select (webhook_take('evt_back', 'refund.failed', gw_refund.id, 'refund', back.id)).hints from back, gw_refund where metadata ->> 'order_id' = back.id::text \g /dev/null
select is(pg_temp.steps('order:' || id, skip => true), '{refund.create,refund.retrieve}', 'PY-02 so it is asked what has become of it') from back;
select is(pg_temp.state(id) || ' ' || ledger_balance(id), 'confirmed captured 1550', 'PY-02 it failed') from back;

-- To be refused an answer is not to be told that there is none.
create temporary table mute as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from mute \g /dev/null
select pg_temp.steps() \g /dev/null
select refund_create(pg_temp.session('ans'), id, 100, 'cold') from mute \g /dev/null
insert into gw_fault (operation, what) values ('refund.create', 'error');
select pg_temp.steps('order:' || id, skip => true, most => 3) from mute \g /dev/null
do $$
declare
	refused record;
begin
	for turn in 1 .. 6 loop
		update step set run_at = clock_timestamp() - interval '1 s' where state = 'open' and lease is null;
		select * into refused from payment_step_take((select 'order:' || id from mute), 15000);
		perform payment_step_settle(refused.step_id, refused.lease, 'answer', 400, '{"error": {"type": "invalid_request_error"}}');
	end loop;
end
$$;
select is((select operation || ' ' || is_searching || ' ' || asks from step where subject = 'order:' || id and state = 'open'), 'refund.list true 0', 'PY-02 it is asked on, and not given back anew') from mute;
select is(pg_temp.steps('order:' || id, skip => true), array_fill('refund.list'::text, array[5]) || 'refund.create'::text, 'PY-02 until it is told that there is none') from mute;

-- What can be told twice is told anew after errors; and a dozen tries call a person.
create temporary table stuck as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from stuck \g /dev/null
insert into gw_fault (operation, what) values ('payment_intent.capture', 'error');
select is(pg_temp.steps('order:' || id, skip => true), array_fill('payment_intent.capture'::text, array[4]), 'PY-05 a capture whose key has an error is told under another') from stuck;
select is(pg_temp.state(id), 'confirmed captured', 'PY-05 and done') from stuck;
create temporary table down as select pg_temp.card_order(:'card') as id;
insert into gw_fault (operation, what) select 'payment_intent.create', 'unavailable' from generate_series(1, 13);
select pg_temp.steps('order:' || id, skip => true, most => 13) from down \g /dev/null
select is((select array_agg(data ->> 'kind') from event, down where channel = 'ops' and data ->> 'order_id' = id::text), '{payment_stuck}', 'PY-05 a dozen tries: told once');
create temporary table deaf as select pg_temp.card_order(:'card') as id;
do $$
begin
	for turn in 1 .. 13 loop
		perform payment_step_take((select 'order:' || id from deaf), 15000);
		update step set leased_until = clock_timestamp() - interval '1 s' where state = 'open' and subject = (select 'order:' || id from deaf);
	end loop;
end
$$;
select is((select array_agg(data ->> 'kind') from event, deaf where channel = 'ops' and data ->> 'order_id' = id::text), '{payment_stuck}', 'PY-05 so is a step whose answers nobody takes in');
delete from gw_fault;
update payment set deadline_at = now() - interval '1 s' where order_id = (select id from down);
select is(pg_temp.step_once('order:' || id), null, 'PY-03 what was never sent is not sent after the deadline') from down;

-- Refused as busy or unknown to us (401, 409): neither a decline nor done.
create temporary table busy as select pg_temp.card_order(:'card') as id;
create temporary table busy_step as select s.* from busy, payment_step_take('order:' || id, 15000) as s;
select payment_step_settle(step_id, lease, 'answer', 401, '{"error": {"type": "invalid_request_error"}}') from busy_step \g /dev/null
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-05 our key is refused: no decline') from busy;
select is(pg_temp.steps('order:' || id, skip => true), '{payment_intent.create}', 'PY-05 later it works') from busy;
-- An answer about something else.
create temporary table other as select pg_temp.card_order(:'card') as id;
create temporary table other_step as select s.* from other, payment_step_take('order:' || id, 15000) as s;
select payment_step_settle(step_id, lease, 'answer', 200, jsonb_build_object('object', 'payment_intent', 'id', 'pi_x', 'status', 'requires_capture', 'metadata', jsonb_build_object('order_id', uuid_v7()))::text) from other_step \g /dev/null
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-05 an intent of another order places nothing') from other;

set constraints all immediate;
select * from finish();
rollback;
