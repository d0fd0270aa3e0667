-- How sessions begin, go on and end: register, login, refresh, logout, tickets, and the limits of logins.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

create or replace function grant_of(p_status int, p_session uuid, p_body text) returns session_grant
language plpgsql stable as $$
declare
	answer session_grant;
begin
	select p_status, p_body, session_id, user_id, role, iso_time(expires_at), null into answer
	  from session
	  join users using (user_id)
	 where session_id = p_session;
	return answer;
end
$$;

-- A session with its first refresh token.
create or replace function session_open(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) returns uuid
language plpgsql volatile as $$
declare
	opened uuid := uuid_v7();
begin
	insert into session (session_id, user_id, device, ip) values (opened, p_user_id, left(p_device, 200), p_ip);
	insert into refresh_token (hash, session_id) values (p_refresh_hash, opened);
	return opened;
end
$$;

-- Opens a session and answers with the user; what an idempotent answer keeps is the user and the session, no token.
create or replace function session_grant_new(p_status int, p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea)
returns session_grant
language plpgsql volatile as $$
declare
	opened uuid := session_open(p_user_id, p_device, p_ip, p_refresh_hash);
	body text := user_json(p_user_id);
begin
	perform idempotency_store(p_status, body, null, null, opened);
	return grant_of(p_status, opened, body);
end
$$;

create or replace function account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text,
	p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea) returns session_grant
language plpgsql volatile security definer set search_path from current as $$
declare
	made uuid := uuid_v7();
begin
	if coalesce(p_role, 'customer') not in ('customer', 'driver') then
		perform fail_field('role_not_open', '/role', 'Only customers and drivers register themselves.');
	end if;
	insert into users (user_id, role, email, name, phone, password_hash)
	values (made, coalesce(p_role, 'customer')::role, lower(btrim(p_email)), btrim(p_name), p_phone, p_password_hash)
	on conflict (email) do nothing;
	if not found then
		perform fail(409, 'email_taken', 'There is an account with this e-mail address already.');
	end if;
	perform email_queue(made, 'confirm', p_email_id, p_email_hash);
	return session_grant_new(201, made, p_device, p_ip, p_refresh_hash);
end
$$;

create or replace function session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) returns session_grant
language plpgsql volatile security definer set search_path from current as $$
begin
	if not exists (select from users where user_id = p_user_id and not is_suspended) then
		perform fail(403, 'account_suspended', 'This account is suspended. Ask our support.');
	end if;
	return session_grant_new(200, p_user_id, p_device, p_ip, p_refresh_hash);
end
$$;

-- A repeated idempotent register or login: the same session, a token of its own.
create or replace function session_reissue(p_session uuid, p_refresh_hash bytea) returns session_grant
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	insert into refresh_token (hash, session_id) values (p_refresh_hash, p_session);
	return grant_of(200, p_session, user_json(me.user_id));
end
$$;

create or replace function idempotency_grant(p_scope text, p_key text) returns session_grant
language plpgsql stable security definer set search_path from current as $$
declare
	stored idempotent_answer;
begin
	select * into stored from idempotent_answer where scope = p_scope and key = p_key;
	return grant_of(stored.status, stored.session_id, stored.body);
end
$$;

-- Ends sessions: all of them, only that one, or all but that one. They are remembered for the sweep, and hinted. Returns the hints.
create or replace function sessions_end(p_user_id uuid, p_only uuid default null, p_but uuid default null) returns text
language plpgsql volatile as $$
declare
	hints text;
begin
	with ended as (
		update session set ended_at = now()
		 where user_id = p_user_id and ended_at is null and (p_only is null or session_id = p_only)
		   and session_id is distinct from p_but
		returning session_id
	), noted as (
		insert into revocation (kind, id) select 'session', session_id from ended
	)
	select string_agg(E'revocation\tsession ' || session_id, E'\n') into hints from ended;
	return hints;
end
$$;

create or replace function session_json(s session, is_current boolean) returns text
language sql stable
return json_build_object('id', s.session_id, 'device', s.device, 'ip', s.ip, 'created_at', iso_time(s.created_at),
	'last_used_at', iso_time(s.last_used_at), 'current', is_current)::text;

-- One's sessions that live, this one first, then the one used last.
create or replace function session_list(p_session uuid, p_limit int default null, p_page text default null,
	p_if_none_match text default null) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(session_json(s, session_id = p_session) order by session_id <> p_session, last_used_at desc, session_id) into items
	  from (select * from session
	         where user_id = me.user_id and ended_at is null and expires_at > now()
	         order by session_id <> p_session, last_used_at desc limit 100) as s;
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

