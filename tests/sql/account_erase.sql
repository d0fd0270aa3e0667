-- Erasure: nothing is left of the person, and all of the orders and books. And the export before it.
begin;
\ir include/people.psql
select * from no_plan();

update users set name = 'Clara Kaspersky', email = 'clara.k@test.example' where user_id = pg_temp.id('clara');
create temporary table ordered as select pg_temp.order(format('[{"menu_item_id": "%s", "quantity": 1, "note": "ring at Secret Street"}]', pg_temp.id('noodle-bar soup'))) as id;
create temporary table before as select sum(total_price) as total, count(*) as orders from orders;
create function pg_temp.erase(person text) returns text
language sql
return format('select account_erase(%L, %L)', pg_temp.session(person), '$argon2id$v=19$x');

-- The export.
create temporary table told as select (account_export(pg_temp.session('clara'))).body::jsonb as body;
select is(body #>> '{user,email}', 'clara.k@test.example', 'AC-23 he is told who he is') from told;
select is(body #>> '{addresses,0,line1}', 'Secret Street 5', 'where he lives') from told;
select is(body #>> '{orders,0,items,0,note}', 'ring at Secret Street', 'what he ordered') from told;
select is(body #>> '{events,0,type}', 'order.placed', 'what happened') from told;
select is(jsonb_array_length(body -> 'sessions'), 1, 'where he is signed in') from told;
select is((select array_agg(key order by key) from jsonb_object_keys(body) as key),
	'{addresses,deeds,deliveries,events,exported_at,mail,orders,payments,sessions,user}', 'all there is') from told;

-- Not yet.
select is(pg_temp.problem(pg_temp.erase('clara')), 'FF409 orders_open', 'while an order moves nobody leaves');
select is(pg_temp.problem(format('select account_erase(%L, %L)', pg_temp.session('clara'), '$argon2id$v=19$other')), 'FF403 wrong_password', 'nor with another password');
select lives_ok($$ select pg_temp.move('wei', id, 'confirmed') from ordered $$, 'the kitchen has it');
select idempotency_claim('user:' || pg_temp.id('wei'), 'k', 'print');
select lives_ok($$ select order_acknowledge(pg_temp.session('wei'), id) from ordered $$, 'with an answer that is kept');
select set_config('foodfast.idempotency', '', true);
select lives_ok($$ select pg_temp.move('clara', id, 'cancelled', 'my mother Secret is ill') from ordered $$, 'and it is cancelled, with a reason');
update session set created_at = now() - interval '11 min' where session_id = pg_temp.session('clara');
select is(pg_temp.problem(format('select account_erase(%L, null)', pg_temp.session('clara'))), 'FF403 password_needed', 'nor without one, long after the sign-in');

-- Gone.
select is((select answer.status from account_erase(pg_temp.session('clara'), '$argon2id$v=19$x') as answer), 204, 'AC-23 he is erased');
create function pg_temp.everything() returns setof text
language plpgsql as $$
declare
	place record;
begin
	for place in select oid::regclass as name from pg_class
	              where relkind in ('r') and relnamespace in ('log'::regnamespace, 'api'::regnamespace, 'account'::regnamespace, 'ordering'::regnamespace, 'payment'::regnamespace) loop
		return query execute format('select %L || '': '' || t::text from %s as t', place.name, place.name);
	end loop;
end
$$;
select is_empty($$ select * from pg_temp.everything() as line where line ~* 'kaspersky|clara\.k|secret' $$, 'AC-23 in no table of ours');
select is_empty(format('select from users where user_id = %L and phone is not null', pg_temp.id('clara')), 'AC-23 the phone neither');
select row_eq('select sum(total_price), count(*) from orders', (select row(total, orders) from before), 'AC-23 orders and their sums stay');
select is((select body::jsonb #>> '{customer,name}' from ordered, order_json((select o from orders as o where order_id = id), 'restaurant') as body), 'Erased', 'under nobody''s name');
select is((select body::jsonb #>> '{address,city}' from ordered, order_json((select o from orders as o where order_id = id), 'restaurant') as body), 'utopia', 'in that town');
select is(array(select envelope::jsonb #>> '{data,by,name}' from ordered, event_read('order:' || id, 0, 100) where envelope::jsonb #>> '{data,by,name}' is not null),
	'{Wei,Wei,Erased}', 'others keep their names');
select is((select body::jsonb #>> '{customer,name}' from idempotent_answer where scope = 'user:' || pg_temp.id('wei') and key = 'k'), 'Erased', 'AC-23 in stored answers too');
select is(pg_temp.problem($$ select me_get(pg_temp.session('clara'), null) $$), 'FF401 session_ended', 'AC-13 his session has ended');
select is_empty($$ select * from account_credentials('clara.k@test.example') $$, 'there is nobody to sign in');
select is(pg_temp.problem(format('select session_create(%L, null, null, sha256(''x''))', pg_temp.id('clara'))), 'FF403 account_suspended', 'even for who was just about to');
select is(array(select envelope::jsonb #>> '{data,fields,0}' from event_read('user:' || pg_temp.id('clara'), 0, 100)), '{erased}', 'his channel has one event left');
select row_eq(format('select is_final, oldest = head from log.channel where name = %L', 'user:' || pg_temp.id('clara')), row(true, true), 'which is its last');
select is(pg_temp.problem($$ update users set is_suspended = false where user_id = pg_temp.id('clara') $$), '23514 erased_is_out', 'nobody brings him back');
select is((account_register('clara.k@test.example', '$argon2id$v=19$y', 'Clara', null, null, null, null, sha256('n'), uuid_v7(), sha256('m'))).status, 201, 'the e-mail is free again');

-- What was under way when he left.
select is((select count(*) from erasure where user_id = pg_temp.id('clara')), 1::bigint, 'for an hour it is looked again');
insert into orders (order_id, number, user_id, restaurant_id, status, payment_method, payment_status, currency, subtotal, delivery_fee, tip, total_price, address, basket_hash, status_by, placed_at)
values (pg_temp.id('late'), 'LAT-EEE', pg_temp.id('clara'), pg_temp.id('pie-shop'), 'placed', 'cash', 'due', 'EUR', 1, 0, 0, 1,
	'{"line1": "Secret Street 5", "city": "utopia", "lat": 52.36, "lng": 4.91}', 'x', '{}', now());
update erasure set asked_at = now() - interval '2 hours', run_at = now();
select lives_ok('select erasures_continue()', 'an order that slipped in goes on');
select is((select address ->> 'line1' from orders where order_id = pg_temp.id('late')), 'Secret Street 5', 'while it moves');
update orders set status = 'delivered' where order_id = pg_temp.id('late');
select lives_ok('select erasures_continue()', 'for now it was looked at often enough');
select is((select address ->> 'line1' from orders where order_id = pg_temp.id('late')), 'Secret Street 5', 'so nothing is done');
update erasure set run_at = now();
select lives_ok('select erasures_continue()', 'then it forgets');
select is((select address ->> 'line1' from orders where order_id = pg_temp.id('late')), 'Erased', 'where it went');
select is_empty('select * from erasure', 'and that is the end of it');

-- In a restored log, whose events have lost the numbers of their transactions.
update users set name = 'Carl Kaspersky' where user_id = pg_temp.id('carl');
create temporary table late_eater as select ((order_place(pg_temp.session('carl'), pg_temp.id('noodle-bar'),
	format('[{"menu_item_id": "%s", "quantity": 1, "note": "Secret"}]', pg_temp.id('noodle-bar soup'))::jsonb, null,
	'{"label": "Home", "line1": "Secret Lane", "city": "utopia", "lat": 52.4, "lng": 4.9}', '{"method": "cash"}', 0, true)).body::jsonb ->> 'id')::uuid as id;
select lives_ok($$ select pg_temp.move('carl', id, 'cancelled') from late_eater $$, 'another one who ordered');
update event set xid = null;
select lives_ok($$ select account_erase(pg_temp.session('carl'), '$argon2id$v=19$x') $$, 'leaves');
select is_empty($$ select * from pg_temp.everything() as line where line ~* 'kaspersky|secret' $$, 'AC-23 and nothing is left');

-- Others who leave.
select lives_ok($$ select account_erase(pg_temp.session('wei'), '$argon2id$v=19$x') $$, 'staff leave too');
select is((select acknowledged_by ->> 'name' from orders join ordered on id = order_id), 'Erased', 'what they did stays, without their names');
select is((select count(*) from membership where user_id = pg_temp.id('wei')), 0::bigint, 'and they work nowhere');
update users set is_suspended = true where role = 'admin' and user_id <> pg_temp.id('ada');
select is(pg_temp.problem(pg_temp.erase('ada')), 'FF409 last_admin', 'the last admin stays');

-- The planner finds whom an event tells of by the index.
set local enable_seqscan = off;
create function pg_temp.plan(statement text) returns setof text
language plpgsql as $$ begin return query execute 'explain ' || statement; end $$;
select isnt_empty($$ select * from pg_temp.plan('select from event where event_person(data) = ''x'' and data ?| array[''by'', ''driver'', ''sender'', ''agent'']') as line
	where line ~ 'event.*(coalesce|person)' $$, 'a name is looked for by an index');

select * from finish();
rollback;
