-- Who may watch what, and what streamd is told of it.
begin;
\ir include/people.psql
select * from no_plan();

create temporary table placed as select pg_temp.order() as id;
create temporary table unpaid as select pg_temp.order() as id;
update orders set status = 'awaiting_payment', placed_at = null where order_id = (select id from unpaid);
create temporary table driven as select pg_temp.order() as id;
update orders set driver_id = pg_temp.id('dora') where order_id = (select id from driven);

create function pg_temp.watchers(channel text) returns text
language sql
return (select string_agg(person, ' ' order by person)
          from unnest('{clara,carl,wei,olga,dora,dirk,ans,ada}'::text[]) as person,
               stream_open(pg_temp.session(person), array[channel]) as opened
         where opened.is_allowed);
select is(pg_temp.watchers('order:' || id), 'ada ans clara wei', 'AC-22 who watches an order') from placed;
select is(pg_temp.watchers('order:' || id), 'ada ans clara dora wei', 'its driver too') from driven;
select is(pg_temp.watchers('order:' || id), 'ada ans clara', 'the kitchen not before it was placed') from unpaid;
select is(pg_temp.watchers('restaurant:' || pg_temp.id('noodle-bar')), 'ada ans wei', 'a restaurant');
select is(pg_temp.watchers('user:' || pg_temp.id('clara')), 'clara', 'a user');
select is(pg_temp.watchers('driver:' || pg_temp.id('dora')), 'ada dora', 'a driver');
select is(pg_temp.watchers('ops'), 'ada', 'operations');
select is(pg_temp.watchers(channel), null, 'nobody: ' || quote_nullable(translate(channel, E'\n', '$')))
  from placed, unnest(array['order:' || uuid_v7(), 'order:' || upper(id::text), 'order:' || replace(id::text, '-', ''), 'order:', 'order', '', 'order:x', 'order:' || id || ' ',
       'order:' || id || ':x', 'announcements:role:admin', 'announcements:', 'chat:' || id, 'ops:' || id, 'OPS', 'location:' || id, 'user:' || uuid_v7(), E'order:' || id || E'\n']) as channel;
select is(pg_temp.watchers('driver:' || pg_temp.id('clara')), 'ada', 'a customer is no driver');

select results_eq($$ select requested, channel, is_allowed, head, oldest, is_final, user_id
	from stream_open(pg_temp.session('clara'), array['order:' || (select id from placed), 'user:' || pg_temp.id('clara'), 'ops']) order by requested $$,
	$$ select * from (select 'ops', 'ops', false, 0::bigint, 1::bigint, false, pg_temp.id('clara')
	   union all select 'order:' || id, 'order:' || id, true, 1, 1, false, pg_temp.id('clara') from placed
	   union all select 'user:' || pg_temp.id('clara'), 'user:' || pg_temp.id('clara'), true, 3, 1, false, pg_temp.id('clara')) as expected order by 1 $$,
	'each channel with where it stands; a denied one tells nothing');
select is((select head from stream_open(pg_temp.session('carl'), array['restaurant:' || pg_temp.id('noodle-bar')])), 0::bigint, 'not even how much there is');
select results_eq($$ select channel, head, oldest from stream_open(pg_temp.session('dora'), array['user:' || pg_temp.id('dora')]) $$,
	$$ select 'user:' || pg_temp.id('dora'), 0::bigint, 1::bigint $$, 'nothing happened yet');
select set_eq($$ select requested, channel from stream_open(pg_temp.session('clara'), '{announcements}') $$,
	$$ select 'announcements', unnest(array['announcements', 'announcements:role:customer', 'announcements:city:' || pg_temp.id('Utopia')]) $$,
	'announcements stand for all that concern a customer');
select set_eq($$ select channel from stream_open(pg_temp.session('wei'), '{announcements}') $$,
	array['announcements', 'announcements:role:restaurant', 'announcements:restaurant:' || pg_temp.id('noodle-bar')], 'and a cook');
select is((select session_expires_at from stream_open(pg_temp.session('clara'), '{ops}')), (select expires_at from session where session_id = pg_temp.session('clara')),
	'a stream lives as long as its session');
select results_eq($$ select question, channel, is_allowed, head, user_id
	from stream_open_many(array[pg_temp.session('dora'), gen_random_uuid(), pg_temp.session('clara')],
	                      array['driver:' || pg_temp.id('dora') || ',ops', 'ops', 'user:' || pg_temp.id('clara')]) order by question, channel $$,
	$$ values (1::bigint, 'driver:' || pg_temp.id('dora'), true, 0::bigint, pg_temp.id('dora')), (1, 'ops', false, 0, pg_temp.id('dora')),
	          (3, 'user:' || pg_temp.id('clara'), true, 3, pg_temp.id('clara')) $$,
	'RL-01 many are answered at once, each by the number of his question; who has no session gets no row, and fails nobody');
select is((select array_agg(question) from stream_open_many(array_fill(pg_temp.session('clara'), array[100]), array_fill('ops'::text, array[100]))),
	(select array_agg(n::bigint) from generate_series(1, 100) as n), 'in the order of the questions');
select results_eq($$ select requested, channel, is_allowed, head, oldest, is_final, user_id, session_expires_at
	from stream_open_many(array[pg_temp.session('wei')], array['announcements,restaurant:' || pg_temp.id('noodle-bar')]) order by channel $$,
	$$ select * from stream_open(pg_temp.session('wei'), array['announcements', 'restaurant:' || pg_temp.id('noodle-bar')]) order by channel $$,
	'and the same as one by one');
update session set ended_at = now() where session_id = pg_temp.session('clara');
select is_empty($$ select * from stream_open_many(array[pg_temp.session('clara')], '{ops}') $$, 'AC-13 an ended session has no answer');
select is(pg_temp.problem($$ select * from stream_open(pg_temp.session('clara'), '{ops}') $$), 'FF401 session_ended', 'AC-13 and no longer');
select is(pg_temp.problem(format('select * from order_status(pg_temp.session(''clara''), %L)', id)), 'FF401 session_ended', 'AC-13 nor does its poll') from placed;

select * from finish();
rollback;
