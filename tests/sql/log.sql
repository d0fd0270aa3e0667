-- The event log: numbers without holes, the same bytes everywhere, the sweep, the epoch, partitions.
begin;
\ir include/people.psql
select * from no_plan();

select matches(uuid_v7()::text, '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', 'ids are UUIDv7 in form');
select ok(uuid_v7() >= uuid_v7_floor(clock_timestamp() - interval '1 s'), 'ids grow with time');
select ok(uuid_v7() < uuid_v7_floor(clock_timestamp() + interval '1 s'), 'and tell their time');
select is(iso_time('2026-01-02 03:04:05.678901+02'), '2026-01-02T01:04:05.678Z', 'times are UTC with milliseconds');
select is(event_envelope('order:1', 7, 'order.status', '2026-01-02 03:04:05.6Z', '{"a": "b\n"}'),
	'{"channel":"order:1","seq":7,"type":"order.status","at":"2026-01-02T03:04:05.600Z","data":{"a": "b\n"}}',
	'an envelope is one line of JSON');

create temporary table hinted as
select string_to_table(event_append(array[
	('user:b', 'user.updated', '{"n": 1}', false),
	('order:a', 'order.placed', '{"n": 2}', false),
	('user:b', 'user.updated', '{"n": 3}', true)]::new_event[]), E'\n') as line;
select is((select count(*) from hinted), 3::bigint, 'an event, a hint');
select bag_eq($$ select line from hinted $$,
	$$ select 'event:' || c || E'\t' || seq || ' ' || is_final::int || ' ' || envelope
	     from unnest(array['order:a', 'user:b']) as c, event_read(c, 0, 10) $$,
	'OT-18 a hint is the bytes of the replay');
select results_eq($$ select seq, is_final, envelope::jsonb -> 'data' from event_read('user:b', 0, 10) $$,
	$$ values (1::bigint, false, '{"n": 1}'::jsonb), (2, true, '{"n": 3}') $$, 'numbers follow the order given; the last is final');
select results_eq($$ select seq from event_read('user:b', 1, 10) $$, array[2::bigint], 'a read starts after the cursor');
select results_eq($$ select seq from event_read('user:b', 0, 1) $$, array[1::bigint], 'and ends at its limit');
select is(event_append('{}'), null, 'no events, no hints');
select lives_ok($$ select event_append(array[('user:b', 'user.updated', '{}', false)::new_event]) $$, 'a channel goes on');
select results_eq($$ select head, is_final from log_heads('{user:b}') $$, $$ values (3::bigint, true) $$, 'once final, always final');
select is(pg_temp.problem($$ select event_append(array[('user:"', 'user.updated', '{}', false)::new_event]) $$), '23514 channel_name_check',
	'a channel''s name leaves nothing to escape');
select is(pg_temp.problem($$ select event_append(array[('user:b', 'user updated', '{}', false)::new_event]) $$), '23514 event_type_check',
	'nor does a type');
select is(pg_temp.problem($$ select event_append(array[('user:b', 'user.updated', '[]', false)::new_event]) $$), '23514 event_data_check',
	'data are an object');

do $$ begin
	for n in 1..200 loop
		perform event_append(array[('user:many', 'user.updated', '{}', false), ('user:more', 'user.updated', '{}', false)]::new_event[]);
		if n % 7 = 0 then
			begin
				perform event_append(array[('user:many', 'user.updated', '{}', false)::new_event]);
				raise exception 'rolled back';
			exception when raise_exception then
				null;
			end;
		end if;
	end loop;
end $$;
select is((select array_agg(seq order by seq) from event where channel = 'user:many'), array(select generate_series(1, 200)::bigint),
	'roll-backs leave no hole');
select is_empty($$ select name from log.channel as c
	where head - oldest + 1 <> (select count(distinct seq) from event where channel = c.name and seq between c.oldest and c.head) $$,
	'no channel has a hole');

select is(stream_cursor('{user:b,user:unknown}'), log_epoch() || '/user:b=3,user:unknown=0', 'a cursor names epoch, channels and numbers');

-- The sweep. Its horizon is this very transaction, which is still open.
select results_eq($$ select kind, name from log_sweep(null) where kind = 'horizon' $$,
	$$ values ('horizon', pg_snapshot_xmin(pg_current_snapshot())::text) $$, 'a sweep tells where the next one starts');
select is_empty($$ select * from log_sweep(null) where kind = 'event' $$, 'the first one tells no events');
select results_eq($$ select name, head, is_final from log_sweep(pg_current_xact_id()::text) where kind = 'event' and name like 'user:%' order by name $$,
	$$ values ('user:b', 3::bigint, true), ('user:many', 200, false), ('user:more', 200, false) $$,
	'a sweep finds what that transaction wrote, a row a channel');
select is_empty($$ select * from log_sweep((pg_current_xact_id()::text::bigint + 1)::text) where kind = 'event' $$, 'and nothing that is older');

-- The epoch.
create temporary table before as select log_epoch() as epoch;
select matches(epoch, '^[0-9a-f]{16}$', 'an epoch is short') from before;
select is(log_epoch(), epoch, 'and stays') from before;
select isnt(log_restored(), epoch, 'until a restore renews it') from before;
select is_empty($$ select * from event where xid is not null $$, 'which clears the transactions of the other cluster');
select is_empty($$ select * from log_sweep('0') where kind = 'event' $$, 'so that no sweep reads the whole log');

-- Partitions.
select ok(to_regclass('log.event_' || to_char(now() + make_interval(months => ahead), 'YYYY_MM')) is not null,
	ahead || ' months ahead there is a partition') from generate_series(0, 3) as ahead;
insert into event (channel, seq, type, data, at) values ('user:late', 1, 'user.updated', '{}', date_trunc('month', now()) + interval '5 months 3 days');
select is((select tableoid::regclass::text from event where channel = 'user:late'), 'event_default', 'what has no partition falls into the net');
select lives_ok('select log_partitions_ensure(6)', 'a partition that comes late');
select is((select tableoid::regclass::text from event where channel = 'user:late'),
	'event_' || to_char(now() + interval '5 months', 'YYYY_MM'), 'takes it over');
select lives_ok('select log_partitions_ensure(6)', 'and making them again changes nothing');

select * from finish();
rollback;
