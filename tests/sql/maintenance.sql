-- What has expired goes; what has not stays.
begin;
\ir include/people.psql
select * from no_plan();

delete from revocation;
insert into idempotent_answer (scope, key, fingerprint, status, expires_at)
values ('s', 'old', '', 200, now()), ('s', 'new', '', 200, now() + interval '1 h');
insert into ticket (hash, session_id, expires_at)
values (sha256('old'), pg_temp.session('clara'), now()), (sha256('new'), pg_temp.session('clara'), now() + interval '1 s');
insert into attempt (key, count, resets_at) values ('old', 1, now()), ('new', 1, now() + interval '1 s');
insert into revocation (kind, id, at) values ('session', pg_temp.id('old'), now() - interval '61 min'), ('session', pg_temp.id('new'), now() - interval '59 min');
update session set ended_at = now() - interval '8 days' where session_id = pg_temp.session('carl');
update session set ended_at = now() - interval '6 days' where session_id = pg_temp.session('dora');

select matches(maintenance_run(), '^idempotent_answers=\d+ tickets=\d+ sessions=\d+ revocations=\d+$', 'tells what it did');
select results_eq($$ select key from idempotent_answer where scope = 's' $$, '{new}'::text[], 'answers are kept for their day');
select results_eq($$ select hash from ticket $$, array[sha256('new')], 'tickets until they expire');
select results_eq($$ select key from attempt $$, '{new}'::text[], 'attempts until their window ends');
select set_eq($$ select id from revocation where kind = 'session' $$, array[pg_temp.id('new')], 'revocations for an hour');
select is((select count(*) from session where session_id in (pg_temp.session('carl'), pg_temp.session('dora'))), 1::bigint, 'ended sessions for a week');

select * from finish();
rollback;
