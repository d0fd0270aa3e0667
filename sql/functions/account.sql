-- Accounts: who someone is, sessions and their tokens, profile, addresses, limits of logins.
-- To add a call: a function whose first act is `me := actor(p_session)`, and its line in grants.sql.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

-- Whose session it is, if it lives. A set of at most one row: the planner merges it with the query around it.
create or replace function session_reader(p_session uuid) returns table (me actor, expires_at timestamptz)
language sql stable
begin atomic
	select (users.user_id, session.session_id, users.role, users.name)::actor, session.expires_at
	  from session
	  join users using (user_id)
	 where session.session_id = p_session and session.ended_at is null and session.expires_at > now()
	   and not users.is_suspended;
end;

-- Who asks, from the database, so that an ended session, a suspension or a changed role counts at once.
create or replace function actor(p_session uuid) returns actor
language plpgsql stable as $$
declare
	me actor;
begin
	select (reader.me).* into me from session_reader(p_session) as reader;
	if not found then
		perform fail(401, 'session_ended', 'This session has ended. Sign in again.');
	end if;
	return me;
end
$$;

-- How events and problems name a person: no more than who watches may know.
create or replace function actor_json(me actor) returns jsonb
language sql stable
return jsonb_build_object('id', me.user_id, 'role', me.role, 'name', me.name);

create or replace function user_json(p_user_id uuid) returns text
language plpgsql stable as $$
declare
	body text;
	kind role;
begin
	select to_json(shown)::text, shown.role into body, kind
	  from (select user_id as id, email, name, phone, role,
	               iso_time(created_at) as created_at, iso_time(updated_at) as updated_at
	          from users
	         where user_id = p_user_id) as shown;
	if kind = 'restaurant' then
		body := json_with(body, 'memberships', memberships_json(p_user_id));
	end if;
	return body;
end
$$;

create or replace function memberships_json(p_user_id uuid) returns text
language plpgsql stable as $$
begin
	return (select coalesce('[' || string_agg(to_json(shown)::text, ',' order by shown.restaurant ->> 'name') || ']', '[]')
	          from (select json_strip_nulls(json_build_object('id', restaurant_id, 'name', name)) as restaurant, membership.role
	                  from membership
	                  join restaurant using (restaurant_id)
	                 where user_id = p_user_id) as shown);
end
$$;

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
	p_device text, p_ip text, p_refresh_hash bytea) returns session_grant
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
	return session_grant_new(201, made, p_device, p_ip, p_refresh_hash);
end
$$;

create or replace function account_credentials(p_email text)
returns table (user_id uuid, password_hash text, is_suspended boolean)
language plpgsql stable security definer set search_path from current as $$
begin
	return query
	select users.user_id, users.password_hash, users.is_suspended
	  from users
	 where users.email = lower(btrim(p_email));
end
$$;

-- The same password hashed at a new cost, unless it was changed meanwhile.
create or replace function password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) returns void
language sql volatile security definer set search_path from current
begin atomic
	update users set password_hash = p_new_hash where user_id = p_user_id and password_hash = p_old_hash;
end;

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

-- Ends sessions: they are remembered for the sweep, and hinted. Returns the hints.
create or replace function sessions_end(p_user_id uuid, p_only uuid default null) returns text
language plpgsql volatile as $$
declare
	hints text;
begin
	with ended as (
		update session set ended_at = now()
		 where user_id = p_user_id and ended_at is null and (p_only is null or session_id = p_only)
		returning session_id
	), noted as (
		insert into revocation (kind, id) select 'session', session_id from ended
	)
	select string_agg(E'revocation\tsession ' || session_id, E'\n') into hints from ended;
	return hints;
end
$$;

-- Somebody's rights changed, by whatever way: the sweep tells streamd, which authorises his open streams anew.
create or replace function rights_changed() returns trigger
language plpgsql security definer set search_path from current as $$
begin
	insert into revocation (kind, id) values ('user', coalesce(new.user_id, old.user_id)) on conflict do nothing;
	return null;
end
$$;

create or replace trigger rights_changed after insert or update or delete on membership
	for each row execute function rights_changed();
create or replace trigger rights_changed after update of role, is_suspended on users
	for each row execute function rights_changed();

create or replace function session_json(s session, is_current boolean) returns text
language sql stable
return json_build_object('id', s.session_id, 'device', s.device, 'ip', s.ip, 'created_at', iso_time(s.created_at),
	'last_used_at', iso_time(s.last_used_at), 'current', is_current)::text;

-- One's sessions that live, this one first, then the one used last.
create or replace function session_list(p_session uuid) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(session_json(s, session_id = p_session) order by session_id <> p_session, last_used_at desc, session_id) into items
	  from (select * from session
	         where user_id = me.user_id and ended_at is null and expires_at > now()
	         order by session_id <> p_session, last_used_at desc limit 100) as s;
	return reply_read(page_body(items, null, cardinality(items)), null, null);
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

create or replace function refresh_rotate(token refresh_token, p_successor_hash bytea) returns void
language plpgsql volatile as $$
begin
	if token.used_at is null then
		insert into refresh_token (hash, session_id) values (p_successor_hash, token.session_id);
		update refresh_token set used_at = now(), successor = p_successor_hash where hash = token.hash;
	end if;
	update session
	   set last_used_at = now(), expires_at = now() + interval '30 days'
	 where session_id = token.session_id;
