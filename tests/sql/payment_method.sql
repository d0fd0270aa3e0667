-- Payment methods: a card from a token to the list, the default among them, removing one, and forgetting a person.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();

create temporary table first as select answer.status, (answer.body::jsonb ->> 'id')::uuid as id, answer.body::jsonb ->> 'subject' as subject, answer.hints
  from method_create(pg_temp.session('clara'), 'pm_card_visa') as answer;
select is(status || ' ' || subject, '202 user:' || pg_temp.id('clara'), 'AC-23 a token is taken') from first;
select is(pg_temp.problem(format('select method_answer(pg_temp.session(''clara''), %L)', id)), 'FF503 gateway_unavailable', 'PY-05 not there before the gateway says so') from first;
select is((method_list(pg_temp.session('clara'))).body::jsonb, '{"items": [], "next": null}', 'AC-23 nor listed');
select is(pg_temp.steps(subject), '{customer.create,payment_method.attach}', 'PY-01 a customer at the gateway, and the card attached') from first;
select is((method_answer(pg_temp.session('clara'), id)).body::jsonb, jsonb_build_object('id', id, 'brand', 'visa', 'last4', '4242', 'exp_month', 4, 'exp_year', 2031, 'default', true), 'AC-23 201, the first is the default') from first;
select is(pg_temp.types('user:' || pg_temp.id('clara')), '{user.updated}', 'AC-04 his other devices learn it');
select is((select token from method), null, 'PY-05 the token is forgotten');
select pg_temp.card('visa2') as second \gset
select is((select array_agg(operation order by n) from gw_call_log), '{customer.create,payment_method.attach,payment_method.attach}', 'PY-01 one customer');
select is((select array_agg(item -> 'default' order by n) from jsonb_array_elements((method_list(pg_temp.session('clara'))).body::jsonb -> 'items') with ordinality as list(item, n)), '{true,false}', 'AC-23 the default stands first');
select is((method_patch(pg_temp.session('clara'), :'second', true)).body::jsonb -> 'default', 'true', 'AC-23 another is the default');
select is((select count(*) from method where is_default), 1::bigint, 'AC-23 one is');
select is(pg_temp.problem(format('select method_patch(pg_temp.session(''clara''), %L, true, ''"x"'')', :'second')), 'FF412 precondition_failed', 'AC-21 not over another change');
select is(pg_temp.problem(format('select method_patch(pg_temp.session(''clara''), %L, false)', :'second')), 'FF422 default_needed', 'AC-23 one has to be');
select is((method_delete(pg_temp.session('clara'), :'second')).status, 204, 'AC-23 removed');
select is((select array_agg(is_default) from method where state = 'ready'), '{t}', 'AC-23 the default passes on');
select is(pg_temp.steps(), '{payment_method.detach}', 'PY-01 at the gateway too');
select is(pg_temp.problem(format('select method_delete(pg_temp.session(''clara''), %L)', :'second')), 'FF404 not_found', 'AC-23 once');
select is(pg_temp.problem(format('select method_delete(pg_temp.session(''carl''), %L)', id)), 'FF404 not_found', 'AC-22 not somebody else''s') from first;
select is(pg_temp.problem(format('select method_answer(pg_temp.session(''carl''), %L)', id)), 'FF404 not_found', 'AC-22 nor is he told') from first;
select is(pg_temp.problem(format('select method_create(pg_temp.session(%L), ''pm_card_visa'')', person)), 'FF403 forbidden', 'AC-22 no cards for ' || person) from unnest('{wei,dora,ans,ada}'::text[]) as person;
select is(pg_temp.problem(format('select method_create(pg_temp.session(''clara''), %L)', token)), 'FF422 invalid_fields', 'PY-05 no token: ' || token)
  from unnest('{4242424242424242,pm,pm_,"pm_card visa",pm_../x,seti_1}'::text[]) as token;

-- One that cannot be attached; a gateway out of reach; the same card twice.
select pg_temp.card('unattachable') as refused \gset
select is(pg_temp.problem(format('select method_answer(pg_temp.session(''clara''), %L)', :'refused')), 'FF402 payment_declined', 'PY-05 refused');
select is(pg_temp.problem_members(format('select method_answer(pg_temp.session(''clara''), %L)', :'refused')), '{"reason": "incorrect_cvc"}', 'PY-05 and why');
select pg_temp.card('unknown') as unknown \gset
select is(pg_temp.problem(format('select method_answer(pg_temp.session(''clara''), %L)', :'unknown')), 'FF422 unknown_token', 'PY-05 a token that the gateway does not know');
select is(pg_temp.problem_members(format('select method_answer(pg_temp.session(''clara''), %L)', :'unknown')) #>> '{errors,0,pointer}', '/token', 'PY-05 is a wrong field');
insert into gw_fault (operation, what) values ('payment_method.attach', 'unavailable');
select pg_temp.card('late') as late \gset
select is(pg_temp.problem(format('select method_answer(pg_temp.session(''clara''), %L)', :'late')), 'FF503 gateway_unavailable', 'PY-05 503 while the gateway is away');
select is(pg_temp.step_once(), 'payment_method.attach', 'PY-05 tried on');
select is((method_answer(pg_temp.session('clara'), :'late')).status, 201, 'PY-05 and there');
select method_attached(pg_temp.id('clara'), :'late', jsonb_build_object('id', gateway_id, 'card', '{"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2031}'::jsonb)) from method, first where payment_method_id = first.id \g /dev/null
select is((select count(*) from method where state = 'ready'), 1::bigint, 'AC-23 a card that is there already is there once');
select is((select is_default from method where payment_method_id = :'late'), true, 'AC-23 and stays the default');

-- What an export has; and forgetting.
select pg_temp.card_order(:'late') as meal \gset
select pg_temp.steps('order:' || :'meal') \g /dev/null
select is(jsonb_path_query_array(payment_export(pg_temp.id('clara')), '$.*.size()'), '[0, 1, 1]', 'AC-05 what we hold of her payments');
select is(payment_export(pg_temp.id('carl')), '{"payment_methods": [], "payments": [], "refunds": []}', 'AC-05 and of who has none');
select payment_erase(actor(pg_temp.session('clara'))) \g /dev/null
select is((select count(*) from method where user_id = pg_temp.id('clara')), 0::bigint, 'AC-05 no card is left here');
select is(pg_temp.steps('user:' || pg_temp.id('clara')), '{customer.delete}', 'AC-05 and the gateway forgets her');
select is((select count(*) from customer), 0::bigint, 'AC-05 so do we');
select is((select last4 from intent), '4242', 'PY-04 what was paid stays in the books');
select payment_erase(actor(pg_temp.session('carl'))) \g /dev/null
select is(pg_temp.steps('user:' || pg_temp.id('carl')), '{}', 'AC-05 of who was no customer there is nothing to forget');

set constraints all immediate;
select * from finish();
rollback;
