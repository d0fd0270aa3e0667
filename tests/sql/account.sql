-- Accounts: register, login, refresh in all its branches, profile, addresses, tickets, limits.
begin;
\ir include/people.psql
select * from no_plan();

create function pg_temp.register(email text, role text default null) returns session_grant
language sql
return account_register(email, '$argon2id$v=19$y', ' Nina ', '+31687654321', role, 'phone', '::1', sha256(email::bytea),
	pg_temp.id('mail to ' || lower(btrim(email))), sha256(('mail to ' || lower(btrim(email)))::bytea));

create temporary table nina as select * from pg_temp.register(' Nina@Test.Example ');
select is(status, 201, 'AC-01 registers') from nina;
select is(body::jsonb - 'id' - 'created_at' - 'updated_at',
	'{"email": "nina@test.example", "email_confirmed": false, "name": "Nina", "phone": "+31687654321", "role": "customer"}', 'AC-01 answers with the user') from nina;
select is(role, 'customer', 'a customer unless told otherwise') from nina;
select matches(expires_at, '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$', 'tells when the session ends') from nina;
select is(pg_temp.problem($$ select pg_temp.register('NINA@test.example') $$), 'FF409 email_taken', 'AC-01 an e-mail is unique whatever its case');
select is(pg_temp.problem($$ select pg_temp.register('cook@test.example', 'restaurant') $$), 'FF422 role_not_open', 'AC-22 nobody makes himself staff');
select is((pg_temp.register('ride@test.example', 'driver')).role, 'driver', 'AC-22 drivers register themselves');

select is((select user_id from account_credentials('NINA@test.example')), user_id, 'credentials are found whatever the case') from nina;
select is_empty($$ select * from account_credentials('nobody@test.example') $$, 'and not for a stranger');
select is((session_create(user_id, 'tablet', '::1', sha256('tablet'))).status, 200, 'AC-02 logs in') from nina;
select is((select count(*) from session join nina using (user_id)), 2::bigint, 'AC-24 a session a device');
select is((session_reissue(session_id, sha256('again'))).session_id, session_id, 'a repeated login mints for the same session') from nina;

-- An idempotent register keeps the user and the session, never a token.
select idempotency_claim('register:ida@test.example', 'k', 'print');
create temporary table ida as select * from pg_temp.register('ida@test.example');
select set_config('foodfast.idempotency', '', true);
select row_eq($$ select (idempotency_grant('register:ida@test.example', 'k')).* $$,
	(select row(status, body, session_id, user_id, role, expires_at, hints)::session_grant from ida), 'AC-17 a repeated register is granted the same session');
select is(pg_temp.problem($$ select idempotency_grant('register:ida@test.example', 'other') $$), 'done', 'an unknown key grants nothing');

-- Refresh tokens. a → b → c
create function pg_temp.refresh(old text, new text) returns text
language sql
return (select concat_ws(' ', status, case status when 401 then body::jsonb ->> 'code' end)
          from session_refresh(sha256(old::bytea), sha256(new::bytea)));
create temporary table rita as select * from session_create(pg_temp.id('clara'), 'a', null, sha256('a'));
select is(pg_temp.refresh('stranger', 'x'), '401 token_invalid', 'AC-10 a token of nobody''s');
select is(pg_temp.refresh('a', 'b'), '200', 'AC-10 a token rotates');
select is(pg_temp.refresh('a', 'b'), '200', 'AC-10 a lost answer or a second tab gets the same successor');
select is(pg_temp.refresh('b', 'c'), '200', 'AC-10 which rotates in its turn');
select is((select count(*) from refresh_token join rita using (session_id)), 3::bigint, 'one token a step');
select is(pg_temp.refresh('a', 'b'), '401 refresh_reused', 'AC-10 after that, the old one is a copy');
select ok((select ended_at is not null from session join rita using (session_id)), 'AC-10 and its session ends');
select is(pg_temp.refresh('c', 'd'), '401 session_ended', 'AC-10 with all that came of it');
select is((select hints from session_create(pg_temp.id('clara'), 'e', null, sha256('e'))), null, 'a login hints nothing');
select is(pg_temp.refresh('e', 'f'), '200', 'another rotates');
update refresh_token set used_at = now() - interval '11 min' where hash = sha256('e');
select is((select hints from session_refresh(sha256('e'), sha256('f'))),
	E'revocation\tsession ' || (select session_id from refresh_token where hash = sha256('e')),
	'AC-10 ten minutes later it is a copy too, and who holds streams is told');