-- Ends one of one's sessions, or without P_ID this one.
create or replace function session_end(p_session uuid, p_id uuid default null) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	hints text := sessions_end(me.user_id, coalesce(p_id, p_session));
begin
	if hints is null then
		perform fail(404, 'not_found', 'You have no such session.');
	end if;
	return reply_commit(204, null, null, hints => hints);
end
$$;

create or replace function session_end_all(p_session uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	return reply_commit(204, null, null, hints => sessions_end(me.user_id));
end
$$;

-- A 401 that commits: what led to it has to stay.
create or replace function grant_refused(code text, detail text, hints text default null) returns session_grant
language sql immutable
return row(401, json_build_object('type', '/problems/' || code, 'title', 'Unauthorized', 'status', 401,
	'detail', detail, 'code', code)::text, null, null, null, null, hints)::session_grant;

-- Rotates a refresh token. A used one again, while its successor is unused and for ten minutes, is a lost answer or a
-- second tab and gets the same successor; else somebody has a copy, and the session ends.
create or replace function session_refresh(p_refresh_hash bytea, p_successor_hash bytea) returns session_grant
language plpgsql volatile security definer set search_path from current as $$
declare
	token refresh_token;
	owner session;
begin
	select * into token from refresh_token where hash = p_refresh_hash for update;
	if not found then
		return grant_refused('token_invalid', 'This refresh token is not one of ours.');
	end if;
	select * into owner from session where session_id = token.session_id for update;
	if token.used_at is not null and not refresh_is_repeat(token, p_successor_hash) then
		return grant_refused('refresh_reused', 'This refresh token was used before; its session has ended.',
			sessions_end(owner.user_id, owner.session_id));
	end if;
	if owner.ended_at is not null or owner.expires_at <= now()
			or exists (select from users where user_id = owner.user_id and is_suspended) then
		return grant_refused('session_ended', 'This session has ended. Sign in again.');
	end if;
	perform refresh_rotate(token, p_successor_hash);
	return grant_of(200, owner.session_id, user_json(owner.user_id));
end
$$;

create or replace function refresh_is_repeat(token refresh_token, p_successor_hash bytea) returns boolean
language plpgsql stable as $$
begin
	return token.successor = p_successor_hash
		and token.used_at > now() - interval '10 minutes'
		and exists (select from refresh_token where hash = token.successor and used_at is null);
end
$$;

-- The end of the session moves along, but not within an hour: it is indexed, and most refreshes need write no index.
create or replace function refresh_rotate(token refresh_token, p_successor_hash bytea) returns void
language plpgsql volatile as $$
begin
	if token.used_at is null then
		insert into refresh_token (hash, session_id) values (p_successor_hash, token.session_id);
		update refresh_token set used_at = now(), successor = p_successor_hash where hash = token.hash;
	end if;
	update session
	   set last_used_at = now(),
	       expires_at = case when expires_at > now() + interval '30 days' - interval '1 hour' then expires_at else now() + interval '30 days' end
	 where session_id = token.session_id;
end
$$;

create or replace function ticket_create(p_session uuid, p_hash bytea) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	insert into ticket (hash, session_id) values (p_hash, me.session_id);
	return reply_commit(201, null, null);
end
$$;

create or replace function ticket_redeem(p_hash bytea) returns table (session_id uuid)
language plpgsql volatile security definer set search_path from current as $$
begin
	return query
	delete from ticket
	 where ticket.hash = p_hash and ticket.expires_at > now()
	returning ticket.session_id;
end
$$;

-- Counts in a fixed window, when Redis is away.
create or replace function attempt_count(p_key text, p_window_s int, p_add boolean)
returns table (count int, resets_in_s int)
language plpgsql volatile security definer set search_path from current as $$
begin
	if p_add then
		insert into attempt as known (key, count, resets_at)
		values (p_key, 1, now() + make_interval(secs => p_window_s))
		on conflict (key) do update
		   set count = case when known.resets_at > now() then known.count + 1 else 1 end,
		       resets_at = case when known.resets_at > now() then known.resets_at else excluded.resets_at end;
	end if;
	return query
	select coalesce(max(known.count), 0), coalesce(max(ceil(extract(epoch from known.resets_at - now()))::int), 0)
	  from attempt as known
	 where known.key = p_key and known.resets_at > now();
end
$$;
