-- What admins decide about people.
begin;
\ir include/people.psql
select * from no_plan();

create function pg_temp.patch(person text, changes jsonb, by text default 'ada') returns text
language sql
return format('select (user_patch(%L, %L, %L, null)).body::jsonb', pg_temp.session(by), pg_temp.id(person), changes);
create function pg_temp.patched(person text, changes jsonb) returns reply
language sql
return user_patch(pg_temp.session('ada'), pg_temp.id(person), changes, null);
create function pg_temp.found(q text default null, role text default null, suspended boolean default null) returns text[]
language sql
return (select array_agg(item ->> 'name' order by item ->> 'name')
          from jsonb_array_elements((user_list(pg_temp.session('ada'), q, role, suspended, 100, null)).body::jsonb -> 'items') as item
         where item ->> 'email' like '%@test.example');

-- Finding.
select is(pg_temp.found('CLAR'), '{Clara}', 'by a part of the name or the e-mail');
select is(pg_temp.found('%'), null, 'a wildcard stands for itself');
select is(pg_temp.found(role => 'driver'), '{Dirk,Dora}', 'by role');
select is(pg_temp.found(suspended => true), null, 'nobody is suspended');
select is(jsonb_array_length((user_list(pg_temp.session('ada'), null, null, null, 3, null)).body::jsonb -> 'items'), 3, 'a page');
select isnt((user_list(pg_temp.session('ada'), null, null, null, 3, null)).body::jsonb ->> 'next', null, 'and the way to the next');
select is((user_get(pg_temp.session('ada'), pg_temp.id('clara'), null)).body::jsonb ->> 'suspended', 'false', 'one of them');
select is(pg_temp.problem($$ select user_get(pg_temp.session('ada'), uuid_v7(), null) $$), 'FF404 not_found', 'nobody');
select is(pg_temp.problem(format('select %s', call)), 'FF403 forbidden', 'AC-22 only admins: ' || who || ' ' || call)
  from unnest('{clara,wei,dora,ans}'::text[]) as who,
       lateral (values (format('user_list(%L, null, null, null, null, null)', pg_temp.session(who))), (format('user_get(%L, %L, null)', pg_temp.session(who), pg_temp.id('carl'))),
	   (format('user_patch(%L, %L, ''{"role": "admin"}'', null)', pg_temp.session(who), pg_temp.id('carl')))) as calls(call);

-- Suspending.
select matches((pg_temp.patched('clara', '{"suspended": true}')).hints, '^revocation\tsession ' || pg_temp.session('clara') || '\nevent:user:', 'AC-13 a suspension ends his sessions');
select is(pg_temp.problem($$ select me_get(pg_temp.session('clara'), null) $$), 'FF401 session_ended', 'AC-13 at once');
select is(pg_temp.problem($$ select session_create(pg_temp.id('clara'), null, null, sha256('c')) $$), 'FF403 account_suspended', 'and he does not get in');
select is(pg_temp.found(suspended => true), '{Clara}', 'he is found');
select is((pg_temp.patched('clara', '{"suspended": true}')).hints, '', 'again changes nothing and tells nobody');
select is((pg_temp.patched('clara', '{"suspended": false}')).body::jsonb ->> 'suspended', 'false', 'and is let in again');
select is((session_create(pg_temp.id('clara'), null, null, sha256('c'))).status, 200, 'by a session of his own');

-- Roles and memberships.
select is((pg_temp.patched('carl', jsonb_build_object('role', 'restaurant', 'memberships', jsonb_build_array(
	jsonb_build_object('restaurant_id', pg_temp.id('pie-shop'), 'role', 'manager'))))).body::jsonb -> 'memberships' -> 0 ->> 'role', 'manager', 'AC-22 he is staff');
select is(pg_temp.problem($$ select me_get(pg_temp.session('carl'), null) $$), 'FF401 session_ended', 'AC-22 as whom he has to sign in anew');
select is((pg_temp.patched('olga', '{"memberships": []}')).hints ~ (E'revocation\tuser ' || pg_temp.id('olga')), true, 'AC-22 who works nowhere any more: his streams are looked at');
select is((me_get(pg_temp.session('olga'), null)).body::jsonb -> 'memberships', '[]', 'in the session that he has');
select is((pg_temp.patched('wei', '{"role": "customer"}')).body::jsonb -> 'memberships', null, 'who is no staff works nowhere');
select is((select count(*) from membership where user_id = pg_temp.id('wei')), 0::bigint, 'nor comes back to it');
select is(pg_temp.problem(pg_temp.patch('dora', jsonb_build_object('memberships', jsonb_build_array(jsonb_build_object('restaurant_id', pg_temp.id('pie-shop'), 'role', 'staff'))))),
	'FF422 not_staff', 'a driver works in none');
select is(pg_temp.problem_members(pg_temp.patch('olga', jsonb_build_object('memberships', jsonb_build_array(jsonb_build_object('restaurant_id', pg_temp.id('nowhere'), 'role', 'staff')))))
	#>> '{errors,0,pointer}', '/memberships/0/restaurant_id', 'a restaurant that is none');
select is(pg_temp.problem(pg_temp.patch('ada', '{"role": "customer"}')), 'FF403 own_account', 'nobody changes his own rights');
select is(pg_temp.problem(format($$ select user_patch(%L, %L, '{}', '"x"') $$, pg_temp.session('ada'), pg_temp.id('dirk'))), 'FF412 precondition_failed', 'AC-21 not over another one''s change');
insert into orders (order_id, number, user_id, restaurant_id, driver_id, status, payment_method, payment_status, currency, subtotal, delivery_fee, tip, total_price, address, basket_hash, status_by, placed_at)
values (pg_temp.id('open'), 'OPE-NNN', pg_temp.id('clara'), pg_temp.id('pie-shop'), pg_temp.id('dirk'), 'placed', 'cash', 'due', 'EUR', 1, 0, 0, 1, '{}', '', '{}', now());
select is(pg_temp.problem(pg_temp.patch('dirk', '{"role": "customer"}')), 'FF409 orders_open', 'who brings an order stays its driver');

select * from finish();
rollback;
