-- Orders to read: lists by role, pages, cursors, history.
begin;
\ir include/people.psql
select * from no_plan();

create temporary table placed as select n, pg_temp.order() as id from generate_series(1, 7) as n;
create temporary table moved as
select pg_temp.move('wei', id, 'confirmed') from placed where n in (2, 3)
union all
select pg_temp.move('wei', id, 'cancelled', 'no gas') from placed where n = 4;
update orders set driver_id = pg_temp.id('dora') where order_id = (select id from placed where n = 5);
update orders set status = 'awaiting_payment', placed_at = null where order_id = (select id from placed where n = 7);

-- The numbers (as placed) of the orders on a list.
create function pg_temp.listed(person text, status text default null, kitchen text default null) returns int[]
language sql
return array(select n
               from jsonb_array_elements((order_list(pg_temp.session(person), status, pg_temp.id(kitchen), 100, null, null)).body::jsonb -> 'items')
                    with ordinality as item(o, place)
               join placed on id = (o ->> 'id')::uuid
              order by place);
select is(pg_temp.listed('clara'), (select array_agg(n order by id desc) from placed), 'OT-21 a customer has all of his orders, newest first');
select is(pg_temp.listed('clara', 'confirmed,cancelled'), (select array_agg(n order by id desc) from placed where n in (2, 3, 4)), 'by status');
select is(pg_temp.listed('clara', null, 'pie-shop'), '{}', 'by restaurant');
select is(pg_temp.listed('carl'), '{}', 'AC-22 nobody else''s');
select is(pg_temp.listed('wei'), (select array_agg(n order by id desc) from placed where n <> 7), 'RN-08 the kitchen has what was placed');
select is(pg_temp.listed('wei', 'placed', 'noodle-bar'), (select array_agg(n order by id desc) from placed where n in (1, 5, 6)), 'RN-08 by restaurant and status');
select is(pg_temp.listed('olga'), '{}', 'another kitchen none of it');
select is(pg_temp.problem(format('select order_list(%L, null, %L, 20, null, null)', pg_temp.session('olga'), pg_temp.id('noodle-bar'))), 'FF404 not_found', 'nor by asking');
select is(pg_temp.listed('dora'), '{5}', 'a driver has his');
select is(pg_temp.listed('dirk'), '{}', 'and no others');
select is(pg_temp.listed('ans'), pg_temp.listed('clara'), 'agents have all');
select is(pg_temp.listed('ada', 'awaiting_payment', 'noodle-bar'), '{7}', 'admins too');
select is(pg_temp.problem($$ select pg_temp.listed('clara', 'placed,eaten') $$), 'FF400 invalid_parameter', 'no such status');

create function pg_temp.pages(person text, size int) returns int[]
language plpgsql as $$
declare
	page text;
	body jsonb;
	found int[] := '{}';
begin
	loop
		body := (order_list(pg_temp.session(person), null, null, size, page, null)).body;
		found := found || array(select n from jsonb_array_elements(body -> 'items') with ordinality as item(o, place)
		                          join placed on id = (o ->> 'id')::uuid order by place);
		page := body ->> 'next';
		exit when page is null;
	end loop;
	return found;
end
$$;
select is(pg_temp.pages(person, size), pg_temp.listed(person), format('OT-21 pages of %s make up the list of %s', size, person))
  from unnest('{clara,wei,ans}'::text[]) as person, unnest('{1,2,3,7}'::int[]) as size;
select is(pg_temp.problem($$ select order_list(pg_temp.session('clara'), null, null, 20, 'e30x', null) $$), 'FF400 invalid_page', 'a page of nowhere');

-- Cursors: what to stream after.
create temporary table lists as
select person, answer.* from unnest('{clara,wei,ans}'::text[]) as person, order_list(pg_temp.session(person), null, null, 20, null, null) as answer;
select is(cursor, log_epoch() || '/restaurant:' || pg_temp.id('noodle-bar') || '=' || (select head from channel where name = 'restaurant:' || pg_temp.id('noodle-bar')),
	'OT-15 a kitchen''s list says where its channel stands') from lists where person = 'wei';
select is((select count(*) from string_to_table(cursor, ',')), 7::bigint, 'a customer''s names himself and what still moves') from lists where person = 'clara';
select alike(cursor, '%order:' || id || '=2%', 'each as far as the list shows it') from lists, placed where person = 'clara' and n = 2;
select is(cursor, null, 'who sees all watches none of it') from lists where person = 'ans';
select is((order_list(pg_temp.session('wei'), null, null, 20, null, '"' || etag || '"')).status, 304, 'AC-21 a known list') from lists where person = 'wei';