select lives_ok($$ select session_create(pg_temp.id('clara'), 'g', null, sha256('g')) $$, 'another session');
select is(pg_temp.refresh('g', 'h'), '200', 'rotates');
select is(pg_temp.refresh('g', 'other'), '401 refresh_reused', 'a successor that the token does not make is no repeat');
select lives_ok($$ select session_create(pg_temp.id('clara'), 'i', null, sha256('i')) $$, 'another session');
update session set expires_at = now() where session_id = (select session_id from refresh_token where hash = sha256('i'));
select is(pg_temp.refresh('i', 'j'), '401 session_ended', 'an expired session is not refreshed');
select lives_ok($$ select session_create(pg_temp.id('clara'), 'k', null, sha256('k')) $$, 'another session');
create function pg_temp.life_left(token text) returns interval
language sql
return (select session.expires_at - now() from session join refresh_token using (session_id) where hash = sha256(token::bytea));
update session set expires_at = now() + interval '29 days' where session_id = (select session_id from refresh_token where hash = sha256('k'));
select is(pg_temp.refresh('k', 'l'), '200', 'a session that is refreshed');
select is(pg_temp.life_left('l'), interval '30 days', 'AC-10 lives for thirty days from then on');
update session set expires_at = now() + interval '30 days' - interval '59 min' where session_id = (select session_id from refresh_token where hash = sha256('l'));
select is(pg_temp.refresh('l', 'm'), '200', 'again within the hour');
select is(pg_temp.life_left('m'), interval '30 days' - interval '59 min', 'and its end stays where it is');

-- Ending sessions.
create temporary table ends as select * from session_create(pg_temp.id('carl'), null, null, sha256('end'));
select row_eq($$ select answer.* from ends, session_end(session_id) as answer $$,
	(select row(204, null, null, null, null, E'revocation\tsession ' || session_id)::reply from ends), 'AC-13 a logout hints its session');
select is(pg_temp.problem(format('select me_get(%L, null)', session_id)), 'FF401 session_ended', 'AC-13 which has ended') from ends;
select is(pg_temp.problem(format('select session_end(%L)', session_id)), 'FF401 session_ended', 'only once') from ends;
select is((select count(*) from log_sweep(pg_current_xact_id()::text) join ends on name = session_id::text where kind = 'session'), 1::bigint,
	'AC-13 the sweep tells it too');
select lives_ok($$ select session_create(pg_temp.id('carl'), null, null, sha256('more')) $$, 'signed in twice');
select is((select count(*) from string_to_table((session_end_all(pg_temp.session('carl'))).hints, E'\n')), 2::bigint, 'AC-13 logout-all ends all');
select is(pg_temp.problem(format('select session_reissue(%L, ''x'')', session_id)), 'FF401 session_ended', 'an ended session mints nothing') from ends;
update users set is_suspended = true where user_id = pg_temp.id('dirk');
select is(pg_temp.problem($$ select me_get(pg_temp.session('dirk'), null) $$), 'FF401 session_ended', 'who is suspended is out at once');
select is(pg_temp.problem($$ select session_create(pg_temp.id('dirk'), null, null, sha256('dirk')) $$), 'FF403 account_suspended', 'and does not get in');
select ok((select is_suspended from account_credentials('dirk@test.example')), 'which a login can tell');

