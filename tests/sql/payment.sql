-- An order paid by card, from the request to the delivery: what it is, who knows of it, what its events tell; declines and the bank's questions.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();

-- A card that holds.
create temporary table good as select pg_temp.card_order(pg_temp.card('visa')) as id;
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-03 an order by card waits for its payment') from good;
select is((payment_answer(pg_temp.session('clara'), id)).status, 201, 'PY-05 and is told as it is while the gateway thinks') from good;
select is((payment_answer(pg_temp.session('clara'), id)).body::jsonb -> 'payment' ->> 'status', 'pending', 'PY-05 pending') from good;
select is(pg_temp.problem(format('select order_get(pg_temp.session(''wei''), %L, null)', id)), 'FF404 not_found', 'PY-03 the kitchen knows nothing of it') from good;
select is((select count(*) from event where channel = 'restaurant:' || pg_temp.id('noodle-bar')), 0::bigint, 'PY-03 nor does its channel');
select is(pg_temp.types('order:' || id), '{payment.status}', 'PY-03 its customer may watch it') from good;
select is(pg_temp.steps('order:' || id), '{payment_intent.create}', 'PY-03 one call') from good;
select is(pg_temp.state(id), 'placed authorized', 'PY-03 authorised, and placed') from good;
select is(pg_temp.types('order:' || id), '{payment.status,payment.status,order.placed}', 'PY-03 told in order') from good;
select is(pg_temp.types('restaurant:' || pg_temp.id('noodle-bar')), '{order.placed}', 'PY-03 now the kitchen knows');
select is((select metadata - 'order_id' from gw_intent), '{"attempt": 1}', 'PY-03 the intent says whose it is');
select is(pg_temp.steps('order:' || id), '{}', 'PY-03 nothing is taken before the kitchen says yes') from good;
select is(pg_temp.move('wei', id, 'confirmed') #>> '{payment,status}', 'authorized', 'PY-03 confirmed') from good;
select is(pg_temp.steps(), '{payment_intent.capture}', 'PY-03 captured then');
select is(pg_temp.state(id), 'confirmed captured', 'PY-03 captured') from good;
select is(ledger_balance(id), 1550::bigint, 'PY-04 in the books') from good;
select set_eq('select account::text, amount from ledger_entry', $$ values ('gateway', 1550::bigint), ('food', -1200), ('delivery', -250), ('tips', -100) $$, 'PY-04 by what it is for');
select is((select envelope::jsonb -> 'data' from event_read('order:' || id, 0, 100) where envelope like '%captured%'),
	jsonb_build_object('order_id', id, 'status', 'captured', 'amount', 1550), 'PY-03 its event says how much') from good;
select is(pg_temp.steps(skip => true), '{}', 'PY-03 nothing more is wanted');
select is((select array_agg(pg_temp.move('wei', id, status) ->> 'status' order by n) from unnest('{preparing,ready,picked_up,delivered}'::text[]) with ordinality as way(status, n)),
	'{preparing,ready,picked_up,delivered}', 'PY-03 and delivered') from good;
select ok((select is_final from order_status(pg_temp.session('clara'), id)), 'PY-03 and that is the end of it') from good;
select is((payments_of(pg_temp.session('clara'), id)).body::jsonb #- '{items,0,created_at}', jsonb_build_object('next', null, 'captured', 1550, 'refunded', 0, 'currency', 'EUR',
	'items', jsonb_build_array(jsonb_build_object('id', intent_id, 'kind', 'payment', 'amount', 1550, 'currency', 'EUR', 'status', 'captured', 'method', '{"brand": "visa", "last4": "4242"}'::jsonb))),
	'PY-04 what was paid') from good join intent on order_id = id;
select matches(intent_id::text, '^.{14}7', 'PY-04 by an id as all have') from good join intent on order_id = id;
select is(pg_temp.problem(format('select payments_of(pg_temp.session(%L), %L)', person, id)), expected, 'PY-04 payments are not for ' || person)
  from good, (values ('carl', 'FF404 not_found'), ('wei', 'FF403 forbidden'), ('olga', 'FF404 not_found'), ('ans', 'done'), ('ada', 'done')) as other(person, expected);

