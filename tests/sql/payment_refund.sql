-- Refunds: by whom, how much, what is under way, what the bank makes of them; and that the books follow.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();

create temporary table meal as select pg_temp.paid_order('visa') as id;
create function pg_temp.refund(p_order uuid, p_amount bigint, p_person text default 'ans', p_reason text default 'cold') returns text
language sql as $$ select pg_temp.problem(format('select refund_create(pg_temp.session(%L), %L, %L, %L)', p_person, p_order, p_amount, p_reason)) $$;
select is(pg_temp.refund(id, 100), 'FF409 not_refundable', 'PY-02 nothing was taken yet') from meal;
select pg_temp.move('wei', id, 'confirmed') from meal \g /dev/null
select pg_temp.steps() \g /dev/null
select is(pg_temp.refund(id, 100, person), expected, 'PY-02 not by ' || person)
  from meal, (values ('clara', 'FF403 forbidden'), ('wei', 'FF403 forbidden'), ('olga', 'FF404 not_found'), ('carl', 'FF404 not_found'), ('dora', 'FF404 not_found')) as other(person, expected);
select is(pg_temp.refund(id, 1551), 'FF422 refund_too_large', 'PY-02 not more than was paid') from meal;
select is(pg_temp.problem_members(format('select refund_create(pg_temp.session(''ada''), %L, 9999, ''x'')', id)) -> 'refundable', '1550', 'PY-02 says how much can be') from meal;
select is(pg_temp.refund(id, amount), 'FF422 refund_too_large', 'PY-02 nor ' || amount) from meal, unnest(array[0, -5]) as amount;
select is(pg_temp.refund(id, 5, 'ans', '  '), 'FF422 reason_needed', 'PY-02 not without a reason') from meal;

create temporary table part as select (answer.body::jsonb ->> 'id')::uuid as refund_id, answer.status, meal.id from meal, refund_create(pg_temp.session('ans'), id, 550, ' cold soup ') as answer;
select is(status, 202, 'PY-02 a part') from part;
select is((refund_answer(pg_temp.session('ans'), refund_id)).body::jsonb - 'created_at',
	jsonb_build_object('id', refund_id, 'order_id', id, 'amount', 550, 'currency', 'EUR', 'reason', 'cold soup', 'status', 'pending'), 'PY-02 pending') from part;