-- Rights that change are swept.
delete from revocation where kind = 'user';
update users set name = 'Olga O.' where user_id = pg_temp.id('olga');
select is_empty($$ select * from log_sweep('0') where kind = 'user' $$, 'a new name is no new right');
delete from membership where user_id = pg_temp.id('olga');
update users set role = 'agent' where user_id = pg_temp.id('dora');
select set_eq($$ select name from log_sweep(pg_current_xact_id()::text) where kind = 'user' $$,
	array[pg_temp.id('olga'), pg_temp.id('dora')]::text[], 'AC-22 a membership that ends, a role that changes');
update users set role = 'driver' where user_id = pg_temp.id('dora');

-- A password hashed anew at another cost.
select lives_ok($$ select password_upgrade(pg_temp.id('ans'), '$argon2id$v=19$x', '$argon2id$v=19$new') $$, 'a login may renew the hash');
select lives_ok($$ select password_upgrade(pg_temp.id('ans'), '$argon2id$v=19$x', '$argon2id$v=19$late') $$, 'of a password that nobody changed meanwhile');
select is((select password_hash from account_credentials('ans@test.example')), '$argon2id$v=19$new', 'and of no other');

-- The profile.
create temporary table seen as select * from me_get(pg_temp.session('clara'), null);
select is(status, 200, 'AC-03 reads the profile') from seen;
select is((me_get(pg_temp.session('clara'), '"' || etag || '"')).status, 304, 'AC-21 not twice') from seen;
select is(cursor, log_epoch() || '/user:' || pg_temp.id('clara') || '=0', 'with the cursor of its channel') from seen;
select is((me_get(pg_temp.session('wei'), null)).body::jsonb -> 'memberships',
	jsonb_build_array(jsonb_build_object('restaurant', jsonb_build_object('id', pg_temp.id('noodle-bar'), 'name', 'Noodle-Bar'), 'role', 'owner')),
	'AC-22 staff see where they work');
create temporary table patched as select answer.* from seen, me_patch(pg_temp.session('clara'), '{"name": " Clara K. ", "phone": null}', '"' || etag || '"') as answer;
select is(body::jsonb ->> 'name', 'Clara K.', 'AC-03 changes the name') from patched;
select is(body::jsonb -> 'phone', 'null', 'and takes the phone away') from patched;
select is(body, (me_get(pg_temp.session('clara'), null)).body, 'AC-03 the next read shows it') from patched;
select is(etag, (me_get(pg_temp.session('clara'), null)).etag, 'under the same ETag') from patched;
select matches(hints, '^event:user:[^\t]+\t1 0 .*"type":"user.updated".*"data":\{"fields": \["name", "phone"\]\}\}$', 'AC-04 and tells his other devices') from patched;
select is(pg_temp.problem(format($$ select me_patch(pg_temp.session('clara'), '{"name": "X"}', '"%s"') $$, etag)), 'FF412 precondition_failed',
	'a change of what was not seen is refused') from seen;
select is((me_patch(pg_temp.session('clara'), '{"name": "Clara K."}', null)).hints, null, 'what changes nothing tells nothing');
select is((me_get(pg_temp.session('clara'), '"' || etag || '"')).status, 200, 'AC-21 the old ETag is out') from seen;

-- Addresses.
create function pg_temp.home(line text, is_default boolean default null) returns jsonb
language sql
return jsonb_strip_nulls(jsonb_build_object('label', 'L', 'line1', line, 'city', 'Utopia', 'lat', 52, 'lng', 5, 'default', is_default));
select is((address_list(pg_temp.session('dora'))).body, '{"items":[],"next":null}', 'no addresses at first');
create temporary table first_home as select * from address_create(pg_temp.session('dora'), pg_temp.home('First'));
select is(status, 201, 'AC-03 adds an address') from first_home;
select is(body::jsonb - 'id', pg_temp.home('First', true), 'the first is the default') from first_home;
select is(location, '/api/v1/me/addresses/' || (body::jsonb ->> 'id'), 'and has a place') from first_home;
create temporary table second_home as select * from address_create(pg_temp.session('dora'), pg_temp.home('Second', true));
select is(array(select (jsonb_array_elements((address_list(pg_temp.session('dora'))).body::jsonb -> 'items')) ->> 'line1'), '{Second,First}',
	'a new default comes first');