-- A card that is declined.
create temporary table bad as select pg_temp.paid_order('nofunds') as id;
select is(pg_temp.state(id), 'awaiting_payment failed', 'PY-05 declined: the order waits for another card') from bad;
select is(pg_temp.problem(format('select payment_answer(pg_temp.session(''clara''), %L)', id)), 'FF402 payment_declined', 'PY-05 402') from bad;
select is(pg_temp.problem_members(format('select payment_answer(pg_temp.session(''clara''), %L)', id)), jsonb_build_object('order_id', id, 'reason', 'insufficient_funds'), 'PY-05 says which order, and why') from bad;
select is(pg_temp.types('order:' || id), '{payment.status,payment.status}', 'PY-05 told on its stream too') from bad;
select is((select count(*) from event where channel = 'restaurant:' || pg_temp.id('noodle-bar') and data ->> 'order_id' = id::text), 0::bigint, 'PY-05 nothing to the kitchen') from bad;
select is((order_get(pg_temp.session('clara'), id, null)).body::jsonb #>> '{payment,reason}', 'insufficient_funds', 'PY-05 and shown in the order') from bad;
select is(pg_temp.steps(skip => true), '{}', 'PY-05 nobody asks on');
select is((order_pay(pg_temp.session('clara'), id, pg_temp.card('visa'))).status, 202, 'PY-05 another card') from bad;
select is(pg_temp.state(id), 'awaiting_payment pending', 'PY-05 is tried') from bad;
select is(pg_temp.steps('order:' || id), '{payment_intent.create}', 'PY-05 by an intent of its own') from bad;
select is(pg_temp.state(id), 'placed authorized', 'PY-05 and holds') from bad;
select is((payment_answer(pg_temp.session('clara'), id, 200)).status, 200, 'PY-05 200') from bad;
select is(pg_temp.problem(format('select order_pay(pg_temp.session(''clara''), %L, (select payment_method_id from method limit 1))', id)), 'FF409 not_awaiting_payment', 'PY-05 paid once is enough') from bad;
select is(pg_temp.problem(format('select order_pay(pg_temp.session(%L), %L, uuid_v7())', person, id)), expected, 'PY-05 nobody else pays: ' || person)
  from bad, (values ('carl', 'FF404 not_found'), ('ans', 'FF403 forbidden'), ('wei', 'FF403 forbidden')) as other(person, expected);
create temporary table curt as select pg_temp.card_order(pg_temp.card('visa')) as id;
create temporary table curt_step as select s.* from curt, payment_step_take('order:' || id, 15000) as s;
select ok(hints like '%"failed"%', 'PY-05 a decline that tells of no intent is one too') from curt_step, payment_step_settle(step_id, lease, 'answer', 402, '{"error": {"type": "card_error", "code": "expired_card"}}');
select is(pg_temp.problem_members(format('select payment_answer(pg_temp.session(''clara''), %L)', id)) ->> 'reason', 'expired_card', 'PY-05 with its words') from curt;
create temporary table tardy as select pg_temp.paid_order('nofunds') as id;
update restaurant set accepting_orders = false where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.problem(format('select order_pay(pg_temp.session(''clara''), %L, (select payment_method_id from method limit 1))', id)), 'FF422 restaurant_closed', 'PY-05 nobody pays for what is cooked no more') from tardy;
update restaurant set accepting_orders = true where restaurant_id = pg_temp.id('noodle-bar');
create temporary table theft as select pg_temp.paid_order('stolen') as id;
select is(pg_temp.problem_members(format('select payment_answer(pg_temp.session(''clara''), %L)', id)) ->> 'reason', 'generic_decline', 'PY-05 who holds a stolen card is not told that we know') from theft;
select is(pg_temp.problem(format('select order_pay(pg_temp.session(''clara''), %L, uuid_v7())', id)), 'FF422 invalid_fields', 'PY-05 by a card of hers') from theft;
select is(count(*), 0::bigint, 'PY-05 every decline has words') from unnest('{insufficient_funds,expired_card,incorrect_cvc,processing_error,authentication_required,generic_decline,whatever}'::text[]) as code
 where decline_detail(code) !~ '^[A-Z].{20,}\.$';
