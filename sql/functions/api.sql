-- What every REST function shares: problems, answers, ETags, pages, idempotency.
set local role foodfast_owner;
set local search_path = api, log, account, catalogue, ordering, public, pg_temp;

-- Ends the request with a problem: SQLSTATE FF and the status, the code as the constraint, further members as DETAIL.
create or replace function fail(status int, code text, detail text, members jsonb default null) returns void
language plpgsql volatile as $$
begin
	raise exception using
		errcode = 'FF' || status, message = detail, constraint = code, detail = coalesce(members::text, '');
end
$$;

-- 422 for one bad field.
create or replace function fail_field(code text, pointer text, detail text) returns void
language plpgsql volatile as $$
begin
	perform fail(422, code, detail, jsonb_build_object('errors',
		jsonb_build_array(jsonb_build_object('pointer', pointer, 'detail', detail))));
end
$$;

-- RFC 9110, 13.1: "*", or a list of which one is this ETag, compared weakly.
create or replace function etag_matches(header text, etag text) returns boolean
language sql immutable
return header is not null
	and (btrim(header) = '*' or etag = any (regexp_split_to_array(regexp_replace(header, '(W/)?"|\s', '', 'g'), ',')));

-- The answer to a GET: 304 where the reader has this body already.
create or replace function reply_read(body text, cursor text, if_none_match text) returns reply
language plpgsql stable as $$
declare
	etag text := md5(body);
begin
	if etag_matches(if_none_match, etag) then
		return row(304, null, etag, cursor, null, null)::reply;
	end if;
	return row(200, body, etag, cursor, null, null)::reply;
end
$$;

create or replace function require_match(if_match text, etag text) returns void
language plpgsql stable as $$
begin
	if if_match is not null and not etag_matches(if_match, etag) then
		perform fail(412, 'precondition_failed', 'It was changed in the meantime. Load it again.');
	end if;
end
$$;

create or replace function page_size(wanted int) returns int
language sql immutable
return least(greatest(coalesce(wanted, 20), 1), 100);

create or replace function page_encode(keys jsonb) returns text
language sql immutable
return translate(encode(convert_to(keys::text, 'UTF8'), 'base64'), E'+/=\n', '-_');

create or replace function page_decode(page text) returns page_key
language plpgsql immutable as $$
declare
	base64 text := translate(page, '-_', '+/');
	key page_key;
begin
	if page is null then
		return null;
	end if;
	key := jsonb_populate_record(null::page_key,
		convert_from(decode(rpad(base64, (length(base64) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb);
	if key is null then
		raise data_exception;
	end if;
	return key;
exception
	when data_exception or syntax_error_or_access_rule_violation then
		perform fail(400, 'invalid_page', 'This page token is not one of ours.');
end
$$;

-- A list's body from the JSON of its rows and the keys of each, one row more than fits the page having been asked for.
create or replace function page_body(items text[], keys jsonb[], size int) returns text
language sql immutable
return '{"items":[' || coalesce(array_to_string(items[1:size], ','), '') || '],"next":'
	|| case when cardinality(items) > size then '"' || page_encode(keys[size]) || '"' else 'null' end || '}';

-- A page's body of a list that is short enough to be made whole. Its key is how many came before.
create or replace function page_of(items text[], wanted int, page text) returns text
language plpgsql immutable as $$
declare
	size int := page_size(wanted);
	past bigint := (page_decode(page)).seq;
begin
	if page is not null and coalesce(past not between 1 and 1000000, true) then
		perform fail(400, 'invalid_page', 'This page token is not one of ours.');
	end if;
	past := coalesce(past, 0);
	return page_body(items[past + 1:past + size + 1], array_fill(jsonb_build_object('seq', past + size), array[size]), size);
end
$$;

-- Adds a member to a JSON object's text, keeping the order.
create or replace function json_with(object text, name text, value text) returns text
language sql immutable
return case when value is null then object else left(object, -1) || ',"' || name || '":' || value || '}' end;

-- The first statement of a request that carries an Idempotency-Key, in the transaction of its effect. A plain unique
-- key would make a concurrent twin wait; the advisory lock turns it away. FF208: there is an answer already.
create or replace function idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) returns void
language plpgsql volatile security definer set search_path from current as $$
declare
	stored bytea;
begin
	if not pg_try_advisory_xact_lock(hashtextextended(p_scope || E'\n' || p_key, 0)) then
		perform fail(409, 'idempotency_in_progress', 'A request with this Idempotency-Key is still running.');
	end if;
	select fingerprint into stored
	  from idempotent_answer
	 where scope = p_scope and key = p_key and expires_at > now();
	if stored <> p_fingerprint then
		perform fail(422, 'idempotency_mismatch', 'This Idempotency-Key was used for another request.');
	elsif stored is not null then
		perform fail(208, 'idempotency_answered', 'This request has been answered.');
	end if;
	perform set_config('foodfast.idempotency',
		json_build_array(p_scope, p_key, encode(p_fingerprint, 'hex'))::text, true);
end
$$;

-- Stores the answer under the claimed key, if there is one.
create or replace function idempotency_store(status int, body text, etag text, location text, session_id uuid) returns void
language plpgsql volatile as $$
declare
	claim json := nullif(current_setting('foodfast.idempotency', true), '');
begin
	if claim is null then
		return;
	end if;
	insert into idempotent_answer (scope, key, fingerprint, status, body, etag, location, session_id)
	values (claim ->> 0, claim ->> 1, decode(claim ->> 2, 'hex'), status, body, etag, location, session_id)
	on conflict (scope, key) do update
	   set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, etag = excluded.etag,
	       location = excluded.location, session_id = excluded.session_id, expires_at = excluded.expires_at;
end
$$;

-- The tail of every function that changes state: the idempotent answer, then the events, last.
create or replace function reply_commit(status int, body text, events new_event[],
	etag text default null, location text default null, hints text default null) returns reply
language plpgsql volatile as $$
begin
	if current_setting('foodfast.idempotency', true) <> '' then
		perform idempotency_store(status, body, etag, location, null);
	end if;
	if cardinality(events) > 0 then
		hints := concat_ws(E'\n', hints, event_append(events));
	end if;
	return row(status, body, etag, null, location, hints)::reply;
end
$$;

create or replace function idempotency_answer(p_session uuid, p_scope text, p_key text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	stored reply;
begin
	if p_scope like 'user:%' and p_scope is distinct from 'user:' || (actor(p_session)).user_id then
		perform fail(404, 'not_found', 'There is no such answer.');
	end if;
	select status, body, etag, null, location, null into stored
	  from idempotent_answer
	 where scope = p_scope and key = p_key;
	return stored;
end
$$;