-- One order.
create temporary table read as select answer.* from placed, order_get(pg_temp.session('clara'), id, null) as answer where n = 2;
select is(cursor, log_epoch() || '/order:' || id || '=2', 'an order comes with its cursor') from read, placed where n = 2;
select is((order_get(pg_temp.session('clara'), id, etag)).status, 304, 'OT-11 and not twice') from read, placed where n = 2;
select is((order_get(pg_temp.session('wei'), id, etag)).status, 200, 'for another reader it is another') from read, placed where n = 2;
select is(pg_temp.problem(format('select order_get(pg_temp.session(%L), %L, null)', person, id)), expected, format('AC-22 order %s for %s', n, person))
  from placed
  join (values (1, 'clara', 'done'), (1, 'carl', 'FF404 not_found'), (1, 'wei', 'done'), (1, 'olga', 'FF404 not_found'), (1, 'dora', 'FF404 not_found'),
               (5, 'dora', 'done'), (1, 'ans', 'done'), (1, 'ada', 'done'), (7, 'wei', 'FF404 not_found'), (7, 'clara', 'done'), (7, 'ans', 'done'))
       as asked(n, person, expected) using (n);
select is(pg_temp.problem('select order_get(pg_temp.session(''ada''), uuid_v7(), null)'), 'FF404 not_found', 'no such order');
select is(pg_temp.problem(format('select order_status(pg_temp.session(%L), %L)', person, id)), expected, 'OT-06 its status for ' || person)
  from placed, (values ('clara', 'done'), ('carl', 'FF404 not_found'), ('olga', 'FF404 not_found')) as asked(person, expected) where n = 1;

-- What waits for its kitchen, for the metrics: whatever else the database holds is left out by looking at the difference.
create temporary table waited as select 'at first' as moment, * from orders_waiting();
update orders set placed_at = now() - interval '3000 days' where order_id = (select id from placed where n = 1);
insert into waited select 'one is old', * from orders_waiting();
select lives_ok(format('select order_acknowledge(pg_temp.session(''wei''), %L)', id), 'wei has seen order 1') from placed where n = 1;
insert into waited select 'it is acknowledged', * from orders_waiting();
select pg_temp.move('wei', id, 'confirmed') from placed where n = 5;
insert into waited select 'another is confirmed', * from orders_waiting();
update orders set acknowledged_at = now(), acknowledged_by = '{}' where acknowledged_at is null;
insert into waited select 'nobody waits', * from orders_waiting();
create function pg_temp.waited(asked text) returns waited
language sql
return (select waited from waited where moment = asked);
select ok((pg_temp.waited('at first')).waiting >= 3, 'RN-16 orders wait');
select is((pg_temp.waited('one is old')).oldest_seconds, 3000 * 86400::bigint, 'RN-16 the oldest for as long');
select is((pg_temp.waited('it is acknowledged')).waiting, (pg_temp.waited('at first')).waiting - 1, 'RN-16 not once it is acknowledged');
select ok((pg_temp.waited('it is acknowledged')).oldest_seconds < 3000 * 86400, 'RN-16 nor is it the oldest');
select is((pg_temp.waited('another is confirmed')).waiting, (pg_temp.waited('at first')).waiting - 2, 'RN-16 nor once it is confirmed');
select is(pg_temp.waited('nobody waits'), row ('nobody waits', 0::bigint, 0::bigint)::waited, 'RN-16 none: 0 for 0 s');

-- An order's history.
create temporary table history as select answer.* from placed, order_events(pg_temp.session('clara'), id, 1, null) as answer where n = 2;
select is(body::jsonb #>> '{items,0,type}', 'order.placed', 'OT-21 its history, oldest first') from history;
select is((order_events(pg_temp.session('clara'), id, 1, body::jsonb ->> 'next')).body::jsonb #>> '{items,0,data,status}', 'confirmed', 'and on the next page') from history, placed where n = 2;
select ok(position(envelope in body) > 0, 'in the bytes of the stream') from history, placed, event_read('order:' || id, 0, 1) where n = 2;
select is(pg_temp.problem(format('select order_events(pg_temp.session(''carl''), %L, 20, null)', id)), 'FF404 not_found', 'not another one''s') from placed where n = 2;

select * from finish();
rollback;
