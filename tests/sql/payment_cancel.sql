-- Orders paid by card that end otherwise: cancelled at every point, not paid in time, not capturable; and what must never be.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();

-- Before the gateway was reached at all.
create temporary table early as select pg_temp.card_order(pg_temp.card('visa')) as id;
select is(pg_temp.move('clara', id, 'cancelled') #>> '{payment,status}', 'voided', 'PY-03 nothing was sent, nothing is to be undone') from early;
select is(pg_temp.steps(skip => true), '{}', 'PY-03 nor is anything sent now');
select is((select array_agg(is_final order by seq) from event_read('order:' || id, 0, 10)), '{f,f,t}', 'PY-03 and that is the end') from early;

-- While the first call is on its way.
create temporary table midway as select pg_temp.card_order(pg_temp.card('visa')) as id;
create temporary table taken as select s.* from midway, payment_step_take('order:' || id, 15000) as s;
select is(pg_temp.move('clara', id, 'cancelled') #>> '{payment,status}', 'pending', 'PY-03 it may be taken at this moment') from midway;
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-03 the release waits for the word') from midway;
select payment_step_settle(step_id, lease, outcome, http, body) from taken, pg_temp.gw_call(operation, object_id, params::jsonb, key) \g /dev/null
select is(pg_temp.state(id), 'cancelled pending', 'PY-03 a late success changes no order') from midway;
select is(pg_temp.types('order:' || id), '{payment.status,order.status}', 'PY-03 and tells no kitchen') from midway;
select is(pg_temp.steps(), '{payment_intent.cancel}', 'PY-03 it is released');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled voided 0', 'PY-03 voided') from midway;
select ok((select is_final from order_status(pg_temp.session('clara'), id)), 'PY-03 and final') from midway;

-- Authorised.
create temporary table held as select pg_temp.paid_order('visa') as id;
select is(pg_temp.move('wei', id, 'cancelled', 'no soup') #>> '{payment,status}', 'authorized', 'PY-03 the kitchen cannot') from held;
select is(pg_temp.steps(), '{payment_intent.cancel}', 'PY-03 the hold is given free');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled voided 0', 'PY-03 voided') from held;

-- Captured; by whom the money goes back, and by what event.
create temporary table paid as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from paid \g /dev/null
select pg_temp.steps() \g /dev/null
select is(pg_temp.move('clara', id, 'cancelled') #>> '{payment,status}', 'captured', 'PY-03 cancelled after it was captured') from paid;
select is((select is_final from order_status(pg_temp.session('clara'), id)), false, 'PY-03 is not over yet') from paid;
select is(pg_temp.steps(), '{refund.create}', 'PY-03 it is given back');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id) || ' ' || ledger_balance(id), 'cancelled refunded 0 0', 'PY-03 in the books too') from paid;
select is((select r.by ->> 'role' from refund as r, paid where order_id = id), 'system', 'PY-02 by nobody in particular');
select is((select envelope::jsonb #>> '{data,status}' from event_read('order:' || id, 0, 100) where is_final), 'refunded', 'PY-03 and that is the end') from paid;

-- Confirmed and cancelled before the capture was sent; and while it is on its way.
create temporary table quick as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed'), pg_temp.move('clara', id, 'cancelled') from quick \g /dev/null
select is(pg_temp.steps(), '{payment_intent.cancel}', 'PY-03 a capture that was not sent is not sent');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled voided 0', 'PY-03 voided') from quick;
create temporary table crossing as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from crossing \g /dev/null
truncate taken;
insert into taken select s.* from crossing, payment_step_take('order:' || id, 15000) as s;
select pg_temp.move('clara', id, 'cancelled') from crossing \g /dev/null
select payment_step_settle(step_id, lease, outcome, http, body) from taken, pg_temp.gw_call(operation, object_id, params::jsonb, key) \g /dev/null
select is(pg_temp.state(id), 'cancelled captured', 'PY-03 captured and cancelled crossed') from crossing;
select is(pg_temp.steps(), '{refund.create}', 'PY-03 it is given back');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled refunded 0', 'PY-03 refunded') from crossing;

-- Cancelled while a capture is under way that then turns out never to have arrived.
create temporary table away as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from away \g /dev/null
truncate taken;
insert into taken select s.* from away, payment_step_take('order:' || id, 15000) as s;
select pg_temp.move('clara', id, 'cancelled') from away \g /dev/null
select payment_step_settle(step_id, lease, 'unavailable', null, null) from taken \g /dev/null
select is(pg_temp.steps('order:' || id, skip => true), '{payment_intent.cancel}', 'PY-03 it is not sent again: nothing is taken that has to go back') from away;
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled voided 0', 'PY-03 voided') from away;

-- Another card, while the bank's question is open and the time to ask about it comes: nobody asks what is being taken back at that moment.
create temporary table swapped as select pg_temp.paid_order('asks') as id;
select order_pay(pg_temp.session('clara'), id, pg_temp.card('visa')) from swapped \g /dev/null
truncate taken;
insert into taken select s.* from swapped, payment_step_take('order:' || id, 15000) as s;
select is((select operation from taken), 'payment_intent.cancel', 'PY-03 the question is being taken back');
update step set run_at = clock_timestamp() - interval '1 s' where subject = (select 'order:' || id from swapped) and lease is null and state = 'open';
select is((select count(*) from payment_step_take('order:' || id, 15000)), 0::bigint, 'PY-03 one call at a time, whichever was wanted first') from swapped;
select is((select count(*) from payment_step_take(null, 15000)), 0::bigint, 'PY-03 for the worker too');
select payment_step_settle(step_id, lease, outcome, http, body) from taken, pg_temp.gw_call(operation, object_id, params::jsonb, key) \g /dev/null
select pg_temp.steps('order:' || id, skip => true) from swapped \g /dev/null
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-03 then the other card pays') from swapped;

-- Not paid in time: a question of the bank's that nobody answered, one answered too late, a decline.
create temporary table late as select n, pg_temp.paid_order(token) as id from unnest('{asks,asks,nofunds}'::text[]) with ordinality as t(token, n);
select is_empty($$ select * from payments_expire() $$, 'PY-03 there is time');
update payment set deadline_at = now() - interval '1 s' where order_id in (select id from late);
select is(pg_temp.problem(format('select order_pay(pg_temp.session(''clara''), %L, (select payment_method_id from method limit 1))', id)), 'FF409 not_awaiting_payment', 'PY-03 too late to pay') from late where n = 3;
update gw_intent set status = 'requires_capture' where metadata ->> 'order_id' = (select id::text from late where n = 2);
select ok((select hints like '%wake:payment%' and hints like '%not paid in time%' from payments_expire()), 'PY-03 the time is over');
select is(array_agg(pg_temp.state(id) order by n), '{cancelled requires_action,cancelled requires_action,cancelled voided}', 'PY-03 cancelled, and voided what holds nothing') from late;
select is((select array_agg(envelope::jsonb ->> 'type' || ' ' || (envelope::jsonb #>> '{data,status}') || ' ' || is_final order by seq) from event_read('order:' || id, 0, 10)),
	'{payment.status pending false,payment.status failed false,order.status cancelled false,payment.status voided true}', 'PY-03 told, and that is the end') from late where n = 3;
select is((select envelope::jsonb #>> '{data,by}' from event_read('order:' || id, 0, 10) where envelope like '%order.status%'), '{"name": "FoodFast", "role": "system"}', 'PY-03 by nobody in particular') from late where n = 1;
select pg_temp.steps(skip => true) \g /dev/null
select is(array_agg(pg_temp.state(id) || ' ' || pg_temp.held(id) order by n), '{cancelled voided 0,cancelled voided 0,cancelled voided 0}', 'PY-03 and voided, the late success too') from late;
select is((select status from gw_intent where metadata ->> 'order_id' = late.id::text), 'canceled', 'PY-03 and nobody confirms a declined one any more') from late where n = 3;
select is((select count(*) from event where channel like 'restaurant:%' and data ->> 'order_id' in (select id::text from late)), 0::bigint, 'PY-03 the kitchen never knew');
create temporary table given_up as select n, pg_temp.paid_order(case n when 1 then 'nofunds' else 'asks' end) as id from generate_series(1, 2) as n;
update gw_intent set status = 'requires_payment_method', failed_code = 'payment_intent_authentication_failure' where metadata ->> 'order_id' = (select id::text from given_up where n = 2);
select pg_temp.steps(skip => true) \g /dev/null
select is(array_agg(pg_temp.state(id)), '{awaiting_payment failed,awaiting_payment failed}', 'PY-05 declined, and the bank''s question refused') from given_up;
select is(pg_temp.move(case n when 1 then 'clara' else 'ans' end, id, 'cancelled', 'no card') #>> '{payment,status}', 'voided', 'PY-03 given up by ' || case n when 1 then 'her' else 'an agent' end) from given_up;
select ok((select is_final from order_status(pg_temp.session('clara'), id)), 'PY-03 is over') from given_up;
select is(pg_temp.steps(skip => true), '{payment_intent.cancel,payment_intent.cancel}', 'PY-03 at the gateway too');
select is(array_agg(distinct pg_temp.state(id) || ' ' || pg_temp.held(id)), '{cancelled voided 0}', 'PY-03 and stays so') from given_up;
select is((select array_agg(envelope::jsonb #>> '{data,status}' order by seq) from event_read('order:' || id, 0, 20) where is_final), '{voided}', 'PY-03 told once') from given_up where n = 1;
select is((payments_of(pg_temp.session('clara'), id)).body::jsonb #> '{items,0}' ->> 'reason', case n when 1 then 'insufficient_funds' else 'payment_intent_authentication_failure' end, 'PY-05 why is not forgotten') from given_up;
create temporary table unreached as select pg_temp.card_order(pg_temp.card('visa')) as id;
insert into gw_fault (operation, what) values ('payment_intent.create', 'unavailable');
select is(pg_temp.step_once('order:' || id), 'payment_intent.create', 'PY-03 a gateway out of reach') from unreached;
update payment set deadline_at = now() - interval '1 s' where order_id = (select id from unreached);
select payments_expire() \g /dev/null
select is(pg_temp.state(id), 'cancelled voided', 'PY-03 what never arrived is not sent late') from unreached;
select is(pg_temp.steps(skip => true), '{}', 'PY-03 nor asked about');

-- A capture that finally fails, before the kitchen has begun and after.
create temporary table broke as select n, pg_temp.paid_order('uncapturable') as id from generate_series(1, 2) as n;
select pg_temp.move('wei', id, 'confirmed') from broke \g /dev/null
select pg_temp.move('wei', id, 'preparing') from broke where n = 2 \g /dev/null
select pg_temp.steps() \g /dev/null
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled voided 0', 'PY-03 a capture that fails before the cooking cancels') from broke where n = 1;
select is((select envelope::jsonb #>> '{data,reason}' from event_read('order:' || id, 0, 10) where envelope like '%cancelled%'), 'The payment could not be collected.', 'PY-05 and says so') from broke where n = 1;
select is(pg_temp.state(id), 'preparing failed', 'PY-03 after it goes on') from broke where n = 2;
select is((select data ->> 'kind' from event, broke where channel = 'ops' and n = 2 and data ->> 'order_id' = id::text), 'capture_failed', 'PY-03 and a person is told');
select is(pg_temp.move('ans', id, 'cancelled', 'no money') #>> '{payment,status}', 'failed', 'PY-03 a capture that failed is told as such for good') from broke where n = 2;
select pg_temp.steps(skip => true) \g /dev/null
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'cancelled failed 0', 'PY-03 though nothing is held') from broke where n = 2;
create temporary table gone as select pg_temp.paid_order('visa') as id;
update gw_intent set status = 'canceled' where metadata ->> 'order_id' = (select id::text from gone);
select pg_temp.move('wei', id, 'confirmed') from gone \g /dev/null
select is(pg_temp.steps(skip => true), '{payment_intent.capture,payment_intent.retrieve}', 'PY-05 an authorisation that is gone: asked, not guessed');
select is(pg_temp.state(id), 'cancelled voided', 'PY-03 cancels too') from gone;

-- Webhooks: doubled, late, out of order, about others, about nothing.
create temporary table told as select pg_temp.paid_order('visa') as id;
create temporary table told_intent as select gw_intent.id from gw_intent, told where metadata ->> 'order_id' = told.id::text;
select is((select array_agg((webhook_take(event, kind, told_intent.id, 'payment_intent', told.id)).status) from told, told_intent,
	(values ('evt_a', 'payment_intent.payment_failed'), ('evt_a', 'payment_intent.payment_failed'), ('evt_b', 'payment_intent.canceled'), ('evt_c', 'payment_intent.created')) as e(event, kind)),
	'{200,200,200,200}', 'PY-03 all are heard');
select is(pg_temp.steps(), '{payment_intent.retrieve}', 'PY-03 and the gateway is asked once');
select is((select array_agg((webhook_take(kind, kind, told_intent.id, 'payment_intent', told.id)).hints) from told, told_intent,
	unnest('{payment_intent.created,payment_intent.requires_action,payment_intent.amount_capturable_updated}'::text[]) as kind), '{null,null,null}', 'PY-03 what is known already is not asked about');
select is(pg_temp.state(id), 'placed authorized', 'PY-03 what they said is nothing to what is') from told;
select is((webhook_take('evt_d', 'payment_intent.succeeded', 'pi_foreign', 'payment_intent', null)).hints, null, 'PY-03 somebody else''s');
select is((webhook_take('evt_e', 'payment_intent.succeeded', 'pi_foreign', 'payment_intent', uuid_v7())).hints, null, 'PY-03 nobody''s');
select is((webhook_take('evt_f', 'customer.created', 'cus_1', 'customer', null)).status, 200, 'PY-03 about nothing of ours');
select is((webhook_take('evt_nothing_' || n, 'payment_intent.succeeded', odd, 'payment_intent', id)).hints, null, 'PY-05 what names nothing is not asked for')
  from told, unnest(array[null, '', 'pi_/../x', repeat('x', 300)]) with ordinality as each(odd, n);
insert into gw_intent (id, status, amount, metadata) select 'pi_stray', 'requires_capture', 1550, jsonb_build_object('order_id', id, 'attempt', 1) from told;
select is((webhook_take('evt_g', 'payment_intent.amount_capturable_updated', 'pi_stray', 'payment_intent', id)).hints, wake_hint(), 'PY-03 a second hold of our making') from told;
select is(pg_temp.steps(), '{payment_intent.retrieve,payment_intent.cancel}', 'PY-03 is released');
select is(pg_temp.state(id) || ' ' || pg_temp.held(id), 'placed authorized 1550', 'PY-03 and the first one stays') from told;

-- What must never be, whoever writes it.
select is(pg_temp.problem(format('update orders set payment_status = ''pending'' where order_id = %L', id)), '23514', 'PY-03 no way back') from told;
select is(pg_temp.problem(format('update orders set payment_status = ''refunded'' where order_id = %L', id)), '23514', 'PY-03 no way round') from told;
select is(pg_temp.problem(format('update orders set status = ''cancelled'' where order_id = %L; set constraints all immediate', id)), '23514', 'PY-03 no cancel that forgets the money') from told;
select is(pg_temp.problem(format('update orders set status = ''placed'', placed_at = now() where order_id = %L', id)), '23514 kitchen_cooks_what_is_paid', 'PY-03 no kitchen for what is not paid') from (select pg_temp.card_order(pg_temp.card('visa')) as id) as unpaid;
select is(pg_temp.problem('update payment set captured = amount + 1'), '23514 no_more_than_agreed', 'PY-03 never more than agreed');
select is(pg_temp.problem('update payment set refunded = captured + 1'), '23514 no_more_than_captured', 'PY-02 nor back than came');
select is_empty($$ select * from payment_way where from_status in ('authorized', 'captured', 'partially_refunded', 'refunded', 'voided')
	and to_status in ('pending', 'requires_action', 'authorized', 'due') $$, 'PY-03 from authorized on nothing leads back');

set constraints all immediate;
select * from finish();
rollback;
