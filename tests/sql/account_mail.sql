-- Mail and its single-use tokens: confirming, forgetting, changing a password.
begin;
\ir include/people.psql
select * from no_plan();

create function pg_temp.queue(person text, purpose email_purpose, mail text) returns void
language sql
return email_queue(pg_temp.id(person), purpose, pg_temp.id(mail), sha256(mail::bytea));
create function pg_temp.sent(mail text) returns email
language sql
return (select email from email where email_id = pg_temp.id(mail));

-- The outbox.
select lives_ok($$ select pg_temp.queue('clara', 'confirm', 'one') $$, 'a mail waits');
select is((pg_temp.sent('one')).expires_at, now() + interval '24 hours', 'AC-23 a confirmation is good for a day');
select lives_ok($$ select pg_temp.queue('clara', 'reset', 'two') $$, 'another one');
select is((pg_temp.sent('two')).expires_at, now() + interval '1 hour', 'AC-23 a new password for an hour');
update email set run_at = now() - interval '1 s' where email_id = pg_temp.id('one');
create temporary table taken as select * from email_take(5000);
select row_eq('select email_id, purpose, address from taken', row(pg_temp.id('one'), 'confirm'::text, 'clara@test.example'::text), 'who sends takes the one that is due first');
select is((pg_temp.sent('one')).run_at, now() + interval '5 s', 'for as long as its lease');
select is((select email_id from email_take(5000)), pg_temp.id('two'), 'then the next');
select is_empty('select * from email_take(5000)', 'and nothing twice');
select lives_ok($$ select email_sent(pg_temp.id('one'), gen_random_uuid()) $$, 'who has lost his lease');
select is((pg_temp.sent('one')).sent_at, null, 'settles nothing');
update email set run_at = now() where email_id = pg_temp.id('one');
select is((select email_id from email_take(5000)), pg_temp.id('one'), 'a lease that ran out is the next sender''s');
select lives_ok($$ select email_sent(email_id, lease) from email where email_id = pg_temp.id('one') $$, 'who settles it');
update email set run_at = now() where email_id = pg_temp.id('one');
select is_empty('select * from email_take(5000)', 'once sent, it is sent');
select lives_ok($$ select email_queue(null, 'reset', pg_temp.id('nobody'), sha256('nobody')) $$, 'a mail to nobody');
select is_empty('select * from email_take(5000)', 'is never sent');
select is(pg_temp.sent('nobody'), null, 'and does not stay');
select lives_ok($$ select pg_temp.queue('carl', 'reset', 'carl ' || n) from generate_series(1, 7) as n $$, 'seven of a kind within an hour');
select is((select count(*) from email where user_id = pg_temp.id('carl')), 5::bigint, 'AC-23 five are enough for anybody');
update email set created_at = now() - interval '61 min' where user_id = pg_temp.id('carl');
select lives_ok($$ select pg_temp.queue('carl', 'reset', 'carl 8') $$, 'an hour later');
select is((pg_temp.sent('carl 8')).user_id, pg_temp.id('carl'), 'there may be one more');
select is(pg_temp.problem($$ insert into email (email_id, user_id, purpose, token_hash) values (uuid_v7(), pg_temp.id('carl'), 'reset', sha256('x')) $$),
	'23514 token_expires', 'AC-23 no token is good for ever');

-- Confirming.
select is(pg_temp.problem($$ select email_confirm(sha256('nothing')) $$), 'FF422 link_invalid', 'a token of nobody''s');
select is(pg_temp.problem($$ select email_confirm(sha256('two')) $$), 'FF422 link_invalid', 'a token for something else');
select is((email_confirm(sha256('one'))).status, 204, 'AC-23 the right one');
select is((me_get(pg_temp.session('clara'), null)).body::jsonb -> 'email_confirmed', 'true', 'the address is confirmed');
select is((pg_temp.types('user:' || pg_temp.id('clara')))[1], 'user.updated', 'AC-04 his devices are told');
select is(pg_temp.problem($$ select email_confirm(sha256('one')) $$), 'FF422 link_invalid', 'AC-23 once');
select is(pg_temp.problem($$ select email_confirmation_create(pg_temp.session('clara'), uuid_v7(), sha256('x')) $$), 'FF409 already_confirmed', 'and not again');
select is((email_confirmation_create(pg_temp.session('carl'), pg_temp.id('again'), sha256('again'))).status, 202, 'another one''s is sent again');
update email set expires_at = now() where email_id = pg_temp.id('again');
select is(pg_temp.problem($$ select email_confirm(sha256('again')) $$), 'FF422 link_invalid', 'AC-23 an expired one is good for nothing');

-- A forgotten password.
select is((password_forget(' DORA@test.example ', pg_temp.id('d1'), sha256('d1'))).status, 202, 'AC-16 a known e-mail');
select is((password_forget('nobody@test.example', pg_temp.id('d2'), sha256('d2'))).status, 202, 'AC-16 an unknown one');
select is((pg_temp.sent('d2')).user_id, null, 'whose mail is to nobody');
select lives_ok($$ select password_forget('dora@test.example', pg_temp.id('d3'), sha256('d3')) $$, 'she asks again');
select is(pg_temp.problem($$ select password_reset(sha256('d2'), '$argon2id$v=19$z') $$), 'FF422 link_invalid', 'what nobody got is good for nothing');
select matches((password_reset(sha256('d3'), '$argon2id$v=19$z')).hints, '^revocation\tsession ' || pg_temp.session('dora') || '\nevent:user:', 'AC-13 a new password ends all sessions');
select is((select password_hash from account_credentials('dora@test.example')), '$argon2id$v=19$z', 'and it is the new one');
select is(pg_temp.problem($$ select me_get(pg_temp.session('dora'), null) $$), 'FF401 session_ended', 'AC-13 at once');
select is(pg_temp.problem($$ select password_reset(sha256('d1'), '$argon2id$v=19$y') $$), 'FF422 link_invalid', 'AC-23 the other link is not good any more');
select ok((select email_confirmed_at is not null from users where user_id = pg_temp.id('dora')), 'she read her mail');
select is((select count(*) from email where user_id = pg_temp.id('dora') and purpose = 'password_changed'), 1::bigint, 'and is told by another');

-- A changed password.
select is((select password_hash from password_hash_of(pg_temp.session('dirk'))), '$argon2id$v=19$x', 'the hash that is checked');
select is(pg_temp.problem($$ select password_change(pg_temp.session('dirk'), '$argon2id$v=19$old', '$argon2id$v=19$n') $$), 'FF403 wrong_password', 'changed meanwhile: not by this one');
insert into session (session_id, user_id) values (pg_temp.id('elsewhere'), pg_temp.id('dirk'));
select matches((password_change(pg_temp.session('dirk'), '$argon2id$v=19$x', '$argon2id$v=19$n')).hints,
	'^revocation\tsession ' || pg_temp.id('elsewhere') || '\nevent:user:', 'AC-24 the other sessions end, and his devices are told');
select is((me_get(pg_temp.session('dirk'), null)).status, 200, 'AC-24 this one goes on');

-- Old mail.
update email set expires_at = now() - interval '8 days' where email_id = pg_temp.id('one');
select lives_ok('select maintenance_run()', 'now and then');
select is(pg_temp.sent('one'), null, 'what expired a week ago goes');
select isnt(pg_temp.sent('two'), null, 'and nothing else');

select * from finish();
rollback;