end
$$;

create or replace function me_get(p_session uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	return reply_read(user_json(me.user_id), stream_cursor(array['user:' || me.user_id]), p_if_none_match);
end
$$;

create or replace function me_patch(p_session uuid, p_changes jsonb, p_if_match text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	changed text[];
	body text;
begin
	perform from users where user_id = me.user_id for update;
	perform require_match(p_if_match, md5(user_json(me.user_id)));
	changed := user_change(me.user_id, p_changes);
	body := user_json(me.user_id);
	return reply_commit(200, body,
		case when changed <> '{}' then array[
			('user:' || me.user_id, 'user.updated', jsonb_build_object('fields', changed), false)::new_event] end,
		etag => md5(body));
end
$$;

-- Writes what differs and returns its names.
create or replace function user_change(p_user_id uuid, p_changes jsonb) returns text[]
language plpgsql volatile as $$
declare
	old users;
	new users;
	changed text[];
begin
	select * into old from users where user_id = p_user_id;
	new := old;
	if p_changes ? 'name' then
		new.name := btrim(p_changes ->> 'name');
	end if;
	if p_changes ? 'phone' then
		new.phone := p_changes ->> 'phone';
	end if;
	changed := array_remove(array[
		case when new.name <> old.name then 'name' end,
		case when new.phone is distinct from old.phone then 'phone' end], null);
	if changed <> '{}' then
		update users set name = new.name, phone = new.phone, updated_at = now() where user_id = p_user_id;
	end if;
	return changed;
end
$$;

create or replace function address_json(a address) returns json
language sql stable
return json_strip_nulls(json_build_object('id', a.address_id, 'label', a.label, 'line1', a.line1, 'line2', a.line2,
	'city', a.city, 'postal_code', a.postal_code, 'lat', a.lat, 'lng', a.lng, 'default', a.is_default));

create or replace function address_list(p_session uuid) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(address_json(a)::text order by a.is_default desc, a.address_id) into items
	  from address as a
	 where a.user_id = me.user_id;
	return reply_read(page_body(items, null, cardinality(items)), null, null);
end
$$;

-- His addresses change one at a time: that exactly one is the default is a rule over all of them.
create or replace function address_lock(p_session uuid) returns actor
language plpgsql volatile as $$
declare
	me actor := actor(p_session);
begin
	perform from users where user_id = me.user_id for no key update;
	return me;
end
$$;

create or replace function address_own(me actor, p_id uuid) returns address
language plpgsql stable as $$
declare
	own address;
begin
	select * into own from address where address_id = p_id and user_id = me.user_id;
	if not found then
		perform fail(404, 'not_found', 'You have no such address.');
	end if;
	return own;
end
$$;

create or replace function address_create(p_session uuid, p_address jsonb) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	made address;
begin
	if (select count(*) >= 50 from address where user_id = me.user_id) then
		perform fail(422, 'too_many_addresses', 'You have fifty addresses. Remove one first.');
	end if;
	made := jsonb_populate_record(null::address, p_address);
	made.address_id := uuid_v7();
	made.user_id := me.user_id;
	made.label := coalesce(made.label, left(regexp_replace(made.line1, '^\s+', ''), 50));
	made.created_at := now();
	made.is_default := coalesce((p_address ->> 'default')::boolean, false)
		or not exists (select from address where user_id = me.user_id);
	if made.is_default then
		update address set is_default = false where user_id = me.user_id and is_default;
	end if;
	insert into address select made.*;
	return reply_commit(201, address_json(made)::text, address_events(me),
		location => '/api/v1/me/addresses/' || made.address_id);
end
$$;

create or replace function address_events(me actor) returns new_event[]
language sql stable
return array[('user:' || me.user_id, 'user.updated', '{"fields": ["addresses"]}', false)::new_event];

create or replace function address_patch(p_session uuid, p_id uuid, p_changes jsonb) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	old address := address_own(me, p_id);
	new address := jsonb_populate_record(old, p_changes - 'address_id' - 'user_id' - 'is_default' - 'created_at');
begin
	new.is_default := coalesce((p_changes ->> 'default')::boolean, old.is_default);
	if old.is_default and not new.is_default then
		perform fail_field('default_needed', '/default', 'Make another address the default instead.');
	end if;
	if new.is_default and not old.is_default then
		update address set is_default = false where user_id = me.user_id and is_default;
	end if;
	update address
	   set label = new.label, line1 = new.line1, line2 = new.line2, city = new.city, postal_code = new.postal_code,
	       lat = new.lat, lng = new.lng, is_default = new.is_default
	 where address_id = p_id;
	return reply_commit(200, address_json(new)::text, address_events(me));
end
$$;

create or replace function address_delete(p_session uuid, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	old address := address_own(me, p_id);
begin
	delete from address where address_id = p_id;
	if old.is_default then
		update address set is_default = true
		 where address_id = (select address_id from address where user_id = me.user_id order by address_id desc limit 1);
	end if;
	return reply_commit(204, null, address_events(me));
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