select is(pg_temp.problem(format('select order_place(pg_temp.session(''clara''), pg_temp.id(''noodle-bar''), ''[{"menu_item_id": "%s", "quantity": 1}]'', pg_temp.id(''clara''''s home''), null,
	''{"method": "card", "payment_method_id": "%s"}'', 0, true)', pg_temp.id('noodle-bar soup'), uuid_v7())), 'FF422 invalid_fields', 'PY-05 an order by a card that is not hers');

-- The bank asks.
create temporary table asked as select pg_temp.card_order(pg_temp.card('asks')) as id;
select is(pg_temp.steps('order:' || id), '{payment_intent.create}', 'PY-05 the bank wants to hear from her') from asked;
select is((payment_answer(pg_temp.session('clara'), asked.id)).body::jsonb #>> '{payment,next_action,url}', 'http://bank.example/' || gw_intent.id, 'PY-05 where, is told') from asked, gw_intent where gw_intent.status = 'requires_action';
select is((order_get(pg_temp.session('ans'), id, null)).body::jsonb -> 'payment', '{"method": "card", "status": "requires_action"}', 'PY-05 but to her alone') from asked;
update gw_intent set status = 'requires_capture' where status = 'requires_action';
select is((webhook_take('evt_1', 'payment_intent.amount_capturable_updated', gw_intent.id, 'payment_intent', asked.id)).hints, wake_hint(), 'PY-03 a webhook rings') from gw_intent, asked where metadata ->> 'order_id' = asked.id::text;
select is(pg_temp.steps(), '{payment_intent.retrieve}', 'PY-03 and the gateway is asked');
select is(pg_temp.state(id), 'placed authorized', 'PY-03 she said yes') from asked;
create temporary table quiet as select pg_temp.paid_order('asks') as id;
update gw_intent set status = 'requires_capture' where metadata ->> 'order_id' = (select id::text from quiet);
select is(pg_temp.steps(), '{}', 'PY-03 without a webhook it takes a little');
select is(pg_temp.step_once(), 'payment_intent.retrieve', 'PY-03 but it is asked all the same');
select is(pg_temp.state(id), 'placed authorized', 'PY-03 and found out') from quiet;
create temporary table no as select pg_temp.paid_order('asks') as id;
update gw_intent set status = 'requires_payment_method', failed_code = 'payment_intent_authentication_failure' where metadata ->> 'order_id' = (select id::text from no);
select is(pg_temp.step_once(), 'payment_intent.retrieve', 'PY-05 she said no');
select is(pg_temp.problem_members(format('select payment_answer(pg_temp.session(''clara''), %L)', id)) ->> 'reason', 'payment_intent_authentication_failure', 'PY-05 and is told what that means') from no;
create temporary table switch as select pg_temp.paid_order('asks') as id;
select is((order_pay(pg_temp.session('clara'), id, pg_temp.card('visa'))).status, 202, 'PY-05 another card instead of an answer') from switch;
select is(pg_temp.steps('order:' || id), '{payment_intent.cancel,payment_intent.create}', 'PY-05 the question is taken back, and the other holds') from switch;
select is(pg_temp.held(id), 1550::bigint, 'PY-03 the money is held once') from switch;

-- Sums that no gateway takes are refused before there is an order; cash pays them.
update restaurant set delivery_fee = 0, min_order = 0 where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.problem(format('update menu_item set price = %s where menu_item_id = pg_temp.id(''noodle-bar soup''); select order_place(pg_temp.session(''clara''), pg_temp.id(''noodle-bar''),
	''[{"menu_item_id": "%s", "quantity": 1}]'', pg_temp.id(''clara''''s home''), null, ''{"method": "%s", "payment_method_id": "%s"}'', 0, true)',
	price, pg_temp.id('noodle-bar soup'), method, pg_temp.card('visa'))), expected, format('PY-05 %s by %s', price, method))
  from (values (0, 'card', 'FF422 invalid_fields'), (49, 'card', 'FF422 invalid_fields'), (50, 'card', 'done'), (99999999, 'card', 'done'),
	(100000000, 'card', 'FF422 invalid_fields'), (0, 'cash', 'done'), (100000000, 'cash', 'done')) as sum(price, method, expected);

set constraints all immediate;
select * from finish();
rollback;