select is(pg_temp.refund(id, 1001), 'FF422 refund_too_large', 'PY-02 what is under way counts') from meal;
select is(pg_temp.problem(format('select refund_answer(pg_temp.session(''clara''), %L)', refund_id)), 'FF404 not_found', 'PY-02 whose it is not') from part;
select is(pg_temp.steps(), '{refund.create}', 'PY-02 made');
select is((refund_answer(pg_temp.session('ans'), refund_id)).body::jsonb ->> 'status', 'succeeded', 'PY-02 succeeded') from part;
select is(pg_temp.state(id) || ' ' || pg_temp.held(id) || ' ' || ledger_balance(id), 'confirmed partially_refunded 1000 1000', 'PY-02 and in the books') from meal;
select is(pg_temp.refund(id, 1000), 'done', 'PY-02 the rest') from meal;
select is(pg_temp.refund(id, null), 'FF409 not_refundable', 'PY-02 then nothing is left') from meal;
select pg_temp.steps() \g /dev/null
select is(pg_temp.state(id) || ' ' || pg_temp.held(id) || ' ' || ledger_balance(id), 'confirmed refunded 0 0', 'PY-02 all of it') from meal;
select is((select array_agg((envelope::jsonb #>> '{data,status}') || ' ' || (envelope::jsonb #>> '{data,amount}') order by seq) from event_read('order:' || id, 0, 100) where envelope like '%refunded%'),
	'{"partially_refunded 550","refunded 1550"}', 'PY-02 told as it grows') from meal;
select is((select jsonb_agg(item - 'id' - 'created_at' - 'order_id' - 'by') from jsonb_array_elements((payments_of(pg_temp.session('clara'), id)).body::jsonb -> 'items') as item where item ->> 'kind' = 'refund'),
	'[{"kind": "refund", "amount": 550, "currency": "EUR", "reason": "cold soup", "status": "succeeded"}, {"kind": "refund", "amount": 1000, "currency": "EUR", "reason": "cold", "status": "succeeded"}]', 'PY-02 listed') from meal;

-- A part given back, and then cancelled: the rest follows by itself.
create temporary table mixed as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from mixed \g /dev/null
select pg_temp.steps() \g /dev/null
select pg_temp.refund(id, 50) from mixed \g /dev/null
select pg_temp.move('ans', id, 'cancelled') from mixed \g /dev/null
select is(pg_temp.steps(), '{refund.create,refund.create}', 'PY-02 two refunds');
select is((select array_agg(amount::bigint order by amount) from refund where order_id = id), '{50,1500}'::bigint[], 'PY-02 of one sum') from mixed;
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled refunded 0', 'PY-02 all is back') from mixed;

-- One that takes its time, one that fails, one that fails after all.
create temporary table slow as select pg_temp.paid_order('slow') as id;
select pg_temp.move('wei', id, 'confirmed') from slow \g /dev/null
select pg_temp.steps() \g /dev/null
select pg_temp.refund(id, 500) from slow \g /dev/null
select is(pg_temp.steps(), '{refund.create}', 'PY-02 the bank takes its time');
select is(pg_temp.state(id), 'confirmed captured', 'PY-02 until then nothing has changed') from slow;
update gw_refund set status = 'succeeded' where status = 'pending';
select is((webhook_take('evt_r', 'charge.refunded', 'ch_1', 'charge', id)).hints, wake_hint(), 'PY-02 a charge''s event rings') from slow;
select is(pg_temp.steps(), '{refund.retrieve}', 'PY-02 and the refund is asked for');
select is(pg_temp.state(id), 'confirmed partially_refunded', 'PY-02 it has come') from slow;
update gw_refund set status = 'failed';
select webhook_take('evt_s', 'refund.failed', r.gateway_id, 'refund', null) from refund as r, slow where order_id = id \g /dev/null
select is(pg_temp.steps(), '{refund.retrieve}', 'PY-02 the bank sends it back');
select is(pg_temp.state(id) || ' ' || ledger_balance(id) || ' ' || payment.refunded, 'confirmed captured 1550 0', 'PY-02 so it is ours again, in the books too') from slow join payment on order_id = id;
select is((select data ->> 'kind' from event, slow where channel = 'ops' and data ->> 'order_id' = id::text), 'refund_failed', 'PY-02 and a person is told');
select is((refund_heard(r.refund_id, jsonb_build_object('id', r.gateway_id, 'amount', r.amount, 'status', 'succeeded'))), '{}', 'PY-02 a late word of success changes nothing') from refund as r, slow where order_id = id;
select is(pg_temp.refund(id, 1550), 'done', 'PY-02 it can be given back again') from slow;
create temporary table refused as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from refused \g /dev/null
select pg_temp.steps() \g /dev/null
update gw_intent set received = 0 where metadata ->> 'order_id' = (select id::text from refused);
select pg_temp.refund(id, 100) from refused \g /dev/null
select is(pg_temp.steps('order:' || id), '{refund.create}', 'PY-02 the gateway refuses') from refused;
select is((select status::text from refund where order_id = id), 'failed', 'PY-02 failed') from refused;
select is(pg_temp.state(id) || ' ' || ledger_balance(id), 'confirmed captured 1550', 'PY-02 and nothing moved') from refused;

-- Cash is not ours to give back.
select is(pg_temp.refund(pg_temp.order(), 100), 'FF409 not_refundable', 'PY-02 not cash');

set constraints all immediate;
select * from finish();
rollback;
