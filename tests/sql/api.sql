-- Problems, ETags, pages, idempotency.
begin;
\ir include/people.psql
select * from no_plan();

select is(pg_temp.problem($$ select fail(409, 'some_code', 'Some words.') $$), 'FF409 some_code', 'a problem has its status and its code');
select is(pg_temp.problem_members($$ select fail_field('bad', '/a/0', 'is bad') $$),
	'{"errors": [{"pointer": "/a/0", "detail": "is bad"}]}', 'and points at the field');

select is(etag_matches(header, 'abc'), expected, 'If-None-Match: ' || coalesce(header, 'null'))
  from (values (null, false), ('*', true), (' * ', true), ('"abc"', true), ('W/"abc"', true), ('"x", W/"abc"', true), ('"x","y"', false),
               ('"abcd"', false), ('', false)) as sent(header, expected);
select is((reply_read('{}', 'c', null)).status, 200, 'a new body is sent');
select row_eq($$ select (reply_read('{}', 'c', '"99914b932bd37a50b983c5e7c90ae93b"')).* $$,
	row(304, null, md5('{}'), 'c', null, null)::reply, 'AC-21 a known one is not');
select is(pg_temp.problem($$ select require_match('"old"', 'new') $$), 'FF412 precondition_failed', 'a change of something else is refused');
select is(pg_temp.problem($$ select require_match(null, 'new') $$), 'done', 'no If-Match, no condition');

select is((page_decode(page_encode('{"name": "Café ☕ /?", "number": 1.5}'))).name, 'Café ☕ /?', 'a page token comes back');
select is(pg_temp.problem(format('select page_decode(%L)', garbage)), 'FF400 invalid_page', 'not a page token: ' || garbage)
  from unnest(array['x', '!!!', 'e30=x', 'AAAA', 'bnVsbA', 'WzFd', page_encode('{"id": "1"}'), page_encode('{"seq": "x"}'), '____', '']) as garbage;
select is(page_body('{1,2,3}', array['{"id": 1}', '{"id": 2}', '{"id": 3}']::jsonb[], 2),
	'{"items":[1,2],"next":"' || page_encode('{"id": 2}') || '"}', 'a page that is not the last names the next');
select is(page_body('{1,2}', array['{"id": 1}', '{"id": 2}']::jsonb[], 2), '{"items":[1,2],"next":null}', 'the last one does not');
select is(page_body(null, null, 20), '{"items":[],"next":null}', 'a list may be empty');

select is(page_of('{1,2,3}', 2, null), '{"items":[1,2],"next":"' || page_encode('{"seq": 2}') || '"}', 'a short list has pages too');
select is(page_of('{1,2,3}', 2, page_encode('{"seq": 2}')), '{"items":[3],"next":null}', 'and goes on where the last one ended');
select is(page_of('{1,2,3,4}', 2, page_encode('{"seq": 2}')), '{"items":[3,4],"next":null}', 'to its end');
select is(page_of('{1}', 2, page_encode('{"seq": 2}')), '{"items":[],"next":null}', 'it may have become shorter meanwhile');
select is(page_of(null, null, null), '{"items":[],"next":null}', 'it may be empty');
select is(pg_temp.problem(format('select page_of(''{1}'', 20, %L)', token)), 'FF400 invalid_page', 'not a page of it: ' || token)
  from unnest(array['x', page_encode('{"id": "0190a000-0000-7000-8000-000000000000"}'), page_encode('{"seq": 0}'), page_encode('{"seq": -1}'),
               page_encode('{"seq": 9223372036854775807}')]) as token;

-- Idempotency.
select is(pg_temp.problem($$ select idempotency_claim('s', 'k', 'print') $$), 'done', 'AC-17 a new key is claimed');
select lives_ok($$ select reply_commit(201, '{"a": 1}', null, etag => 'e', location => '/x') $$, 'its answer is stored');
select is(pg_temp.problem($$ select idempotency_claim('s', 'k', 'print') $$), 'FF208 idempotency_answered', 'AC-17 the same again is answered');
select row_eq($$ select (idempotency_answer(null, 's', 'k')).* $$, row(201, '{"a": 1}', 'e', null, '/x', null)::reply, 'AC-17 by the same answer');
select is(pg_temp.problem($$ select idempotency_claim('s', 'k', 'other') $$), 'FF422 idempotency_mismatch', 'another body is not');
update idempotent_answer set expires_at = now() - interval '1 s' where scope = 's';
select is(pg_temp.problem($$ select idempotency_claim('s', 'k', 'other') $$), 'done', 'after a day the key is free');
select lives_ok($$ select reply_commit(200, '{"a": 2}', null) $$, 'and stores anew');
select is((idempotency_answer(null, 's', 'k')).body, '{"a": 2}', 'in place of the old answer');
select set_config('foodfast.idempotency', '', true) is null as claim_dropped \gset
select is(pg_temp.problem(format($$ select idempotency_answer(%L, 'user:' || %L, 'k') $$, pg_temp.session('carl'), pg_temp.id('clara'))),
	'FF404 not_found', 'nobody reads another one''s answers');
select is(pg_temp.problem($$ select idempotency_answer(uuid_v7(), 'user:x', 'k') $$), 'FF401 session_ended', 'nor who has no session');

select * from finish();
rollback;
