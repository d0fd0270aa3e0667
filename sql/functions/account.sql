-- Accounts: who asks, and how a person is shown. What he may do about it is in account_*.sql beside this.
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
	  from (select user_id as id, email, email_confirmed_at is not null as email_confirmed, name, phone, role,
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

-- Does an order of his still move, or one that he brings?
create or replace function orders_are_open(p_user_id uuid) returns boolean
language sql stable
begin atomic
	select exists (select from orders where user_id = p_user_id and status not in ('delivered', 'cancelled'))
	    or exists (select from orders where driver_id = p_user_id and status not in ('delivered', 'cancelled'));
end;

-- His other devices are told what of him changed, never to what.
create or replace function user_updated(p_user_id uuid, fields text[]) returns new_event[]
language sql immutable
return case when fields <> '{}' then array[
	('user:' || p_user_id, 'user.updated', jsonb_build_object('fields', fields), false)::new_event] end;
