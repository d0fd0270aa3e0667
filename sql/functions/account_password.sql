-- Passwords: SQL knows their hashes alone, and never compares more than hashes.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

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

-- Whose password a signed-in person has to show again.
create or replace function password_hash_of(p_session uuid) returns table (password_hash text)
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	return query select users.password_hash from users where users.user_id = me.user_id;
end
$$;

-- Who asks, locked, if his password is still the one that was checked. None was (null): only who signed in just now has
-- shown it.
create or replace function actor_with_password(p_session uuid, p_hash text) returns actor
language plpgsql volatile as $$
declare
	me actor := actor(p_session);
	present text;
begin
	select password_hash into present from users where user_id = me.user_id for update;
	if present <> p_hash then
		perform fail(403, 'wrong_password', 'This is not your password.');
	elsif p_hash is null and not exists (select from session where session_id = p_session and created_at > now() - interval '10 minutes') then
		perform fail(403, 'password_needed', 'You signed in a while ago. Show your password once more.');
	end if;
	return actor(p_session);
end
$$;

-- His other sessions end; his mailbox is told.
create or replace function password_change(p_session uuid, p_old_hash text, p_new_hash text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor_with_password(p_session, p_old_hash);
begin
	update users set password_hash = p_new_hash, updated_at = now() where user_id = me.user_id;
	perform email_queue(me.user_id, 'password_changed', uuid_v7());
	return reply_commit(204, null, user_updated(me.user_id, '{password}'), hints => sessions_end(me.user_id, p_but => p_session));
end
$$;