select is((select count(*) from address where user_id = pg_temp.id('dora') and is_default), 1::bigint, 'there is one default');
create function pg_temp.patch(made text, changes jsonb) returns text
language sql
return format('select address_patch(%L, %L, %L)', pg_temp.session('dora'), made, changes);
select is(pg_temp.problem(pg_temp.patch(body::jsonb ->> 'id', '{"default": false}')), 'FF422 default_needed', 'one has to be') from second_home;
select is((address_patch(pg_temp.session('dora'), (body::jsonb ->> 'id')::uuid, '{"default": true, "line2": "attic"}')).body::jsonb ->> 'line2', 'attic',
	'AC-03 changes an address') from first_home;
select is((address_patch(pg_temp.session('dora'), (body::jsonb ->> 'id')::uuid, '{"line2": null}')).body::jsonb -> 'line2', null, 'takes a line away')
	from first_home;
select is(pg_temp.problem(format('select address_patch(%L, %L, %L, %L)', pg_temp.session('dora'), body::jsonb ->> 'id', '{"label": "X"}', '"' || etag || '"')),
	'FF412 precondition_failed', 'AC-21 not over what another device changed') from second_home;
select is(pg_temp.problem(format('select address_delete(%L, %L)', pg_temp.session('clara'), body::jsonb ->> 'id')), 'FF404 not_found',
	'nobody deletes another one''s') from first_home;
select is((address_delete(pg_temp.session('dora'), (body::jsonb ->> 'id')::uuid)).status, 204, 'AC-03 removes one') from first_home;
select is((address_list(pg_temp.session('dora'))).body::jsonb -> 'items' -> 0 ->> 'default', 'true', 'and another becomes the default');
select ok((pg_temp.types('user:' || pg_temp.id('dora')))[1] = 'user.updated', 'AC-04 his devices are told');
select unalike(envelope, '%First%', 'but no address') from event_read('user:' || pg_temp.id('dora'), 0, 1);

-- Tickets.
select is((ticket_create(pg_temp.session('dora'), sha256('t'))).status, 201, 'a ticket');
select results_eq($$ select session_id from ticket_redeem(sha256('t')) $$, array[pg_temp.session('dora')], 'is good');
select is_empty($$ select * from ticket_redeem(sha256('t')) $$, 'once');
select lives_ok($$ select ticket_create(pg_temp.session('dora'), sha256('u')) $$, 'another');
update ticket set expires_at = now();
select is_empty($$ select * from ticket_redeem(sha256('u')) $$, 'is good for thirty seconds');

-- Limits while Redis is away.
select results_eq($$ select * from attempt_count('ip', 60, false) $$, $$ values (0, 0) $$, 'nothing counted yet');
select results_eq($$ select * from attempt_count('ip', 60, true) $$, $$ values (1, 60) $$, 'one');
select results_eq($$ select count from attempt_count('ip', 60, true) $$, array[2], 'two');
select results_eq($$ select count from attempt_count('ip', 60, false) $$, array[2], 'looking does not count');
update attempt set resets_at = now() - interval '1 s';
select results_eq($$ select count from attempt_count('ip', 60, true) $$, array[1], 'a new window starts at one');

-- The database guards its own truth.
select is(pg_temp.problem($$ update users set email = 'A@b.example' where user_id = pg_temp.id('clara') $$), '23514 email_address_check', 'e-mails are normalised');
select is(pg_temp.problem($$ update users set phone = '06-12345678' where user_id = pg_temp.id('clara') $$), '23514 phone_number_check', 'phones are E.164');
select is(pg_temp.problem($$ update users set name = E'a\nb' where user_id = pg_temp.id('clara') $$), '23514 label_check', 'a name is one line');
select is(pg_temp.problem($$ update users set password_hash = 'plain' where user_id = pg_temp.id('clara') $$), '23514 users_password_hash_check',
	'AC-23 passwords are hashed by argon2id');

select * from finish();
rollback;
