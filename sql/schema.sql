--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: account; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA account;

ALTER SCHEMA account OWNER TO foodfast_owner;

--
-- Name: api; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA api;

ALTER SCHEMA api OWNER TO foodfast_owner;

--
-- Name: catalogue; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA catalogue;

ALTER SCHEMA catalogue OWNER TO foodfast_owner;

--
-- Name: log; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA log;

ALTER SCHEMA log OWNER TO foodfast_owner;

--
-- Name: ordering; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA ordering;

ALTER SCHEMA ordering OWNER TO foodfast_owner;

--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

--
-- Name: role; Type: TYPE; Schema: account; Owner: foodfast_owner
--

CREATE TYPE account.role AS ENUM (
    'customer',
    'restaurant',
    'driver',
    'agent',
    'admin'
);

ALTER TYPE account.role OWNER TO foodfast_owner;

--
-- Name: actor; Type: TYPE; Schema: account; Owner: foodfast_owner
--

CREATE TYPE account.actor AS (
	user_id uuid,
	session_id uuid,
	role account.role,
	name text
);

ALTER TYPE account.actor OWNER TO foodfast_owner;

--
-- Name: email_address; Type: DOMAIN; Schema: account; Owner: foodfast_owner
--

CREATE DOMAIN account.email_address AS text
	CONSTRAINT email_address_check CHECK (((length(VALUE) <= 254) AND (VALUE = lower(VALUE)) AND (VALUE ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+\.[^@[:space:][:cntrl:].]+$'::text)));

ALTER DOMAIN account.email_address OWNER TO foodfast_owner;

--
-- Name: session_grant; Type: TYPE; Schema: account; Owner: foodfast_owner
--

CREATE TYPE account.session_grant AS (
	status integer,
	body text,
	session_id uuid,
	user_id uuid,
	role text,
	expires_at text,
	hints text
);

ALTER TYPE account.session_grant OWNER TO foodfast_owner;

--
-- Name: currency_code; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.currency_code AS text
	CONSTRAINT currency_code_check CHECK ((VALUE ~ '^[A-Z]{3}$'::text));

ALTER DOMAIN api.currency_code OWNER TO foodfast_owner;

--
-- Name: label; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.label AS text
	CONSTRAINT label_check CHECK (((length(VALUE) <= 200) AND (VALUE ~ '\S'::text) AND (VALUE !~ '[[:cntrl:]]'::text)));

ALTER DOMAIN api.label OWNER TO foodfast_owner;

--
-- Name: latitude; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.latitude AS double precision
	CONSTRAINT latitude_check CHECK (((VALUE >= ('-90'::integer)::double precision) AND (VALUE <= (90)::double precision)));

ALTER DOMAIN api.latitude OWNER TO foodfast_owner;

--
-- Name: longitude; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.longitude AS double precision
	CONSTRAINT longitude_check CHECK (((VALUE >= ('-180'::integer)::double precision) AND (VALUE <= (180)::double precision)));

ALTER DOMAIN api.longitude OWNER TO foodfast_owner;

--
-- Name: money_minor; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.money_minor AS bigint
	CONSTRAINT money_minor_check CHECK (((VALUE >= 0) AND (VALUE <= 100000000)));

ALTER DOMAIN api.money_minor OWNER TO foodfast_owner;

--
-- Name: page_key; Type: TYPE; Schema: api; Owner: foodfast_owner
--

CREATE TYPE api.page_key AS (
	id uuid,
	seq bigint,
	name text,
	number double precision
);

ALTER TYPE api.page_key OWNER TO foodfast_owner;

--
-- Name: phone_number; Type: DOMAIN; Schema: api; Owner: foodfast_owner
--

CREATE DOMAIN api.phone_number AS text
	CONSTRAINT phone_number_check CHECK ((VALUE ~ '^\+[1-9][0-9]{6,14}$'::text));

ALTER DOMAIN api.phone_number OWNER TO foodfast_owner;

--
-- Name: reply; Type: TYPE; Schema: api; Owner: foodfast_owner
--

CREATE TYPE api.reply AS (
	status integer,
	body text,
	etag text,
	cursor text,
	location text,
	hints text
);

ALTER TYPE api.reply OWNER TO foodfast_owner;

--
-- Name: staff_role; Type: TYPE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TYPE catalogue.staff_role AS ENUM (
    'owner',
    'manager',
    'staff'
);

ALTER TYPE catalogue.staff_role OWNER TO foodfast_owner;

--
-- Name: channel_name; Type: DOMAIN; Schema: log; Owner: foodfast_owner
--

CREATE DOMAIN log.channel_name AS text COLLATE pg_catalog."C"
	CONSTRAINT channel_name_check CHECK (((length(VALUE) <= 100) AND (VALUE ~ '^[a-z]+(:[a-z0-9-]+)*$'::text)));

ALTER DOMAIN log.channel_name OWNER TO foodfast_owner;

--
-- Name: event_data; Type: DOMAIN; Schema: log; Owner: foodfast_owner
--

CREATE DOMAIN log.event_data AS jsonb
	CONSTRAINT event_data_check CHECK ((jsonb_typeof(VALUE) = 'object'::text));

ALTER DOMAIN log.event_data OWNER TO foodfast_owner;

--
-- Name: event_type; Type: DOMAIN; Schema: log; Owner: foodfast_owner
--

CREATE DOMAIN log.event_type AS text COLLATE pg_catalog."C"
	CONSTRAINT event_type_check CHECK (((length(VALUE) <= 50) AND (VALUE ~ '^[a-z]+(\.[a-z_]+)*$'::text)));

ALTER DOMAIN log.event_type OWNER TO foodfast_owner;

--
-- Name: new_event; Type: TYPE; Schema: log; Owner: foodfast_owner
--

CREATE TYPE log.new_event AS (
	channel text,
	type text,
	data jsonb,
	final boolean
);

ALTER TYPE log.new_event OWNER TO foodfast_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: order_item; Type: TABLE; Schema: ordering; Owner: foodfast_owner
--

CREATE TABLE ordering.order_item (
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    menu_item_id uuid NOT NULL,
    name api.label NOT NULL,
    quantity smallint NOT NULL,
    unit_price api.money_minor NOT NULL,
    note text,
    CONSTRAINT order_item_line_check CHECK (((line >= 1) AND (line <= 50))),
    CONSTRAINT order_item_note_check CHECK (((length(note) >= 1) AND (length(note) <= 500))),
    CONSTRAINT order_item_quantity_check CHECK (((quantity >= 1) AND (quantity <= 99)))
);

ALTER TABLE ordering.order_item OWNER TO foodfast_owner;

--
-- Name: basket; Type: TYPE; Schema: ordering; Owner: foodfast_owner
--

CREATE TYPE ordering.basket AS (
	lines ordering.order_item[],
	subtotal bigint,
	hash text
);

ALTER TYPE ordering.basket OWNER TO foodfast_owner;

--
-- Name: order_status; Type: TYPE; Schema: ordering; Owner: foodfast_owner
--

CREATE TYPE ordering.order_status AS ENUM (
    'awaiting_payment',
    'placed',
    'confirmed',
    'preparing',
    'ready',
    'picked_up',
    'delivered',
    'cancelled'
);

ALTER TYPE ordering.order_status OWNER TO foodfast_owner;

--
-- Name: payment_method; Type: TYPE; Schema: ordering; Owner: foodfast_owner
--

CREATE TYPE ordering.payment_method AS ENUM (
    'cash',
    'card'
);

ALTER TYPE ordering.payment_method OWNER TO foodfast_owner;

--
-- Name: payment_status; Type: TYPE; Schema: ordering; Owner: foodfast_owner
--

CREATE TYPE ordering.payment_status AS ENUM (
    'due',
    'pending',
    'requires_action',
    'authorized',
    'captured',
    'voided',
    'partially_refunded',
    'refunded',
    'failed',
    'collected'
);

ALTER TYPE ordering.payment_status OWNER TO foodfast_owner;

--
-- Name: account_credentials(text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.account_credentials(p_email text) RETURNS TABLE(user_id uuid, password_hash text, is_suspended boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return query
	select users.user_id, users.password_hash, users.is_suspended
	  from users
	 where users.email = lower(btrim(p_email));
end
$$;

ALTER FUNCTION account.account_credentials(p_email text) OWNER TO foodfast_owner;

--
-- Name: account_register(text, text, text, text, text, text, text, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea) RETURNS account.session_grant
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea) OWNER TO foodfast_owner;

--
-- Name: actor(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.actor(p_session uuid) RETURNS account.actor
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION account.actor(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: actor_json(account.actor); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.actor_json(me account.actor) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('id', (me).user_id, 'role', (me).role, 'name', (me).name);

ALTER FUNCTION account.actor_json(me account.actor) OWNER TO foodfast_owner;

--
-- Name: address_create(uuid, jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_create(p_session uuid, p_address jsonb) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.address_create(p_session uuid, p_address jsonb) OWNER TO foodfast_owner;

--
-- Name: address_delete(uuid, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_delete(p_session uuid, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.address_delete(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: address_events(account.actor); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_events(me account.actor) RETURNS log.new_event[]
    LANGUAGE sql STABLE
    RETURN ARRAY[ROW(('user:'::text || (me).user_id), 'user.updated'::text, '{"fields": ["addresses"]}'::jsonb, false)::log.new_event];

ALTER FUNCTION account.address_events(me account.actor) OWNER TO foodfast_owner;

--
-- Name: address; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.address (
    address_id uuid NOT NULL,
    user_id uuid NOT NULL,
    label api.label NOT NULL,
    line1 api.label NOT NULL,
    line2 api.label,
    city api.label NOT NULL,
    postal_code api.label,
    lat api.latitude NOT NULL,
    lng api.longitude NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT address_city_check CHECK ((length((city)::text) <= 100)),
    CONSTRAINT address_label_check CHECK ((length((label)::text) <= 50)),
    CONSTRAINT address_postal_code_check CHECK ((length((postal_code)::text) <= 20))
);

ALTER TABLE account.address OWNER TO foodfast_owner;

--
-- Name: address_json(account.address); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_json(a account.address) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_strip_nulls(json_build_object('id', (a).address_id, 'label', (a).label, 'line1', (a).line1, 'line2', (a).line2, 'city', (a).city, 'postal_code', (a).postal_code, 'lat', (a).lat, 'lng', (a).lng, 'default', (a).is_default));

ALTER FUNCTION account.address_json(a account.address) OWNER TO foodfast_owner;

--
-- Name: address_list(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_list(p_session uuid) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.address_list(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: address_lock(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_lock(p_session uuid) RETURNS account.actor
    LANGUAGE plpgsql
    AS $$
declare
	me actor := actor(p_session);
begin
	perform from users where user_id = me.user_id for no key update;
	return me;
end
$$;

ALTER FUNCTION account.address_lock(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: address_own(account.actor, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_own(me account.actor, p_id uuid) RETURNS account.address
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION account.address_own(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: address_patch(uuid, uuid, jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb) OWNER TO foodfast_owner;

--
-- Name: attempt_count(text, integer, boolean); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) RETURNS TABLE(count integer, resets_in_s integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) OWNER TO foodfast_owner;

--
-- Name: grant_of(integer, uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.grant_of(p_status integer, p_session uuid, p_body text) RETURNS account.session_grant
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION account.grant_of(p_status integer, p_session uuid, p_body text) OWNER TO foodfast_owner;

--
-- Name: grant_refused(text, text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.grant_refused(code text, detail text, hints text DEFAULT NULL::text) RETURNS account.session_grant
    LANGUAGE sql IMMUTABLE
    RETURN ROW(401, (json_build_object('type', ('/problems/'::text || code), 'title', 'Unauthorized', 'status', 401, 'detail', detail, 'code', code))::text, NULL::uuid, NULL::uuid, NULL::text, NULL::text, hints)::account.session_grant;

ALTER FUNCTION account.grant_refused(code text, detail text, hints text) OWNER TO foodfast_owner;

--
-- Name: idempotency_grant(text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.idempotency_grant(p_scope text, p_key text) RETURNS account.session_grant
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	stored idempotent_answer;
begin
	select * into stored from idempotent_answer where scope = p_scope and key = p_key;
	return grant_of(stored.status, stored.session_id, stored.body);
end
$$;

ALTER FUNCTION account.idempotency_grant(p_scope text, p_key text) OWNER TO foodfast_owner;

--
-- Name: me_get(uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.me_get(p_session uuid, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	return reply_read(user_json(me.user_id), stream_cursor(array['user:' || me.user_id]), p_if_none_match);
end
$$;

ALTER FUNCTION account.me_get(p_session uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: me_patch(uuid, jsonb, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.me_patch(p_session uuid, p_changes jsonb, p_if_match text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.me_patch(p_session uuid, p_changes jsonb, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: memberships_json(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.memberships_json(p_user_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce('[' || string_agg(to_json(shown)::text, ',' order by shown.restaurant ->> 'name') || ']', '[]')
	          from (select json_strip_nulls(json_build_object('id', restaurant_id, 'name', name)) as restaurant, membership.role
	                  from membership
	                  join restaurant using (restaurant_id)
	                 where user_id = p_user_id) as shown);
end
$$;

ALTER FUNCTION account.memberships_json(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: users; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.users (
    user_id uuid NOT NULL,
    role account.role NOT NULL,
    email account.email_address NOT NULL,
    name api.label NOT NULL,
    phone api.phone_number,
    password_hash text NOT NULL,
    is_suspended boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_name_check CHECK ((length((name)::text) <= 100)),
    CONSTRAINT users_password_hash_check CHECK ((password_hash ~~ '$argon2id$%'::text))
);

ALTER TABLE account.users OWNER TO foodfast_owner;

--
-- Name: password_upgrade(uuid, text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    BEGIN ATOMIC
 UPDATE account.users SET password_hash = password_upgrade.p_new_hash
   WHERE ((users.user_id = password_upgrade.p_user_id) AND (users.password_hash = password_upgrade.p_old_hash));
END;

ALTER FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) OWNER TO foodfast_owner;

--
-- Name: refresh_token; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.refresh_token (
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    successor bytea,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT refresh_token_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT refresh_token_successor_check CHECK ((length(successor) = 32)),
    CONSTRAINT used_has_successor CHECK (((used_at IS NULL) = (successor IS NULL)))
);

ALTER TABLE account.refresh_token OWNER TO foodfast_owner;

--
-- Name: refresh_is_repeat(account.refresh_token, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.refresh_is_repeat(token account.refresh_token, p_successor_hash bytea) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return token.successor = p_successor_hash
		and token.used_at > now() - interval '10 minutes'
		and exists (select from refresh_token where hash = token.successor and used_at is null);
end
$$;

ALTER FUNCTION account.refresh_is_repeat(token account.refresh_token, p_successor_hash bytea) OWNER TO foodfast_owner;

--
-- Name: refresh_rotate(account.refresh_token, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.refresh_rotate(token account.refresh_token, p_successor_hash bytea) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION account.refresh_rotate(token account.refresh_token, p_successor_hash bytea) OWNER TO foodfast_owner;

--
-- Name: rights_changed(); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.rights_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	insert into revocation (kind, id) values ('user', coalesce(new.user_id, old.user_id)) on conflict do nothing;
	return null;
end
$$;

ALTER FUNCTION account.rights_changed() OWNER TO foodfast_owner;

--
-- Name: session_create(uuid, text, text, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) RETURNS account.session_grant
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	if not exists (select from users where user_id = p_user_id and not is_suspended) then
		perform fail(403, 'account_suspended', 'This account is suspended. Ask our support.');
	end if;
	return session_grant_new(200, p_user_id, p_device, p_ip, p_refresh_hash);
end
$$;

ALTER FUNCTION account.session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) OWNER TO foodfast_owner;

--
-- Name: session_end(uuid, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_end(p_session uuid, p_id uuid DEFAULT NULL::uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.session_end(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: session_end_all(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_end_all(p_session uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	return reply_commit(204, null, null, hints => sessions_end(me.user_id));
end
$$;

ALTER FUNCTION account.session_end_all(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: session_grant_new(integer, uuid, text, text, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_grant_new(p_status integer, p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) RETURNS account.session_grant
    LANGUAGE plpgsql
    AS $$
declare
	opened uuid := session_open(p_user_id, p_device, p_ip, p_refresh_hash);
	body text := user_json(p_user_id);
begin
	perform idempotency_store(p_status, body, null, null, opened);
	return grant_of(p_status, opened, body);
end
$$;

ALTER FUNCTION account.session_grant_new(p_status integer, p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) OWNER TO foodfast_owner;

--
-- Name: iso_time(timestamp with time zone); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.iso_time(moment timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    RETURN to_char((moment AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);

ALTER FUNCTION log.iso_time(moment timestamp with time zone) OWNER TO foodfast_owner;

--
-- Name: session; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.session (
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    device text,
    ip text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '30 days'::interval) NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT session_device_check CHECK ((length(device) <= 200)),
    CONSTRAINT session_ip_check CHECK ((length(ip) <= 64))
);

ALTER TABLE account.session OWNER TO foodfast_owner;

--
-- Name: session_json(account.session, boolean); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_json(s account.session, is_current boolean) RETURNS text
    LANGUAGE sql STABLE
    RETURN (json_build_object('id', (s).session_id, 'device', (s).device, 'ip', (s).ip, 'created_at', log.iso_time((s).created_at), 'last_used_at', log.iso_time((s).last_used_at), 'current', is_current))::text;

ALTER FUNCTION account.session_json(s account.session, is_current boolean) OWNER TO foodfast_owner;

--
-- Name: session_list(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_list(p_session uuid) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.session_list(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: session_open(uuid, text, text, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_open(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
declare
	opened uuid := uuid_v7();
begin
	insert into session (session_id, user_id, device, ip) values (opened, p_user_id, left(p_device, 200), p_ip);
	insert into refresh_token (hash, session_id) values (p_refresh_hash, opened);
	return opened;
end
$$;

ALTER FUNCTION account.session_open(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) OWNER TO foodfast_owner;

--
-- Name: session_reader(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_reader(p_session uuid) RETURNS TABLE(me account.actor, expires_at timestamp with time zone)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT ROW(users.user_id, session.session_id, users.role, (users.name)::text)::account.actor AS "row",
     session.expires_at
    FROM (account.session
      JOIN account.users USING (user_id))
   WHERE ((session.session_id = session_reader.p_session) AND (session.ended_at IS NULL) AND (session.expires_at > now()) AND (NOT users.is_suspended));
END;

ALTER FUNCTION account.session_reader(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: session_refresh(bytea, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_refresh(p_refresh_hash bytea, p_successor_hash bytea) RETURNS account.session_grant
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION account.session_refresh(p_refresh_hash bytea, p_successor_hash bytea) OWNER TO foodfast_owner;

--
-- Name: session_reissue(uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_reissue(p_session uuid, p_refresh_hash bytea) RETURNS account.session_grant
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	insert into refresh_token (hash, session_id) values (p_refresh_hash, p_session);
	return grant_of(200, p_session, user_json(me.user_id));
end
$$;

ALTER FUNCTION account.session_reissue(p_session uuid, p_refresh_hash bytea) OWNER TO foodfast_owner;

--
-- Name: sessions_end(uuid, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.sessions_end(p_user_id uuid, p_only uuid DEFAULT NULL::uuid) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION account.sessions_end(p_user_id uuid, p_only uuid) OWNER TO foodfast_owner;

--
-- Name: ticket_create(uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.ticket_create(p_session uuid, p_hash bytea) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	insert into ticket (hash, session_id) values (p_hash, me.session_id);
	return reply_commit(201, null, null);
end
$$;

ALTER FUNCTION account.ticket_create(p_session uuid, p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: ticket_redeem(bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.ticket_redeem(p_hash bytea) RETURNS TABLE(session_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return query
	delete from ticket
	 where ticket.hash = p_hash and ticket.expires_at > now()
	returning ticket.session_id;
end
$$;

ALTER FUNCTION account.ticket_redeem(p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: user_change(uuid, jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_change(p_user_id uuid, p_changes jsonb) RETURNS text[]
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION account.user_change(p_user_id uuid, p_changes jsonb) OWNER TO foodfast_owner;

--
-- Name: user_json(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_json(p_user_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
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

ALTER FUNCTION account.user_json(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: etag_matches(text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.etag_matches(header text, etag text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ((header IS NOT NULL) AND ((btrim(header) = '*'::text) OR (etag = ANY (regexp_split_to_array(regexp_replace(header, '(W/)?"|\s'::text, ''::text, 'g'::text), ','::text)))));

ALTER FUNCTION api.etag_matches(header text, etag text) OWNER TO foodfast_owner;

--
-- Name: fail(integer, text, text, jsonb); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.fail(status integer, code text, detail text, members jsonb DEFAULT NULL::jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	raise exception using
		errcode = 'FF' || status, message = detail, constraint = code, detail = coalesce(members::text, '');
end
$$;

ALTER FUNCTION api.fail(status integer, code text, detail text, members jsonb) OWNER TO foodfast_owner;

--
-- Name: fail_field(text, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.fail_field(code text, pointer text, detail text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	perform fail(422, code, detail, jsonb_build_object('errors',
		jsonb_build_array(jsonb_build_object('pointer', pointer, 'detail', detail))));
end
$$;

ALTER FUNCTION api.fail_field(code text, pointer text, detail text) OWNER TO foodfast_owner;

--
-- Name: idempotency_answer(uuid, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'api', 'log', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) OWNER TO foodfast_owner;

--
-- Name: idempotency_claim(text, text, bytea); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'api', 'log', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) OWNER TO foodfast_owner;

--
-- Name: idempotency_store(integer, text, text, text, uuid); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.idempotency_store(status integer, body text, etag text, location text, session_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION api.idempotency_store(status integer, body text, etag text, location text, session_id uuid) OWNER TO foodfast_owner;

--
-- Name: json_with(text, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.json_with(object text, name text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (value IS NULL) THEN object ELSE ((((("left"(object, '-1'::integer) || ',"'::text) || name) || '":'::text) || value) || '}'::text) END;

ALTER FUNCTION api.json_with(object text, name text, value text) OWNER TO foodfast_owner;

--
-- Name: maintenance_run(); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.maintenance_run() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'api', 'log', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	answers int;
	tickets int;
	sessions int;
	revocations int;
begin
	perform log_partitions_ensure();
	delete from idempotent_answer where expires_at <= now();
	get diagnostics answers = row_count;
	delete from ticket where expires_at <= now();
	get diagnostics tickets = row_count;
	delete from attempt where resets_at <= now();
	delete from session where expires_at < now() - interval '7 days' or ended_at < now() - interval '7 days';
	get diagnostics sessions = row_count;
	delete from revocation where at < now() - interval '1 hour';
	get diagnostics revocations = row_count;
	return format('idempotent_answers=%s tickets=%s sessions=%s revocations=%s', answers, tickets, sessions, revocations);
end
$$;

ALTER FUNCTION api.maintenance_run() OWNER TO foodfast_owner;

--
-- Name: page_encode(jsonb); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.page_encode(keys jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN translate(encode(convert_to((keys)::text, 'UTF8'::name), 'base64'::text), '+/=
'::text, '-_'::text);

ALTER FUNCTION api.page_encode(keys jsonb) OWNER TO foodfast_owner;

--
-- Name: page_body(text[], jsonb[], integer); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.page_body(items text[], keys jsonb[], size integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN (((('{"items":['::text || COALESCE(array_to_string((items)[1:size], ','::text), ''::text)) || '],"next":'::text) || CASE WHEN (cardinality(items) > size) THEN (('"'::text || api.page_encode((keys)[size])) || '"'::text) ELSE 'null'::text END) || '}'::text);

ALTER FUNCTION api.page_body(items text[], keys jsonb[], size integer) OWNER TO foodfast_owner;

--
-- Name: page_decode(text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.page_decode(page text) RETURNS api.page_key
    LANGUAGE plpgsql IMMUTABLE
    AS $$
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

ALTER FUNCTION api.page_decode(page text) OWNER TO foodfast_owner;

--
-- Name: page_size(integer); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.page_size(wanted integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN LEAST(GREATEST(COALESCE(wanted, 20), 1), 100);

ALTER FUNCTION api.page_size(wanted integer) OWNER TO foodfast_owner;

--
-- Name: reply_commit(integer, text, log.new_event[], text, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.reply_commit(status integer, body text, events log.new_event[], etag text DEFAULT NULL::text, location text DEFAULT NULL::text, hints text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION api.reply_commit(status integer, body text, events log.new_event[], etag text, location text, hints text) OWNER TO foodfast_owner;

--
-- Name: reply_read(text, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.reply_read(body text, cursor text, if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE
    AS $$
declare
	etag text := md5(body);
begin
	if etag_matches(if_none_match, etag) then
		return row(304, null, etag, cursor, null, null)::reply;
	end if;
	return row(200, body, etag, cursor, null, null)::reply;
end
$$;

ALTER FUNCTION api.reply_read(body text, cursor text, if_none_match text) OWNER TO foodfast_owner;

--
-- Name: require_match(text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.require_match(if_match text, etag text) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if if_match is not null and not etag_matches(if_match, etag) then
		perform fail(412, 'precondition_failed', 'It was changed in the meantime. Load it again.');
	end if;
end
$$;

ALTER FUNCTION api.require_match(if_match text, etag text) OWNER TO foodfast_owner;

--
-- Name: city_list(text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.city_list(p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	items text[];
begin
	select array_agg(to_json(shown)::text order by shown.name) into items
	  from (select city_id as id, name, lat, lng from city) as shown;
	return reply_read(page_body(items, null, cardinality(items)), null, p_if_none_match);
end
$$;

ALTER FUNCTION catalogue.city_list(p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: distance_m(double precision, double precision, double precision, double precision); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.distance_m(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT
    RETURN ((((2)::numeric * 6371008.8))::double precision * asin(LEAST((1)::double precision, sqrt((power(sind(((lat2 - lat1) / (2)::double precision)), (2)::double precision) + ((cosd(lat1) * cosd(lat2)) * power(sind(((lng2 - lng1) / (2)::double precision)), (2)::double precision)))))));

ALTER FUNCTION catalogue.distance_m(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision) OWNER TO foodfast_owner;

--
-- Name: hours_json(uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.hours_json(p_restaurant_id uuid) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce(json_agg(to_json(shift) order by shift.day, shift.opens), '[]')
	          from (select day, to_char(opens, 'HH24:MI') as opens, to_char(closes, 'HH24:MI') as closes
	                  from opening_hours
	                 where restaurant_id = p_restaurant_id) as shift);
end
$$;

ALTER FUNCTION catalogue.hours_json(p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: is_open_at(uuid, text, timestamp with time zone); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.is_open_at(p_restaurant_id uuid, timezone text, moment timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
declare
	wall timestamp := moment at time zone timezone;
	today int := extract(dow from wall);
	clock time := wall;
begin
	return exists (
		select from opening_hours
		 where restaurant_id = p_restaurant_id
		   and (day = today and opens <= clock and (closes > clock or closes <= opens)
		        or day = (today + 6) % 7 and closes <= opens and clock < closes));
end
$$;

ALTER FUNCTION catalogue.is_open_at(p_restaurant_id uuid, timezone text, moment timestamp with time zone) OWNER TO foodfast_owner;

--
-- Name: is_staff(account.actor, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.is_staff(me account.actor, p_restaurant_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return me.role = 'restaurant'
		and exists (select from membership where user_id = me.user_id and restaurant_id = p_restaurant_id);
end
$$;

ALTER FUNCTION catalogue.is_staff(me account.actor, p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: menu_changed(); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	perform menu_document_write(restaurant_id)
	   from (select distinct restaurant_id from changed order by restaurant_id) as touched;
	return null;
end
$$;

ALTER FUNCTION catalogue.menu_changed() OWNER TO foodfast_owner;

--
-- Name: menu_document_write(uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_document_write(p_restaurant_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	menu text;
begin
	insert into menu_document (restaurant_id, body, etag, search) values (p_restaurant_id, '', '', '')
	on conflict (restaurant_id) do nothing;
	perform from menu_document where restaurant_id = p_restaurant_id for update;
	menu := menu_json(p_restaurant_id);
	update menu_document
	   set body = menu, etag = md5(menu), search = search_text(p_restaurant_id)
	 where restaurant_id = p_restaurant_id;
end
$$;

ALTER FUNCTION catalogue.menu_document_write(p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: menu_item_create(uuid, uuid, jsonb); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	home restaurant := restaurant_for_change(me, p_restaurant_id);
	made menu_item;
	body text;
begin
	perform require_section(home.restaurant_id, (p_item ->> 'section_id')::uuid);
	insert into menu_item (menu_item_id, restaurant_id, section_id, name, description, price, is_available, position)
	select uuid_v7(), home.restaurant_id, new.section_id, btrim(new.name), coalesce(new.description, ''), new.price,
	       coalesce((p_item ->> 'available')::boolean, true),
	       (select coalesce(max(position), 0) + 1 from menu_item where restaurant_id = home.restaurant_id)
	  from jsonb_populate_record(null::menu_item, p_item) as new
	returning * into made;
	body := menu_item_json(made)::text;
	return reply_commit(201, body, null, etag => md5(body));
end
$$;

ALTER FUNCTION catalogue.menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb) OWNER TO foodfast_owner;

--
-- Name: menu_item_delete(uuid, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_item_delete(p_session uuid, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	old menu_item := menu_item_for_change(me, p_id);
begin
	update menu_item set deleted_at = now(), updated_at = now() where menu_item_id = old.menu_item_id;
	return reply_commit(204, null, null);
end
$$;

ALTER FUNCTION catalogue.menu_item_delete(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: menu_item; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.menu_item (
    menu_item_id uuid NOT NULL,
    restaurant_id uuid NOT NULL,
    section_id uuid NOT NULL,
    name api.label NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    price api.money_minor NOT NULL,
    is_available boolean DEFAULT true NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    image jsonb,
    deleted_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT menu_item_description_check CHECK ((length(description) <= 1000)),
    CONSTRAINT menu_item_name_check CHECK ((length((name)::text) <= 100))
);

ALTER TABLE catalogue.menu_item OWNER TO foodfast_owner;

--
-- Name: menu_item_for_change(account.actor, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_item_for_change(me account.actor, p_id uuid) RETURNS catalogue.menu_item
    LANGUAGE plpgsql
    AS $$
declare
	old menu_item;
begin
	select * into old from menu_item where menu_item_id = p_id and deleted_at is null for no key update;
	if not found then
		perform fail(404, 'not_found', 'There is no such item.');
	end if;
	perform require_staff(me, old.restaurant_id);
	return old;
end
$$;

ALTER FUNCTION catalogue.menu_item_for_change(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: menu_item_json(catalogue.menu_item); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_item_json(item catalogue.menu_item) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select to_json(shown)
	          from (select item.menu_item_id as id, item.name, item.description, item.price, item.is_available as available, item.image) as shown);
end
$$;

ALTER FUNCTION catalogue.menu_item_json(item catalogue.menu_item) OWNER TO foodfast_owner;

--
-- Name: menu_item_patch(uuid, uuid, jsonb, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	old menu_item := menu_item_for_change(me, p_id);
	new menu_item := jsonb_populate_record(old, p_changes);
	body text;
begin
	perform require_match(p_if_match, md5(menu_item_json(old)::text));
	perform require_section(old.restaurant_id, new.section_id);
	new.is_available := coalesce((p_changes ->> 'available')::boolean, old.is_available);
	update menu_item
	   set section_id = new.section_id, name = btrim(new.name), description = new.description, price = new.price,
	       is_available = new.is_available, updated_at = now()
	 where menu_item_id = p_id
	returning * into new;
	body := menu_item_json(new)::text;
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

ALTER FUNCTION catalogue.menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: menu_json(uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_json(p_restaurant_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select to_json(shown)::text
	          from (select r.restaurant_id, c.currency,
	                       (select coalesce(json_agg(menu_section_json(s) order by s.position, s.section_id), '[]')
	                          from menu_section as s
	                         where s.restaurant_id = p_restaurant_id) as sections
	                  from restaurant as r
	                  join city as c using (city_id)
	                 where r.restaurant_id = p_restaurant_id) as shown);
end
$$;

ALTER FUNCTION catalogue.menu_json(p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: menu_section; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.menu_section (
    section_id uuid NOT NULL,
    restaurant_id uuid NOT NULL,
    name api.label NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT menu_section_name_check CHECK ((length((name)::text) <= 100))
);

ALTER TABLE catalogue.menu_section OWNER TO foodfast_owner;

--
-- Name: menu_section_json(catalogue.menu_section); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.menu_section_json(s catalogue.menu_section) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select to_json(shown)
	          from (select s.section_id as id, s.name, coalesce(json_agg(menu_item_json(i) order by i.position, i.menu_item_id), '[]') as items
	                  from menu_item as i
	                 where i.restaurant_id = s.restaurant_id and i.section_id = s.section_id and i.deleted_at is null) as shown);
end
$$;

ALTER FUNCTION catalogue.menu_section_json(s catalogue.menu_section) OWNER TO foodfast_owner;

--
-- Name: require_section(uuid, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.require_section(p_restaurant_id uuid, p_section_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if not exists (select from menu_section where restaurant_id = p_restaurant_id and section_id = p_section_id) then
		perform fail_field('invalid_fields', '/section_id', 'The menu of this restaurant has no such section.');
	end if;
end
$$;

ALTER FUNCTION catalogue.require_section(p_restaurant_id uuid, p_section_id uuid) OWNER TO foodfast_owner;

--
-- Name: require_staff(account.actor, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.require_staff(me account.actor, p_restaurant_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if me.role <> 'admin' and not is_staff(me, p_restaurant_id) then
		perform fail(403, 'forbidden', 'Only the staff of this restaurant may do that.');
	end if;
end
$$;

ALTER FUNCTION catalogue.require_staff(me account.actor, p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: restaurant; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.restaurant (
    restaurant_id uuid NOT NULL,
    city_id uuid NOT NULL,
    slug text NOT NULL,
    name api.label NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    cuisines text[] DEFAULT '{}'::text[] NOT NULL,
    phone api.phone_number NOT NULL,
    address api.label NOT NULL,
    lat api.latitude NOT NULL,
    lng api.longitude NOT NULL,
    rating numeric(2,1),
    logo jsonb,
    accepting_orders boolean DEFAULT true NOT NULL,
    min_order api.money_minor DEFAULT 0 NOT NULL,
    delivery_fee api.money_minor DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT restaurant_cuisines_check CHECK ((cardinality(cuisines) <= 10)),
    CONSTRAINT restaurant_description_check CHECK ((length(description) <= 2000)),
    CONSTRAINT restaurant_name_check CHECK ((length((name)::text) <= 100)),
    CONSTRAINT restaurant_rating_check CHECK (((rating >= (1)::numeric) AND (rating <= (5)::numeric))),
    CONSTRAINT restaurant_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(slug) <= 100)))
);

ALTER TABLE catalogue.restaurant OWNER TO foodfast_owner;

--
-- Name: restaurant_for_change(account.actor, uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_for_change(me account.actor, p_id uuid) RETURNS catalogue.restaurant
    LANGUAGE plpgsql
    AS $$
declare
	old restaurant;
begin
	select * into old from restaurant where restaurant_id = p_id for no key update;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	end if;
	perform require_staff(me, p_id);
	return old;
end
$$;

ALTER FUNCTION catalogue.restaurant_for_change(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: restaurant_get(uuid, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_get(p_id uuid, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return reply_read(restaurant_json_whole(p_id), null, p_if_none_match);
end
$$;

ALTER FUNCTION catalogue.restaurant_get(p_id uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: restaurant_hours_put(uuid, uuid, jsonb); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	old restaurant := restaurant_for_change(me, p_id);
	overlap bigint := shift_overlapping(p_hours);
	body text;
begin
	if overlap is not null then
		perform fail_field('invalid_fields', '/hours/' || overlap, 'This shift overlaps another one.');
	end if;
	delete from opening_hours where restaurant_id = old.restaurant_id;
	insert into opening_hours (restaurant_id, day, opens, closes)
	select old.restaurant_id, day, opens, closes
	  from jsonb_to_recordset(p_hours) as shift(day smallint, opens time, closes time);
	body := restaurant_json_whole(p_id);
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

ALTER FUNCTION catalogue.restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb) OWNER TO foodfast_owner;

--
-- Name: city; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.city (
    city_id uuid NOT NULL,
    name api.label NOT NULL,
    currency api.currency_code NOT NULL,
    timezone text NOT NULL,
    lat api.latitude NOT NULL,
    lng api.longitude NOT NULL
);

ALTER TABLE catalogue.city OWNER TO foodfast_owner;

--
-- Name: restaurant_json(catalogue.restaurant, catalogue.city, double precision); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_json(r catalogue.restaurant, c catalogue.city, distance double precision) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return json_strip_nulls(json_build_object(
		'id', r.restaurant_id, 'name', r.name, 'slug', r.slug, 'city', c.name, 'cuisines', r.cuisines,
		'lat', r.lat, 'lng', r.lng, 'distance_m', round(distance), 'rating', r.rating,
		'open', is_open_at(r.restaurant_id, c.timezone, now()), 'accepting_orders', r.accepting_orders,
		'logo', r.logo))::text;
end
$$;

ALTER FUNCTION catalogue.restaurant_json(r catalogue.restaurant, c catalogue.city, distance double precision) OWNER TO foodfast_owner;

--
-- Name: restaurant_json_whole(uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_json_whole(p_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	r restaurant;
	c city;
begin
	select * into r from restaurant where restaurant_id = p_id;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	end if;
	select * into c from city where city_id = r.city_id;
	return left(restaurant_json(r, c, null), -1) || ',' || (
		select substr(to_json(more)::text, 2)
		  from (select r.description, r.phone, r.address, hours_json(r.restaurant_id) as hours, c.timezone, c.currency,
		               r.min_order, r.delivery_fee) as more);
end
$$;

ALTER FUNCTION catalogue.restaurant_json_whole(p_id uuid) OWNER TO foodfast_owner;

--
-- Name: restaurant_list(text, double precision, double precision, integer, text, text, boolean, text, integer, text, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_list(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text, p_limit integer, p_page text, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    SET plan_cache_mode TO 'auto'
    AS $$
declare
	after page_key := page_decode(p_page);
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	p_sort := coalesce(p_sort, case when p_lat is null or p_lng is null then 'name' else 'distance' end);
	select array_agg(restaurant_json(r, c, shown.distance) order by shown.rank, shown.name, shown.restaurant_id),
	       array_agg(jsonb_build_object('number', shown.rank, 'name', shown.name, 'id', shown.restaurant_id)
	                 order by shown.rank, shown.name, shown.restaurant_id)
	  into items, keys
	  from (select *
	          from restaurant_search(p_q, p_lat, p_lng, p_radius_m, p_city, p_cuisine, p_open_now, p_sort) as found
	         where p_page is null or (found.rank, found.name, found.restaurant_id) > (after.number, after.name, after.id)
	         order by found.rank, found.name, found.restaurant_id
	         limit size + 1) as shown
	  join restaurant as r on r.restaurant_id = shown.restaurant_id
	  join city as c on c.city_id = r.city_id;
	return reply_read(page_body(items, keys, size), null, p_if_none_match);
end
$$;

ALTER FUNCTION catalogue.restaurant_list(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text, p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: restaurant_menu(uuid, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_menu(p_id uuid, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	menu menu_document;
begin
	select * into menu from menu_document where restaurant_id = p_id;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	elsif etag_matches(p_if_none_match, menu.etag) then
		return row(304, null, menu.etag, null, null, null)::reply;
	end if;
	return row(200, menu.body, menu.etag, null, null, null)::reply;
end
$$;

ALTER FUNCTION catalogue.restaurant_menu(p_id uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: restaurant_patch(uuid, uuid, jsonb, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	old restaurant := restaurant_for_change(me, p_id);
	new restaurant := jsonb_populate_record(old, p_changes);
	body text;
begin
	perform require_match(p_if_match, md5(restaurant_json_whole(p_id)));
	update restaurant
	   set name = btrim(new.name), description = new.description, phone = new.phone, address = btrim(new.address),
	       cuisines = array(select cuisine from unnest(new.cuisines) with ordinality as given(cuisine, n) group by 1 order by min(n)),
	       min_order = new.min_order, delivery_fee = new.delivery_fee, accepting_orders = new.accepting_orders, updated_at = now()
	 where restaurant_id = p_id;
	body := restaurant_json_whole(p_id);
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

ALTER FUNCTION catalogue.restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: restaurant_search(text, double precision, double precision, integer, text, text, boolean, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.restaurant_search(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text) RETURNS TABLE(restaurant_id uuid, name text, distance double precision, rank double precision)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	with matching as (
		select r.restaurant_id, r.name::text as name, r.rating, distance_m(p_lat, p_lng, r.lat, r.lng) as distance
		  from restaurant as r
		  join city as c using (city_id)
		  join menu_document as d on d.restaurant_id = r.restaurant_id
		 where (p_q is null or search_matches(d.search, p_q))
		   and (p_city is null or c.city_id::text = lower(p_city) or lower(c.name) = lower(p_city))
		   and (p_cuisine is null or lower(p_cuisine) = any (lower(r.cuisines::text)::text[]))
		   and (p_open_now is not true
		        or r.accepting_orders and is_open_at(r.restaurant_id, c.timezone, now()))
	)
	select m.restaurant_id, m.name, m.distance,
	       case p_sort when 'distance' then m.distance when 'rating' then -coalesce(m.rating, 0)::float8 else 0 end
	  from matching as m
	 where p_radius_m is null or m.distance <= p_radius_m;
end
$$;

ALTER FUNCTION catalogue.restaurant_search(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text) OWNER TO foodfast_owner;

--
-- Name: search_matches(text, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.search_matches(search text, q text) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN ((search ~~ (('%'::text || replace(replace(replace(lower(q), '\'::text, '\\'::text), '%'::text, '\%'::text), '_'::text, '\_'::text)) || '%'::text)) OR (lower(q) OPERATOR(public.<%) search));

ALTER FUNCTION catalogue.search_matches(search text, q text) OWNER TO foodfast_owner;

--
-- Name: search_text(uuid); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.search_text(p_restaurant_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select lower(concat_ws(' · ', r.name, array_to_string(r.cuisines, ' · '), string_agg(i.name, ' · ' order by i.name)))
	          from restaurant as r
	          left join menu_item as i on i.restaurant_id = r.restaurant_id and i.deleted_at is null
	         where r.restaurant_id = p_restaurant_id
	         group by r.restaurant_id);
end
$$;

ALTER FUNCTION catalogue.search_text(p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: shift_overlapping(jsonb); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.shift_overlapping(p_hours jsonb) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
	return (
		with shift as (
			select n - 1 as place, day * 1440 + extract(epoch from opens)::int / 60 as starts,
			       coalesce(nullif((extract(epoch from closes - opens)::int / 60 + 1440) % 1440, 0), 1440) as lasts
			  from rows from (jsonb_to_recordset(p_hours) as (day int, opens time, closes time))
			       with ordinality as given(day, opens, closes, n)
		)
		select min(later.place)
		  from shift as later
		  join shift as earlier on earlier.place < later.place
		 where (later.starts - earlier.starts + 10080) % 10080 < earlier.lasts
		    or (earlier.starts - later.starts + 10080) % 10080 < later.lasts);
end
$$;

ALTER FUNCTION catalogue.shift_overlapping(p_hours jsonb) OWNER TO foodfast_owner;

--
-- Name: announcement_channels(account.actor); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.announcement_channels(me account.actor) RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return array['announcements', 'announcements:role:' || me.role]
		|| array(select 'announcements:city:' || city_id
		           from address
		           join city on lower(city.name) = lower(address.city)
		          where user_id = me.user_id and is_default)
		|| array(select 'announcements:restaurant:' || restaurant_id
		           from membership
		          where user_id = me.user_id and me.role = 'restaurant'
		          order by restaurant_id);
end
$$;

ALTER FUNCTION log.announcement_channels(me account.actor) OWNER TO foodfast_owner;

--
-- Name: orders; Type: TABLE; Schema: ordering; Owner: foodfast_owner
--

CREATE TABLE ordering.orders (
    order_id uuid NOT NULL,
    number text NOT NULL,
    user_id uuid NOT NULL,
    restaurant_id uuid NOT NULL,
    driver_id uuid,
    status ordering.order_status NOT NULL,
    payment_method ordering.payment_method NOT NULL,
    payment_status ordering.payment_status NOT NULL,
    currency api.currency_code NOT NULL,
    subtotal api.money_minor NOT NULL,
    delivery_fee api.money_minor NOT NULL,
    tip api.money_minor NOT NULL,
    total_price api.money_minor NOT NULL,
    address jsonb NOT NULL,
    basket_hash text NOT NULL,
    status_by jsonb NOT NULL,
    status_at timestamp with time zone DEFAULT now() NOT NULL,
    acknowledged_by jsonb,
    acknowledged_at timestamp with time zone,
    placed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT acknowledged_by_someone CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT placed_unless_unpaid CHECK (((placed_at IS NOT NULL) OR (status = ANY (ARRAY['awaiting_payment'::ordering.order_status, 'cancelled'::ordering.order_status])))),
    CONSTRAINT total_adds_up CHECK (((total_price)::bigint = (((subtotal)::bigint + (delivery_fee)::bigint) + (tip)::bigint)))
)
WITH (fillfactor='80');

ALTER TABLE ordering.orders OWNER TO foodfast_owner;

--
-- Name: COLUMN orders.basket_hash; Type: COMMENT; Schema: ordering; Owner: foodfast_owner
--

COMMENT ON COLUMN ordering.orders.basket_hash IS 'the same basket again within a minute is taken for a slip of the finger';

--
-- Name: COLUMN orders.status_by; Type: COMMENT; Schema: ordering; Owner: foodfast_owner
--

COMMENT ON COLUMN ordering.orders.status_by IS 'who made it what it is: {id, role, name}; a colleague who comes second is told';

--
-- Name: order_party(account.actor, ordering.orders); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_party(me account.actor, o ordering.orders) RETURNS account.role
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return case me.role
		when 'customer' then case when o.user_id = me.user_id then me.role end
		when 'restaurant' then case when o.placed_at is not null and is_staff(me, o.restaurant_id) then me.role end
		when 'driver' then case when o.driver_id = me.user_id then me.role end
		else me.role
	end;
end
$$;

ALTER FUNCTION ordering.order_party(me account.actor, o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: may_watch(account.actor, text); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.may_watch(me account.actor, channel text) RETURNS TABLE(is_allowed boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT COALESCE(
         CASE
             WHEN (may_watch.channel = 'ops'::text) THEN ((may_watch.me).role = 'admin'::account.role)
             WHEN (named.id IS NULL) THEN false
             WHEN (named.kind = 'order'::text) THEN (EXISTS ( SELECT
                FROM ordering.orders o
               WHERE ((o.order_id = named.id) AND (ordering.order_party(may_watch.me, o.*) IS NOT NULL))))
             WHEN (named.kind = 'restaurant'::text) THEN (((may_watch.me).role = ANY (ARRAY['agent'::account.role, 'admin'::account.role])) OR catalogue.is_staff(may_watch.me, named.id))
             WHEN (named.kind = 'user'::text) THEN (named.id = (may_watch.me).user_id)
             WHEN (named.kind = 'driver'::text) THEN (((may_watch.me).role = 'admin'::account.role) OR (((may_watch.me).role = 'driver'::account.role) AND (named.id = (may_watch.me).user_id)))
             ELSE NULL::boolean
         END, false) AS "coalesce"
    FROM ( SELECT split_part(may_watch.channel, ':'::text, 1) AS kind,
             ("substring"(may_watch.channel, '^[a-z]+:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$'::text))::uuid AS id
          OFFSET 0) named;
END;

ALTER FUNCTION log.may_watch(me account.actor, channel text) OWNER TO foodfast_owner;

--
-- Name: channels_resolve(account.actor, text[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.channels_resolve(me account.actor, p_channels text[]) RETURNS TABLE(requested text, channel text, is_allowed boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT wanted.wanted,
     wanted.wanted,
     rights.is_allowed
    FROM (unnest(channels_resolve.p_channels) wanted(wanted)
      CROSS JOIN LATERAL log.may_watch(channels_resolve.me, wanted.wanted) rights(is_allowed))
   WHERE (wanted.wanted <> 'announcements'::text)
 UNION ALL
  SELECT 'announcements'::text,
     expanded.expanded,
     true
    FROM unnest(log.announcement_channels(channels_resolve.me)) expanded(expanded)
   WHERE ('announcements'::text = ANY (channels_resolve.p_channels));
END;

ALTER FUNCTION log.channels_resolve(me account.actor, p_channels text[]) OWNER TO foodfast_owner;

--
-- Name: epoch_now(); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.epoch_now() RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	timeline text;
begin
	if pg_is_in_recovery() then
		timeline := (select lpad(upper(to_hex(timeline_id)), 8, '0') from pg_control_checkpoint());
	else
		timeline := left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
	end if;
	return (select left(md5(system_identifier || ':' || timeline || ':' || seed), 16)
	          from pg_control_system(), epoch);
end
$$;

ALTER FUNCTION log.epoch_now() OWNER TO foodfast_owner;

--
-- Name: event_append(log.new_event[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.event_append(events log.new_event[]) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
	hints text;
begin
	with advanced as (
		insert into log.channel as known (name, head, is_final)
		select draft.channel, count(*), bool_or(draft.final)
		  from unnest(events) as draft
		 group by draft.channel
		 order by draft.channel collate "C"
		on conflict (name) do update
		   set head = known.head + excluded.head, is_final = known.is_final or excluded.is_final
		returning name, head, is_final
	), numbered as materialized (
		select name as channel, head + 1 - count(*) over rest as seq, draft.type::event_type, draft.data, clock_timestamp() as at,
		       is_final and count(*) over rest = 1 as is_last
		  from unnest(events) with ordinality as draft(channel, type, data, final, n)
		  join advanced on name = draft.channel
		window rest as (partition by name order by n rows between current row and unbounded following)
	), appended as (
		insert into log.event (channel, seq, type, data, at)
		select channel, seq, type, data, at from numbered
	)
	select string_agg('event:' || channel || E'\t' || seq || ' ' || is_last::int || ' '
	       || event_envelope(channel, seq, type, at, data), E'\n' order by channel, seq)
	  into hints
	  from numbered;
	return hints;
end
$$;

ALTER FUNCTION log.event_append(events log.new_event[]) OWNER TO foodfast_owner;

--
-- Name: event_envelope(text, bigint, text, timestamp with time zone, jsonb); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.event_envelope(channel text, seq bigint, type text, at timestamp with time zone, data jsonb) RETURNS text
    LANGUAGE sql STABLE
    RETURN (((((((((('{"channel":"'::text || channel) || '","seq":'::text) || seq) || ',"type":"'::text) || type) || '","at":"'::text) || log.iso_time(at)) || '","data":'::text) || data) || '}'::text);

ALTER FUNCTION log.event_envelope(channel text, seq bigint, type text, at timestamp with time zone, data jsonb) OWNER TO foodfast_owner;

--
-- Name: event_read(text, bigint, integer); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.event_read(p_channel text, p_after bigint, p_limit integer) RETURNS TABLE(seq bigint, is_final boolean, envelope text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return query
	select event.seq, channel.is_final and event.seq = channel.head,
	       event_envelope(event.channel, event.seq, event.type, event.at, event.data)
	  from event
	  join channel on channel.name = event.channel
	 where event.channel = p_channel and event.seq > p_after
	 order by event.seq
	 limit p_limit;
end
$$;

ALTER FUNCTION log.event_read(p_channel text, p_after bigint, p_limit integer) OWNER TO foodfast_owner;

--
-- Name: log_epoch(); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_epoch() RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return epoch_now();
end
$$;

ALTER FUNCTION log.log_epoch() OWNER TO foodfast_owner;

--
-- Name: log_heads(text[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_heads(p_channels text[]) RETURNS TABLE(channel text, head bigint, is_final boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	return query
	select known.name::text, known.head, known.is_final
	  from log.channel as known
	 where known.name = any (p_channels);
end
$$;

ALTER FUNCTION log.log_heads(p_channels text[]) OWNER TO foodfast_owner;

--
-- Name: log_partition_create(timestamp with time zone); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_partition_create(month timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	partition text := 'event_' || to_char(month, 'YYYY_MM');
begin
	if to_regclass('log.' || partition) is not null then
		return;
	end if;
	lock table event_default in access exclusive mode;
	execute format('create table log.%I (like log.event including all)', partition);
	execute format('with late as (delete from log.event_default where at >= %L and at < %L returning *)
		insert into log.%I select * from late', month, month + interval '1 month', partition);
	execute format('alter table log.event attach partition log.%I for values from (%L) to (%L)',
		partition, month, month + interval '1 month');
end
$$;

ALTER FUNCTION log.log_partition_create(month timestamp with time zone) OWNER TO foodfast_owner;

--
-- Name: log_partitions_ensure(integer); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_partitions_ensure(months_ahead integer DEFAULT 3) RETURNS void
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
begin
	perform log_partition_create(month)
	   from generate_series(date_trunc('month', now()), now() + make_interval(months => months_ahead), '1 month') as month;
end
$$;

ALTER FUNCTION log.log_partitions_ensure(months_ahead integer) OWNER TO foodfast_owner;

--
-- Name: log_restored(); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_restored() RETURNS text
    LANGUAGE plpgsql
    AS $$
begin
	update epoch set seed = gen_random_uuid();
	update event set xid = null where xid is not null;
	delete from revocation;
	return log_epoch();
end
$$;

ALTER FUNCTION log.log_restored() OWNER TO foodfast_owner;

--
-- Name: log_sweep(text); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.log_sweep(p_since text) RETURNS TABLE(kind text, name text, head bigint, is_final boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select 'horizon', pg_snapshot_xmin(pg_current_snapshot())::text, null::bigint, null::boolean
	union all
	select 'event', known.name::text, known.head, known.is_final
	  from (select distinct channel from event where xid >= p_since::xid8) as touched
	  join log.channel as known on known.name = touched.channel
	union all
	select revocation.kind, revocation.id::text, null, null
	  from revocation
	 where p_since is null or revocation.xid >= p_since::xid8;
end
$$;

ALTER FUNCTION log.log_sweep(p_since text) OWNER TO foodfast_owner;

--
-- Name: stream_cursor(text[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.stream_cursor(channels text[]) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select epoch_now() || '/' || string_agg(wanted || '=' || coalesce(head, 0), ',' order by n)
	          from unnest(channels) with ordinality as list(wanted, n)
	          left join channel on name = wanted);
end
$$;

ALTER FUNCTION log.stream_cursor(channels text[]) OWNER TO foodfast_owner;

--
-- Name: stream_open(uuid, text[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.stream_open(p_session uuid, p_channels text[]) RETURNS TABLE(requested text, channel text, is_allowed boolean, head bigint, oldest bigint, is_final boolean, user_id uuid, session_expires_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	ends timestamptz := (select expires_at from session where session_id = p_session);
begin
	return query
	select resolved.requested, resolved.channel, resolved.is_allowed, coalesce(known.head, 0), coalesce(known.oldest, 1),
	       coalesce(known.is_final, false), me.user_id, ends
	  from (select * from channels_resolve(me, p_channels) offset 0) as resolved
	  left join lateral (select * from log.channel where name = resolved.channel and resolved.is_allowed offset 0) as known on true;
end
$$;

ALTER FUNCTION log.stream_open(p_session uuid, p_channels text[]) OWNER TO foodfast_owner;

--
-- Name: stream_open_many(uuid[], text[]); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.stream_open_many(p_sessions uuid[], p_lists text[]) RETURNS TABLE(question bigint, requested text, channel text, is_allowed boolean, head bigint, oldest bigint, is_final boolean, user_id uuid, session_expires_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'log', 'api', 'account', 'catalogue', 'ordering', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
begin
	return query
	select asked.n, resolved.requested, resolved.channel, resolved.is_allowed, coalesce(known.head, 0), coalesce(known.oldest, 1),
	       coalesce(known.is_final, false), (reader.me).user_id, reader.expires_at
	  from unnest(p_sessions, p_lists) with ordinality as asked(session_id, list, n)
	 cross join lateral (select * from session_reader(asked.session_id) offset 0) as reader
	 cross join lateral (select * from channels_resolve(reader.me, string_to_array(asked.list, ',')) offset 0) as resolved
	  left join lateral (select * from log.channel where name = resolved.channel and resolved.is_allowed offset 0) as known on true
	 order by asked.n;
end
$$;

ALTER FUNCTION log.stream_open_many(p_sessions uuid[], p_lists text[]) OWNER TO foodfast_owner;

--
-- Name: uuid_v7(); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.uuid_v7() RETURNS uuid
    LANGUAGE sql
    RETURN (encode(set_bit(set_bit(OVERLAY(uuid_send(gen_random_uuid()) PLACING SUBSTRING(int8send(((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint) FROM 3) FROM 1 FOR 6), (52)::bigint, 1), (53)::bigint, 1), 'hex'::text))::uuid;

ALTER FUNCTION log.uuid_v7() OWNER TO foodfast_owner;

--
-- Name: uuid_v7_floor(timestamp with time zone); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.uuid_v7_floor(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql STABLE
    RETURN ((encode(SUBSTRING(int8send(((EXTRACT(epoch FROM moment) * (1000)::numeric))::bigint) FROM 3), 'hex'::text) || '70008000000000000000'::text))::uuid;

ALTER FUNCTION log.uuid_v7_floor(moment timestamp with time zone) OWNER TO foodfast_owner;

--
-- Name: transition; Type: TABLE; Schema: ordering; Owner: foodfast_owner
--

CREATE TABLE ordering.transition (
    from_status ordering.order_status NOT NULL,
    to_status ordering.order_status NOT NULL,
    party account.role NOT NULL,
    needs_reason boolean DEFAULT false NOT NULL,
    without_driver boolean DEFAULT false NOT NULL,
    reason text
);

ALTER TABLE ordering.transition OWNER TO foodfast_owner;

--
-- Name: COLUMN transition.party; Type: COMMENT; Schema: ordering; Owner: foodfast_owner
--

COMMENT ON COLUMN ordering.transition.party IS 'what the mover is to the order: its customer, staff of its restaurant, its driver; an agent, an admin';

--
-- Name: COLUMN transition.without_driver; Type: COMMENT; Schema: ordering; Owner: foodfast_owner
--

COMMENT ON COLUMN ordering.transition.without_driver IS 'only while no driver is assigned: restaurants that deliver themselves';

--
-- Name: COLUMN transition.reason; Type: COMMENT; Schema: ordering; Owner: foodfast_owner
--

COMMENT ON COLUMN ordering.transition.reason IS 'the reason that such a move always carries';

--
-- Name: allowed_transitions(ordering.orders, account.role); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.allowed_transitions(o ordering.orders, party account.role) RETURNS SETOF json
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT COALESCE(json_agg(way.to_status ORDER BY way.to_status), '[]'::json) AS "coalesce"
    FROM ordering.transition way
   WHERE ((way.from_status = (allowed_transitions.o).status) AND (way.party = allowed_transitions.party) AND ((NOT way.without_driver) OR ((allowed_transitions.o).driver_id IS NULL)));
END;

ALTER FUNCTION ordering.allowed_transitions(o ordering.orders, party account.role) OWNER TO foodfast_owner;

--
-- Name: basket_price(uuid, uuid, jsonb); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.basket_price(p_order_id uuid, p_restaurant_id uuid, p_items jsonb) RETURNS ordering.basket
    LANGUAGE plpgsql STABLE
    AS $$
declare
	priced basket;
	has_all boolean;
begin
	select array_agg((p_order_id, line, id, name, quantity, price, note)::order_item order by line), sum(quantity * price),
	       md5(p_restaurant_id || string_agg(concat_ws(' ', id, quantity, note), E'\n' order by id, quantity, note)),
	       bool_and(can_be_had)
	  into priced.lines, priced.subtotal, priced.hash, has_all
	  from (select wanted.line, wanted.menu_item_id as id, coalesce(menu.name, '?') as name, coalesce(menu.price, 0) as price,
	               least(greatest(wanted.quantity, 0), 100) as quantity, nullif(btrim(wanted.note), '') as note,
	               menu.is_available is true and wanted.quantity between 1 and 99 as can_be_had
	          from rows from (jsonb_to_recordset(p_items) as (menu_item_id uuid, quantity int, note text))
	               with ordinality as wanted(menu_item_id, quantity, note, line)
	          left join menu_item as menu on menu.menu_item_id = wanted.menu_item_id
	           and menu.restaurant_id = p_restaurant_id and menu.deleted_at is null) as offered;
	if has_all is not true or cardinality(priced.lines) > 50 then
		perform basket_refuse(p_restaurant_id, p_items);
	end if;
	return priced;
end
$$;

ALTER FUNCTION ordering.basket_price(p_order_id uuid, p_restaurant_id uuid, p_items jsonb) OWNER TO foodfast_owner;

--
-- Name: basket_refuse(uuid, jsonb); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.basket_refuse(p_restaurant_id uuid, p_items jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
declare
	errors jsonb;
	code text;
begin
	if jsonb_array_length(p_items) not between 1 and 50 then
		perform fail_field('invalid_fields', '/items', 'An order has 1 to 50 lines.');
	end if;
	select jsonb_agg(jsonb_build_object('pointer', format('/items/%s/%s', line - 1, field), 'detail', detail) order by line),
	       case when bool_or(field = 'quantity') then 'invalid_fields'
	            when bool_or(is_foreign) then 'foreign_item' else 'item_unavailable' end
	  into errors, code
	  from (select line, menu.menu_item_id is null as is_foreign,
	               case when quantity between 1 and 99 then 'menu_item_id' else 'quantity' end as field,
	               case when quantity not between 1 and 99 then 'must be 1 to 99'
	                    when menu.menu_item_id is null then 'is not on the menu of this restaurant'
	                    when not menu.is_available then menu.name || ' is not available now' end as detail
	          from rows from (jsonb_to_recordset(p_items) as (menu_item_id uuid, quantity int))
	               with ordinality as wanted(menu_item_id, quantity, line)
	          left join menu_item as menu on menu.menu_item_id = wanted.menu_item_id
	           and menu.restaurant_id = p_restaurant_id and menu.deleted_at is null) as checked
	 where detail is not null;
	perform fail(422, code, 'Not everything in the basket can be had.', jsonb_build_object('errors', errors));
end
$$;

ALTER FUNCTION ordering.basket_refuse(p_restaurant_id uuid, p_items jsonb) OWNER TO foodfast_owner;

--
-- Name: kitchen_open(uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.kitchen_open(p_restaurant_id uuid) RETURNS catalogue.restaurant
    LANGUAGE plpgsql STABLE
    AS $$
declare
	kitchen restaurant;
	zone text;
begin
	select * into kitchen from restaurant where restaurant_id = p_restaurant_id;
	if not found then
		perform fail_field('invalid_fields', '/restaurant_id', 'There is no such restaurant.');
	elsif not kitchen.accepting_orders then
		perform fail_field('restaurant_closed', '/restaurant_id', kitchen.name || ' is not taking orders at the moment.');
	end if;
	select timezone into zone from city where city_id = kitchen.city_id;
	if not is_open_at(p_restaurant_id, zone, now()) then
		perform fail_field('restaurant_closed', '/restaurant_id', kitchen.name || ' is closed now.');
	end if;
	return kitchen;
end
$$;

ALTER FUNCTION ordering.kitchen_open(p_restaurant_id uuid) OWNER TO foodfast_owner;

--
-- Name: letter(bigint); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.letter(n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ'::text, (((n & (31)::bigint))::integer + 1), 1);

ALTER FUNCTION ordering.letter(n bigint) OWNER TO foodfast_owner;

--
-- Name: order_acknowledge(uuid, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_acknowledge(p_session uuid, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_id);
	party role := order_party(me, o);
	data jsonb := jsonb_build_object('order_id', p_id, 'by', actor_json(me));
begin
	if party <> 'restaurant' then
		perform fail(403, 'forbidden', 'Only the staff of the restaurant acknowledge an order.');
	elsif o.acknowledged_at is not null or o.status in ('delivered', 'cancelled') then
		return reply_commit(200, (select * from order_json(o, party)), null);
	end if;
	update orders
	   set acknowledged_at = clock_timestamp(), acknowledged_by = actor_json(me), updated_at = clock_timestamp()
	 where order_id = p_id
	returning * into o;
	return reply_commit(200, (select * from order_json(o, party)), array[
		('order:' || o.order_id, 'order.acknowledged', data, false)::new_event,
		('restaurant:' || o.restaurant_id, 'order.acknowledged', data, false)::new_event]);
end
$$;

ALTER FUNCTION ordering.order_acknowledge(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: order_acknowledge_sent(uuid, text, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	answer reply := order_acknowledge(p_session, p_id);
begin
	if p_channel not in (select 'order:' || p_id union all select 'restaurant:' || restaurant_id from orders where order_id = p_id) then
		perform fail(422, 'wrong_channel', 'This order is not told on that channel.');
	end if;
	return answer;
end
$$;

ALTER FUNCTION ordering.order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: order_address(account.actor, uuid, jsonb); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_address(me account.actor, p_address_id uuid, p_address jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
	kept address;
begin
	if (p_address_id is null) = (p_address is null) then
		perform fail_field('invalid_fields', '/address_id', 'Give either address_id or address.');
	elsif p_address_id is not null then
		select * into kept from address where address_id = p_address_id and user_id = me.user_id;
		if not found then
			perform fail_field('invalid_fields', '/address_id', 'You have no such address.');
		end if;
		return address_json(kept)::jsonb - 'id' - 'default';
	end if;
	return jsonb_strip_nulls(p_address);
end
$$;

ALTER FUNCTION ordering.order_address(me account.actor, p_address_id uuid, p_address jsonb) OWNER TO foodfast_owner;

--
-- Name: order_eta(ordering.orders); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_eta(o ordering.orders) RETURNS SETOF timestamp with time zone
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (way.way +
         CASE (order_eta.o).status
             WHEN 'placed'::ordering.order_status THEN ((order_eta.o).placed_at + '00:20:00'::interval)
             WHEN 'confirmed'::ordering.order_status THEN GREATEST(((order_eta.o).placed_at + '00:20:00'::interval), ((order_eta.o).status_at + '00:10:00'::interval))
             WHEN 'preparing'::ordering.order_status THEN GREATEST(((order_eta.o).placed_at + '00:20:00'::interval), ((order_eta.o).status_at + '00:05:00'::interval))
             WHEN 'ready'::ordering.order_status THEN ((order_eta.o).status_at + '00:05:00'::interval)
             WHEN 'picked_up'::ordering.order_status THEN (order_eta.o).status_at
             ELSE NULL::timestamp with time zone
         END)
    FROM catalogue.restaurant kitchen,
     LATERAL make_interval(secs => ((120)::double precision + ((0.33)::double precision * catalogue.distance_m((kitchen.lat)::double precision, (kitchen.lng)::double precision, (((order_eta.o).address ->> 'lat'::text))::double precision, (((order_eta.o).address ->> 'lng'::text))::double precision)))) way(way)
   WHERE (kitchen.restaurant_id = (order_eta.o).restaurant_id);
END;

ALTER FUNCTION ordering.order_eta(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: order_events(uuid, uuid, integer, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_events(p_session uuid, p_id uuid, p_limit integer, p_page text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
	after page_key := page_decode(p_page);
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	select array_agg(envelope order by seq), array_agg(jsonb_build_object('seq', seq) order by seq)
	  into items, keys
	  from event_read('order:' || o.order_id, coalesce(after.seq, 0), size + 1);
	return reply_read(page_body(items, keys, size), stream_cursor(array['order:' || o.order_id]), null);
end
$$;

ALTER FUNCTION ordering.order_events(p_session uuid, p_id uuid, p_limit integer, p_page text) OWNER TO foodfast_owner;

--
-- Name: order_events_closed(ordering.orders, log.new_event[]); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_events_closed(o ordering.orders, events log.new_event[]) RETURNS log.new_event[]
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if order_is_final(o) then
		return array(select (channel, type, data, channel = 'order:' || o.order_id)::new_event
		               from unnest(events));
	end if;
	return events;
end
$$;

ALTER FUNCTION ordering.order_events_closed(o ordering.orders, events log.new_event[]) OWNER TO foodfast_owner;

--
-- Name: order_for_change(account.actor, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_for_change(me account.actor, p_id uuid) RETURNS ordering.orders
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
begin
	select * into o from orders where order_id = p_id for no key update;
	if o.order_id is null or order_party(me, o) is null then
		perform fail(404, 'not_found', 'There is no such order.');
	end if;
	return o;
end
$$;

ALTER FUNCTION ordering.order_for_change(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: order_get(uuid, uuid, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_get(p_session uuid, p_id uuid, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
begin
	return reply_read((select * from order_json(o, order_party(me, o))), stream_cursor(array['order:' || p_id]), p_if_none_match);
end
$$;

ALTER FUNCTION ordering.order_get(p_session uuid, p_id uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: order_is_final(ordering.orders); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_is_final(o ordering.orders) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (((o).status = ANY (ARRAY['delivered'::ordering.order_status, 'cancelled'::ordering.order_status])) AND ((o).payment_status = ANY (ARRAY['captured'::ordering.payment_status, 'voided'::ordering.payment_status, 'refunded'::ordering.payment_status, 'failed'::ordering.payment_status, 'collected'::ordering.payment_status])));

ALTER FUNCTION ordering.order_is_final(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: order_items_json(ordering.orders); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_items_json(o ordering.orders) RETURNS SETOF json
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT json_agg(json_strip_nulls(json_build_object('menu_item_id', order_item.menu_item_id, 'name', order_item.name, 'quantity', order_item.quantity, 'unit_price', order_item.unit_price, 'total', (order_item.quantity * (order_item.unit_price)::bigint), 'note', order_item.note)) ORDER BY order_item.line) AS json_agg
    FROM ordering.order_item
   WHERE (order_item.order_id = (order_items_json.o).order_id);
END;

ALTER FUNCTION ordering.order_items_json(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: order_json(ordering.orders, account.role); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_json(o ordering.orders, party account.role) RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (to_json(shown.*))::text AS to_json
    FROM ( SELECT (order_json.o).order_id AS id,
             (order_json.o).number AS number,
             (order_json.o).status AS status,
             ( SELECT to_json(named.*) AS to_json
                    FROM ( SELECT restaurant.restaurant_id AS id,
                             restaurant.name
                            FROM catalogue.restaurant
                           WHERE (restaurant.restaurant_id = (order_json.o).restaurant_id)) named) AS restaurant,
             ( SELECT to_json(named.*) AS to_json
                    FROM ( SELECT users.user_id AS id,
                             users.name
                            FROM account.users
                           WHERE (users.user_id = (order_json.o).user_id)) named) AS customer,
             ( SELECT order_items_json.order_items_json
                    FROM ordering.order_items_json(order_json.o) order_items_json(order_items_json)) AS items,
             (order_json.o).subtotal AS subtotal,
             (order_json.o).delivery_fee AS delivery_fee,
             (order_json.o).tip AS tip,
             (order_json.o).total_price AS total,
             (order_json.o).currency AS currency,
             (order_json.o).address AS address,
             ( SELECT to_json(paid.*) AS to_json
                    FROM ( SELECT (order_json.o).payment_method AS method,
                             (order_json.o).payment_status AS status) paid) AS payment,
             ( SELECT to_json(named.*) AS to_json
                    FROM ( SELECT users.user_id AS id,
                             users.name
                            FROM account.users
                           WHERE (users.user_id = (order_json.o).driver_id)) named) AS driver,
             log.iso_time((order_json.o).acknowledged_at) AS acknowledged_at,
             log.iso_time((order_json.o).placed_at) AS placed_at,
             log.iso_time((order_json.o).updated_at) AS updated_at,
             log.iso_time(( SELECT order_eta.order_eta
                    FROM ordering.order_eta(order_json.o) order_eta(order_eta))) AS eta,
             ( SELECT allowed_transitions.allowed_transitions
                    FROM ordering.allowed_transitions(order_json.o, order_json.party) allowed_transitions(allowed_transitions)) AS allowed_transitions) shown;
END;

ALTER FUNCTION ordering.order_json(o ordering.orders, party account.role) OWNER TO foodfast_owner;

--
-- Name: order_list(uuid, text, uuid, integer, text, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit integer, p_page text, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	restaurants uuid[] := case when me.role = 'restaurant' then staffed_restaurants(me, p_restaurant_id)
		when p_restaurant_id is not null then array[p_restaurant_id] end;
	before uuid := coalesce((page_decode(p_page)).id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
	size int := page_size(p_limit);
	items text[];
	ids uuid[];
begin
	select array_agg(shown.body order by o.order_id desc), array_agg(o.order_id order by o.order_id desc)
	  into items, ids
	  from (select *
	          from orders_of(me, order_statuses(p_status), restaurants, before, size + 1)
	         order by order_id desc
	         limit size + 1) as o,
	       order_json(o, me.role) as shown(body);
	return reply_read(page_body(items, array(select jsonb_build_object('id', id) from unnest(ids) as id), size),
		orders_cursor(me, restaurants, ids[1:size]), p_if_none_match);
end
$$;

ALTER FUNCTION ordering.order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: order_number_next(); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_number_next() RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
	n bigint := (nextval('order_number') * 648391247 + 273845711) % 1073741824;
begin
	return letter(n) || letter(n >> 5) || letter(n >> 10) || '-' || letter(n >> 15) || letter(n >> 20) || letter(n >> 25);
end
$$;

ALTER FUNCTION ordering.order_number_next() OWNER TO foodfast_owner;

--
-- Name: order_place(uuid, uuid, jsonb, uuid, jsonb, jsonb, bigint, boolean); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	made uuid := uuid_v7();
	kitchen restaurant;
	priced basket;
	o orders;
	body text;
begin
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only customers order.');
	elsif p_payment ->> 'method' is distinct from 'cash' then
		perform fail_field('card_unavailable', '/payment/method', 'Cards are not taken yet. Pay cash at the door.');
	end if;
	kitchen := kitchen_open(p_restaurant_id);
	priced := basket_price(made, p_restaurant_id, p_items);
	if p_again is not true then
		perform refuse_duplicate(me, priced.hash);
	end if;
	o := order_write(me, kitchen, made, priced, coalesce(p_tip, 0), order_address(me, p_address_id, p_address));
	body := (select * from order_json(o, 'customer'));
	return reply_commit(201, body, order_placed_events(o, body::json), location => '/api/v1/orders/' || made);
end
$$;

ALTER FUNCTION ordering.order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) OWNER TO foodfast_owner;

--
-- Name: order_placed_events(ordering.orders, json); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_placed_events(o ordering.orders, body json) RETURNS log.new_event[]
    LANGUAGE plpgsql STABLE
    AS $$
declare
	data jsonb := jsonb_build_object('order_id', o.order_id, 'number', o.number, 'status', o.status,
		'items', body -> 'items', 'subtotal', o.subtotal, 'total', o.total_price, 'currency', o.currency,
		'payment', jsonb_build_object('method', o.payment_method, 'status', o.payment_status), 'placed_at', iso_time(o.placed_at),
		'eta', body -> 'eta');
begin
	return array[
		('order:' || o.order_id, 'order.placed', data, false)::new_event,
		('restaurant:' || o.restaurant_id, 'order.placed', data, false)::new_event,
		('user:' || o.user_id, 'order.placed', data, false)::new_event];
end
$$;

ALTER FUNCTION ordering.order_placed_events(o ordering.orders, body json) OWNER TO foodfast_owner;

--
-- Name: order_status(uuid, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_status(p_session uuid, p_id uuid) RETURNS TABLE(status text, is_final boolean, at text, head bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_id);
begin
	return query
	select o.status::text, order_is_final(o), iso_time(o.status_at),
	       coalesce((select channel.head from channel where name = 'order:' || p_id), 0);
end
$$;

ALTER FUNCTION ordering.order_status(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: order_status_events(ordering.orders, ordering.order_status, account.actor, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by account.actor, reason text) RETURNS log.new_event[]
    LANGUAGE plpgsql STABLE
    AS $$
declare
	data jsonb := jsonb_strip_nulls(jsonb_build_object('order_id', o.order_id, 'status', o.status,
		'previous', previous, 'by', actor_json(by), 'reason', reason, 'eta', iso_time((select * from order_eta(o)))));
	watched text[] := array['order:' || o.order_id,
		case when o.placed_at is not null then 'restaurant:' || o.restaurant_id end, 'driver:' || o.driver_id];
begin
	return array(select (channel, 'order.status', data, false)::new_event
	               from unnest(watched) as channel
	              where channel is not null);
end
$$;

ALTER FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by account.actor, reason text) OWNER TO foodfast_owner;

--
-- Name: order_statuses(text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_statuses(list text) RETURNS ordering.order_status[]
    LANGUAGE plpgsql STABLE
    AS $$
declare
	known text[] := enum_range(null::order_status)::text[];
	wanted text[] := string_to_array(coalesce(list, array_to_string(known, ',')), ',');
begin
	if not wanted <@ known then
		perform fail(400, 'invalid_parameter', 'The status is a list of order statuses, with commas between.',
			'{"errors": [{"parameter": "status", "detail": "is not a list of statuses"}]}');
	end if;
	return array(select distinct unnest(wanted)::order_status);
end
$$;

ALTER FUNCTION ordering.order_statuses(list text) OWNER TO foodfast_owner;

--
-- Name: order_transition(uuid, uuid, text, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_id);
	party role := order_party(me, o);
	previous order_status := o.status;
	paid payment_status := o.payment_status;
	way transition;
	reason text;
	events new_event[];
begin
	way := transition_for(o, party, (order_statuses(p_to))[1]);
	reason := coalesce(way.reason, nullif(btrim(p_reason), ''));
	if way.needs_reason and reason is null then
		perform fail_field('reason_needed', '/reason', 'Say why: the customer is told.');
	end if;
	update orders
	   set status = way.to_status, payment_status = coalesce(payment_after(o, way.to_status), paid),
	       status_by = actor_json(me), status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = p_id
	returning * into o;
	events := order_status_events(o, previous, me, reason);
	if o.payment_status <> paid then
		events := events || payment_status_event(o);
	end if;
	return reply_commit(200, (select * from order_json(o, party)), order_events_closed(o, events));
end
$$;

ALTER FUNCTION ordering.order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) OWNER TO foodfast_owner;

--
-- Name: order_visible(account.actor, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_visible(me account.actor, p_id uuid) RETURNS ordering.orders
    LANGUAGE plpgsql STABLE
    AS $$
declare
	o orders;
begin
	select * into o from orders where order_id = p_id;
	if order_party(me, o) is null or o.order_id is null then
		perform fail(404, 'not_found', 'There is no such order.');
	end if;
	return o;
end
$$;

ALTER FUNCTION ordering.order_visible(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: order_write(account.actor, catalogue.restaurant, uuid, ordering.basket, bigint, jsonb); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb) RETURNS ordering.orders
    LANGUAGE plpgsql
    AS $$
declare
	sum bigint := priced.subtotal;
	o orders;
begin
	if sum < kitchen.min_order then
		perform fail(422, 'below_minimum', kitchen.name || ' delivers from a higher sum on.', jsonb_build_object(
			'min_order', kitchen.min_order,
			'errors', '[{"pointer": "/items", "detail": "are less than the smallest order"}]'::jsonb));
	end if;
	if sum + kitchen.delivery_fee + tip > 100000000 then -- the most that money_minor holds
		perform fail_field('invalid_fields', '/items', 'An order of so much, with its tip, cannot be taken.');
	end if;
	insert into orders (order_id, number, user_id, restaurant_id, status, payment_method, payment_status, currency,
	                    subtotal, delivery_fee, tip, total_price, address, basket_hash, status_by, placed_at)
	values (p_order_id, order_number_next(), me.user_id, kitchen.restaurant_id, 'placed', 'cash', 'due',
	        (select currency from city where city_id = kitchen.city_id),
	        sum, kitchen.delivery_fee, tip, sum + kitchen.delivery_fee + tip, p_address, priced.hash, actor_json(me), now())
	returning * into o;
	insert into order_item select * from unnest(priced.lines);
	return o;
end
$$;

ALTER FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb) OWNER TO foodfast_owner;

--
-- Name: orders_cursor(account.actor, uuid[], uuid[]); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.orders_cursor(me account.actor, restaurants uuid[], listed uuid[]) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if restaurants <> '{}' and me.role <> 'customer' then
		return stream_cursor(array(select 'restaurant:' || id from unnest(restaurants) as id));
	elsif me.role = 'customer' then
		return stream_cursor('user:' || me.user_id || array(
			select 'order:' || order_id
			  from orders
			 where order_id = any (listed) and not order_is_final(orders)
			 order by order_id));
	end if;
	return null;
end
$$;

ALTER FUNCTION ordering.orders_cursor(me account.actor, restaurants uuid[], listed uuid[]) OWNER TO foodfast_owner;

--
-- Name: orders_of(account.actor, ordering.order_status[], uuid[], uuid, integer); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.orders_of(me account.actor, statuses ordering.order_status[], restaurants uuid[], before uuid, most integer) RETURNS SETOF ordering.orders
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if me.role = 'customer' then
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where (user_id, status) >= (me.user_id, s) and (user_id, status, order_id) < (me.user_id, s, before)
			   and (restaurants is null or restaurant_id = any (restaurants))
			 order by user_id desc, status desc, order_id desc limit most) as found;
	elsif me.role = 'driver' then
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where (driver_id, status) >= (me.user_id, s) and (driver_id, status, order_id) < (me.user_id, s, before)
			   and driver_id is not null and (restaurants is null or restaurant_id = any (restaurants))
			 order by driver_id desc, status desc, order_id desc limit most) as found;
	elsif restaurants is not null then
		return query select found.* from unnest(restaurants) as r, unnest(statuses) as s, lateral (
			select * from orders
			 where (restaurant_id, status) >= (r, s) and (restaurant_id, status, order_id) < (r, s, before)
			   and (me.role <> 'restaurant' or placed_at is not null)
			 order by restaurant_id desc, status desc, order_id desc limit most) as found;
	else
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where status >= s and (status, order_id) < (s, before)
			 order by status desc, order_id desc limit most) as found;
	end if;
end
$$;

ALTER FUNCTION ordering.orders_of(me account.actor, statuses ordering.order_status[], restaurants uuid[], before uuid, most integer) OWNER TO foodfast_owner;

--
-- Name: orders_waiting(); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.orders_waiting() RETURNS TABLE(waiting bigint, oldest_seconds bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    BEGIN ATOMIC
 SELECT count(*) AS count,
     (GREATEST(floor(EXTRACT(epoch FROM (now() - min(orders.placed_at)))), (0)::numeric))::bigint AS "greatest"
    FROM ordering.orders
   WHERE ((orders.status = 'placed'::ordering.order_status) AND (orders.acknowledged_at IS NULL));
END;

ALTER FUNCTION ordering.orders_waiting() OWNER TO foodfast_owner;

--
-- Name: payment_after(ordering.orders, ordering.order_status); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.payment_after(o ordering.orders, status ordering.order_status) RETURNS ordering.payment_status
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (((o).payment_method = 'cash'::ordering.payment_method) AND (status = 'delivered'::ordering.order_status)) THEN 'collected'::ordering.payment_status WHEN (((o).payment_method = 'cash'::ordering.payment_method) AND (status = 'cancelled'::ordering.order_status)) THEN 'voided'::ordering.payment_status ELSE NULL::ordering.payment_status END;

ALTER FUNCTION ordering.payment_after(o ordering.orders, status ordering.order_status) OWNER TO foodfast_owner;

--
-- Name: payment_status_event(ordering.orders); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.payment_status_event(o ordering.orders) RETURNS log.new_event
    LANGUAGE sql STABLE
    RETURN ROW(('order:'::text || (o).order_id), 'payment.status'::text, jsonb_build_object('order_id', (o).order_id, 'status', (o).payment_status, 'amount', (o).total_price), false)::log.new_event;

ALTER FUNCTION ordering.payment_status_event(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: refuse_duplicate(account.actor, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.refuse_duplicate(me account.actor, hash text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	since uuid := uuid_v7_floor(now() - interval '60 seconds');
	earlier record;
begin
	perform pg_advisory_xact_lock(hashtextextended('basket of ' || me.user_id, 0));
	select order_id, number into earlier
	  from orders
	 where user_id = me.user_id and status <> 'cancelled' and order_id > since and basket_hash = hash
	 limit 1;
	if found then
		perform fail(409, 'duplicate_order', 'You ordered just the same a moment ago. Send "again": true if you mean it.',
			jsonb_build_object('order_id', earlier.order_id, 'number', earlier.number));
	end if;
end
$$;

ALTER FUNCTION ordering.refuse_duplicate(me account.actor, hash text) OWNER TO foodfast_owner;

--
-- Name: staffed_restaurants(account.actor, uuid); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.staffed_restaurants(me account.actor, p_only uuid) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    AS $$
declare
	ids uuid[];
begin
	select array_agg(restaurant_id order by restaurant_id) into ids
	  from membership
	 where user_id = me.user_id and (p_only is null or restaurant_id = p_only);
	if ids is null and p_only is not null then
		perform fail(404, 'not_found', 'You have no such restaurant.');
	end if;
	return coalesce(ids, '{}');
end
$$;

ALTER FUNCTION ordering.staffed_restaurants(me account.actor, p_only uuid) OWNER TO foodfast_owner;

--
-- Name: transition_for(ordering.orders, account.role, ordering.order_status); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.transition_for(o ordering.orders, p_party account.role, p_to ordering.order_status) RETURNS ordering.transition
    LANGUAGE plpgsql STABLE
    AS $$
declare
	way transition;
begin
	select * into way
	  from transition
	 where from_status = o.status and to_status = p_to and party = p_party and (not without_driver or o.driver_id is null);
	if not found then
		perform fail(409, 'illegal_transition', format('This order is %s; it cannot become %s.', o.status, p_to),
			jsonb_build_object('order_status', o.status, 'by', o.status_by, 'allowed', (select * from allowed_transitions(o, p_party))));
	end if;
	return way;
end
$$;

ALTER FUNCTION ordering.transition_for(o ordering.orders, p_party account.role, p_to ordering.order_status) OWNER TO foodfast_owner;

--
-- Name: attempt; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE UNLOGGED TABLE account.attempt (
    key text NOT NULL,
    count integer NOT NULL,
    resets_at timestamp with time zone NOT NULL,
    CONSTRAINT attempt_key_check CHECK ((length(key) <= 300))
);

ALTER TABLE account.attempt OWNER TO foodfast_owner;

--
-- Name: revocation; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.revocation (
    kind text NOT NULL,
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT revocation_kind_check CHECK ((kind = ANY (ARRAY['session'::text, 'user'::text])))
);

ALTER TABLE account.revocation OWNER TO foodfast_owner;

--
-- Name: ticket; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.ticket (
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:00:30'::interval) NOT NULL,
    CONSTRAINT ticket_hash_check CHECK ((length(hash) = 32))
);

ALTER TABLE account.ticket OWNER TO foodfast_owner;

--
-- Name: idempotent_answer; Type: TABLE; Schema: api; Owner: foodfast_owner
--

CREATE TABLE api.idempotent_answer (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    body text,
    etag text,
    location text,
    session_id uuid,
    expires_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL
);

ALTER TABLE api.idempotent_answer OWNER TO foodfast_owner;

--
-- Name: membership; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.membership (
    user_id uuid NOT NULL,
    restaurant_id uuid NOT NULL,
    role catalogue.staff_role NOT NULL
);

ALTER TABLE catalogue.membership OWNER TO foodfast_owner;

--
-- Name: menu_document; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.menu_document (
    restaurant_id uuid NOT NULL,
    body text NOT NULL,
    etag text NOT NULL,
    search text NOT NULL
);

ALTER TABLE catalogue.menu_document OWNER TO foodfast_owner;

--
-- Name: opening_hours; Type: TABLE; Schema: catalogue; Owner: foodfast_owner
--

CREATE TABLE catalogue.opening_hours (
    restaurant_id uuid NOT NULL,
    day smallint NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    CONSTRAINT opening_hours_day_check CHECK (((day >= 0) AND (day <= 6))),
    CONSTRAINT opening_hours_opens_check CHECK ((opens < '24:00:00'::time without time zone))
);

ALTER TABLE catalogue.opening_hours OWNER TO foodfast_owner;

--
-- Name: channel; Type: TABLE; Schema: log; Owner: foodfast_owner
--

CREATE TABLE log.channel (
    name log.channel_name NOT NULL,
    head bigint DEFAULT 0 NOT NULL,
    oldest bigint DEFAULT 1 NOT NULL,
    is_final boolean DEFAULT false NOT NULL,
    CONSTRAINT numbers_are_sane CHECK (((head >= 0) AND ((oldest >= 1) AND (oldest <= (head + 1)))))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

ALTER TABLE log.channel OWNER TO foodfast_owner;

--
-- Name: COLUMN channel.oldest; Type: COMMENT; Schema: log; Owner: foodfast_owner
--

COMMENT ON COLUMN log.channel.oldest IS 'the oldest seq that is kept; an older cursor is answered by a reset';

--
-- Name: COLUMN channel.is_final; Type: COMMENT; Schema: log; Owner: foodfast_owner
--

COMMENT ON COLUMN log.channel.is_final IS 'nothing more is to come: its watchers may be sent away after head';

--
-- Name: epoch; Type: TABLE; Schema: log; Owner: foodfast_owner
--

CREATE TABLE log.epoch (
    only_row boolean DEFAULT true NOT NULL,
    seed uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT epoch_only_row_check CHECK (only_row)
);

ALTER TABLE log.epoch OWNER TO foodfast_owner;

--
-- Name: event; Type: TABLE; Schema: log; Owner: foodfast_owner
--

CREATE TABLE log.event (
    channel log.channel_name NOT NULL,
    seq bigint NOT NULL,
    type log.event_type NOT NULL,
    data log.event_data NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT event_seq_check CHECK ((seq > 0))
)
PARTITION BY RANGE (at);

ALTER TABLE log.event OWNER TO foodfast_owner;

--
-- Name: COLUMN event.xid; Type: COMMENT; Schema: log; Owner: foodfast_owner
--

COMMENT ON COLUMN log.event.xid IS 'what the sweep asks by; null where a restore cleared it: it counted another cluster''s transactions';

--
-- Name: event_default; Type: TABLE; Schema: log; Owner: foodfast_owner
--

CREATE TABLE log.event_default (
    channel log.channel_name NOT NULL,
    seq bigint NOT NULL,
    type log.event_type NOT NULL,
    data log.event_data NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id(),
    CONSTRAINT event_seq_check CHECK ((seq > 0))
);

ALTER TABLE log.event_default OWNER TO foodfast_owner;

--
-- Name: order_number; Type: SEQUENCE; Schema: ordering; Owner: foodfast_owner
--

CREATE SEQUENCE ordering.order_number
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE ordering.order_number OWNER TO foodfast_owner;

--
-- Name: event_default; Type: TABLE ATTACH; Schema: log; Owner: foodfast_owner
--

ALTER TABLE ONLY log.event ATTACH PARTITION log.event_default DEFAULT;

--
-- Name: address address_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.address
    ADD CONSTRAINT address_pkey PRIMARY KEY (address_id);

--
-- Name: attempt attempt_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (key);

--
-- Name: refresh_token refresh_token_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (hash);

--
-- Name: revocation revocation_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.revocation
    ADD CONSTRAINT revocation_pkey PRIMARY KEY (kind, id, xid);

--
-- Name: session session_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (session_id);

--
-- Name: ticket ticket_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (hash);

--
-- Name: users users_email_key; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);

--
-- Name: idempotent_answer idempotent_answer_pkey; Type: CONSTRAINT; Schema: api; Owner: foodfast_owner
--

ALTER TABLE ONLY api.idempotent_answer
    ADD CONSTRAINT idempotent_answer_pkey PRIMARY KEY (scope, key);

--
-- Name: city city_name_key; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.city
    ADD CONSTRAINT city_name_key UNIQUE (name);

--
-- Name: city city_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.city
    ADD CONSTRAINT city_pkey PRIMARY KEY (city_id);

--
-- Name: membership membership_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (user_id, restaurant_id);

--
-- Name: menu_document menu_document_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_document
    ADD CONSTRAINT menu_document_pkey PRIMARY KEY (restaurant_id);

--
-- Name: menu_item menu_item_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_item
    ADD CONSTRAINT menu_item_pkey PRIMARY KEY (menu_item_id);

--
-- Name: menu_section menu_section_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_section
    ADD CONSTRAINT menu_section_pkey PRIMARY KEY (section_id);

--
-- Name: menu_section menu_section_restaurant_id_section_id_key; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_section
    ADD CONSTRAINT menu_section_restaurant_id_section_id_key UNIQUE (restaurant_id, section_id);

--
-- Name: opening_hours opening_hours_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.opening_hours
    ADD CONSTRAINT opening_hours_pkey PRIMARY KEY (restaurant_id, day, opens);

--
-- Name: restaurant restaurant_pkey; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.restaurant
    ADD CONSTRAINT restaurant_pkey PRIMARY KEY (restaurant_id);

--
-- Name: restaurant restaurant_slug_key; Type: CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.restaurant
    ADD CONSTRAINT restaurant_slug_key UNIQUE (slug);

--
-- Name: channel channel_pkey; Type: CONSTRAINT; Schema: log; Owner: foodfast_owner
--

ALTER TABLE ONLY log.channel
    ADD CONSTRAINT channel_pkey PRIMARY KEY (name);

--
-- Name: epoch epoch_pkey; Type: CONSTRAINT; Schema: log; Owner: foodfast_owner
--

ALTER TABLE ONLY log.epoch
    ADD CONSTRAINT epoch_pkey PRIMARY KEY (only_row);

--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: log; Owner: foodfast_owner
--

ALTER TABLE ONLY log.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (channel, seq, at);

--
-- Name: event_default event_default_pkey; Type: CONSTRAINT; Schema: log; Owner: foodfast_owner
--

ALTER TABLE ONLY log.event_default
    ADD CONSTRAINT event_default_pkey PRIMARY KEY (channel, seq, at);

--
-- Name: order_item order_item_pkey; Type: CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.order_item
    ADD CONSTRAINT order_item_pkey PRIMARY KEY (order_id, line);

--
-- Name: orders orders_number_key; Type: CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.orders
    ADD CONSTRAINT orders_number_key UNIQUE (number);

--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (order_id);

--
-- Name: transition transition_pkey; Type: CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.transition
    ADD CONSTRAINT transition_pkey PRIMARY KEY (from_status, to_status, party);

--
-- Name: address_by_user; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX address_by_user ON account.address USING btree (user_id);

--
-- Name: one_default_address; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE UNIQUE INDEX one_default_address ON account.address USING btree (user_id) WHERE is_default;

--
-- Name: refresh_token_by_session; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX refresh_token_by_session ON account.refresh_token USING btree (session_id);

--
-- Name: revocation_by_xid; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX revocation_by_xid ON account.revocation USING btree (xid);

--
-- Name: session_by_expiry; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX session_by_expiry ON account.session USING btree (expires_at);

--
-- Name: session_by_user; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX session_by_user ON account.session USING btree (user_id) WHERE (ended_at IS NULL);

--
-- Name: idempotent_answer_by_expiry; Type: INDEX; Schema: api; Owner: foodfast_owner
--

CREATE INDEX idempotent_answer_by_expiry ON api.idempotent_answer USING btree (expires_at);

--
-- Name: membership_by_restaurant; Type: INDEX; Schema: catalogue; Owner: foodfast_owner
--

CREATE INDEX membership_by_restaurant ON catalogue.membership USING btree (restaurant_id);

--
-- Name: menu_document_by_words; Type: INDEX; Schema: catalogue; Owner: foodfast_owner
--

CREATE INDEX menu_document_by_words ON catalogue.menu_document USING gin (search public.gin_trgm_ops);

--
-- Name: menu_item_by_section; Type: INDEX; Schema: catalogue; Owner: foodfast_owner
--

CREATE INDEX menu_item_by_section ON catalogue.menu_item USING btree (restaurant_id, section_id) WHERE (deleted_at IS NULL);

--
-- Name: restaurant_by_city; Type: INDEX; Schema: catalogue; Owner: foodfast_owner
--

CREATE INDEX restaurant_by_city ON catalogue.restaurant USING btree (city_id);

--
-- Name: restaurant_by_name; Type: INDEX; Schema: catalogue; Owner: foodfast_owner
--

CREATE INDEX restaurant_by_name ON catalogue.restaurant USING btree (name, restaurant_id);

--
-- Name: event_by_xid; Type: INDEX; Schema: log; Owner: foodfast_owner
--

CREATE INDEX event_by_xid ON ONLY log.event USING btree (xid);

--
-- Name: event_default_xid_idx; Type: INDEX; Schema: log; Owner: foodfast_owner
--

CREATE INDEX event_default_xid_idx ON log.event_default USING btree (xid);

--
-- Name: orders_by_driver; Type: INDEX; Schema: ordering; Owner: foodfast_owner
--

CREATE INDEX orders_by_driver ON ordering.orders USING btree (driver_id, status, order_id) WHERE (driver_id IS NOT NULL);

--
-- Name: orders_by_restaurant; Type: INDEX; Schema: ordering; Owner: foodfast_owner
--

CREATE INDEX orders_by_restaurant ON ordering.orders USING btree (restaurant_id, status, order_id);

--
-- Name: orders_by_status; Type: INDEX; Schema: ordering; Owner: foodfast_owner
--

CREATE INDEX orders_by_status ON ordering.orders USING btree (status, order_id);

--
-- Name: orders_by_user; Type: INDEX; Schema: ordering; Owner: foodfast_owner
--

CREATE INDEX orders_by_user ON ordering.orders USING btree (user_id, status, order_id);

--
-- Name: event_default_pkey; Type: INDEX ATTACH; Schema: log; Owner: foodfast_owner
--

ALTER INDEX log.event_pkey ATTACH PARTITION log.event_default_pkey;

--
-- Name: event_default_xid_idx; Type: INDEX ATTACH; Schema: log; Owner: foodfast_owner
--

ALTER INDEX log.event_by_xid ATTACH PARTITION log.event_default_xid_idx;

--
-- Name: users rights_changed; Type: TRIGGER; Schema: account; Owner: foodfast_owner
--

CREATE TRIGGER rights_changed AFTER UPDATE OF role, is_suspended ON account.users FOR EACH ROW EXECUTE FUNCTION account.rights_changed();

--
-- Name: menu_section menu_changed_by_delete; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_delete AFTER DELETE ON catalogue.menu_section REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: menu_item menu_changed_by_insert; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_insert AFTER INSERT ON catalogue.menu_item REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: menu_section menu_changed_by_insert; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_insert AFTER INSERT ON catalogue.menu_section REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: restaurant menu_changed_by_insert; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_insert AFTER INSERT ON catalogue.restaurant REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: menu_item menu_changed_by_update; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_update AFTER UPDATE ON catalogue.menu_item REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: menu_section menu_changed_by_update; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_update AFTER UPDATE ON catalogue.menu_section REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: restaurant menu_changed_by_update; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER menu_changed_by_update AFTER UPDATE ON catalogue.restaurant REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue.menu_changed();

--
-- Name: membership rights_changed; Type: TRIGGER; Schema: catalogue; Owner: foodfast_owner
--

CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE ON catalogue.membership FOR EACH ROW EXECUTE FUNCTION account.rights_changed();

--
-- Name: address address_user_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.address
    ADD CONSTRAINT address_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: refresh_token refresh_token_session_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.refresh_token
    ADD CONSTRAINT refresh_token_session_id_fkey FOREIGN KEY (session_id) REFERENCES account.session(session_id) ON DELETE CASCADE;

--
-- Name: session session_user_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: ticket ticket_session_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.ticket
    ADD CONSTRAINT ticket_session_id_fkey FOREIGN KEY (session_id) REFERENCES account.session(session_id) ON DELETE CASCADE;

--
-- Name: membership membership_restaurant_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.membership
    ADD CONSTRAINT membership_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES catalogue.restaurant(restaurant_id);

--
-- Name: membership membership_user_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.membership
    ADD CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: menu_document menu_document_restaurant_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_document
    ADD CONSTRAINT menu_document_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES catalogue.restaurant(restaurant_id) ON DELETE CASCADE;

--
-- Name: menu_item menu_item_restaurant_id_section_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_item
    ADD CONSTRAINT menu_item_restaurant_id_section_id_fkey FOREIGN KEY (restaurant_id, section_id) REFERENCES catalogue.menu_section(restaurant_id, section_id);

--
-- Name: menu_section menu_section_restaurant_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.menu_section
    ADD CONSTRAINT menu_section_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES catalogue.restaurant(restaurant_id);

--
-- Name: opening_hours opening_hours_restaurant_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.opening_hours
    ADD CONSTRAINT opening_hours_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES catalogue.restaurant(restaurant_id) ON DELETE CASCADE;

--
-- Name: restaurant restaurant_city_id_fkey; Type: FK CONSTRAINT; Schema: catalogue; Owner: foodfast_owner
--

ALTER TABLE ONLY catalogue.restaurant
    ADD CONSTRAINT restaurant_city_id_fkey FOREIGN KEY (city_id) REFERENCES catalogue.city(city_id);

--
-- Name: order_item order_item_menu_item_id_fkey; Type: FK CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.order_item
    ADD CONSTRAINT order_item_menu_item_id_fkey FOREIGN KEY (menu_item_id) REFERENCES catalogue.menu_item(menu_item_id);

--
-- Name: order_item order_item_order_id_fkey; Type: FK CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.order_item
    ADD CONSTRAINT order_item_order_id_fkey FOREIGN KEY (order_id) REFERENCES ordering.orders(order_id);

--
-- Name: orders orders_driver_id_fkey; Type: FK CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.orders
    ADD CONSTRAINT orders_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES account.users(user_id);

--
-- Name: orders orders_restaurant_id_fkey; Type: FK CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.orders
    ADD CONSTRAINT orders_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES catalogue.restaurant(restaurant_id);

--
-- Name: orders orders_user_id_fkey; Type: FK CONSTRAINT; Schema: ordering; Owner: foodfast_owner
--

ALTER TABLE ONLY ordering.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: SCHEMA account; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA account TO foodfast_accounts;
GRANT USAGE ON SCHEMA account TO foodfast_catalogue;
GRANT USAGE ON SCHEMA account TO foodfast_orders;
GRANT USAGE ON SCHEMA account TO foodfast_streamd;
GRANT USAGE ON SCHEMA account TO foodfast_workers;

--
-- Name: SCHEMA api; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA api TO foodfast_accounts;
GRANT USAGE ON SCHEMA api TO foodfast_catalogue;
GRANT USAGE ON SCHEMA api TO foodfast_orders;
GRANT USAGE ON SCHEMA api TO foodfast_streamd;
GRANT USAGE ON SCHEMA api TO foodfast_workers;

--
-- Name: SCHEMA catalogue; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA catalogue TO foodfast_accounts;
GRANT USAGE ON SCHEMA catalogue TO foodfast_catalogue;
GRANT USAGE ON SCHEMA catalogue TO foodfast_orders;
GRANT USAGE ON SCHEMA catalogue TO foodfast_streamd;
GRANT USAGE ON SCHEMA catalogue TO foodfast_workers;

--
-- Name: SCHEMA log; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA log TO foodfast_accounts;
GRANT USAGE ON SCHEMA log TO foodfast_catalogue;
GRANT USAGE ON SCHEMA log TO foodfast_orders;
GRANT USAGE ON SCHEMA log TO foodfast_streamd;
GRANT USAGE ON SCHEMA log TO foodfast_workers;

--
-- Name: SCHEMA ordering; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA ordering TO foodfast_accounts;
GRANT USAGE ON SCHEMA ordering TO foodfast_catalogue;
GRANT USAGE ON SCHEMA ordering TO foodfast_orders;
GRANT USAGE ON SCHEMA ordering TO foodfast_streamd;
GRANT USAGE ON SCHEMA ordering TO foodfast_workers;

--
-- Name: FUNCTION account_credentials(p_email text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_credentials(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_credentials(p_email text) TO foodfast_accounts;

--
-- Name: FUNCTION account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION actor(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION actor_json(me account.actor); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor_json(me account.actor) FROM PUBLIC;

--
-- Name: FUNCTION address_create(p_session uuid, p_address jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_create(p_session uuid, p_address jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_create(p_session uuid, p_address jsonb) TO foodfast_accounts;

--
-- Name: FUNCTION address_delete(p_session uuid, p_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_delete(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_delete(p_session uuid, p_id uuid) TO foodfast_accounts;

--
-- Name: FUNCTION address_events(me account.actor); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_events(me account.actor) FROM PUBLIC;

--
-- Name: FUNCTION address_json(a account.address); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_json(a account.address) FROM PUBLIC;

--
-- Name: FUNCTION address_list(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_list(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_list(p_session uuid) TO foodfast_accounts;

--
-- Name: FUNCTION address_lock(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_lock(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION address_own(me account.actor, p_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_own(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION address_patch(p_session uuid, p_id uuid, p_changes jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb) TO foodfast_accounts;

--
-- Name: FUNCTION attempt_count(p_key text, p_window_s integer, p_add boolean); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) TO foodfast_accounts;

--
-- Name: FUNCTION grant_of(p_status integer, p_session uuid, p_body text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.grant_of(p_status integer, p_session uuid, p_body text) FROM PUBLIC;

--
-- Name: FUNCTION grant_refused(code text, detail text, hints text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.grant_refused(code text, detail text, hints text) FROM PUBLIC;

--
-- Name: FUNCTION idempotency_grant(p_scope text, p_key text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.idempotency_grant(p_scope text, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.idempotency_grant(p_scope text, p_key text) TO foodfast_accounts;

--
-- Name: FUNCTION me_get(p_session uuid, p_if_none_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.me_get(p_session uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.me_get(p_session uuid, p_if_none_match text) TO foodfast_accounts;

--
-- Name: FUNCTION me_patch(p_session uuid, p_changes jsonb, p_if_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.me_patch(p_session uuid, p_changes jsonb, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.me_patch(p_session uuid, p_changes jsonb, p_if_match text) TO foodfast_accounts;

--
-- Name: FUNCTION memberships_json(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.memberships_json(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) TO foodfast_accounts;

--
-- Name: FUNCTION refresh_is_repeat(token account.refresh_token, p_successor_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.refresh_is_repeat(token account.refresh_token, p_successor_hash bytea) FROM PUBLIC;

--
-- Name: FUNCTION refresh_rotate(token account.refresh_token, p_successor_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.refresh_rotate(token account.refresh_token, p_successor_hash bytea) FROM PUBLIC;

--
-- Name: FUNCTION rights_changed(); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.rights_changed() FROM PUBLIC;

--
-- Name: FUNCTION session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_create(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION session_end(p_session uuid, p_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_end(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_end(p_session uuid, p_id uuid) TO foodfast_accounts;

--
-- Name: FUNCTION session_end_all(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_end_all(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_end_all(p_session uuid) TO foodfast_accounts;

--
-- Name: FUNCTION session_grant_new(p_status integer, p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_grant_new(p_status integer, p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) FROM PUBLIC;

--
-- Name: FUNCTION iso_time(moment timestamp with time zone); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.iso_time(moment timestamp with time zone) FROM PUBLIC;

--
-- Name: FUNCTION session_json(s account.session, is_current boolean); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_json(s account.session, is_current boolean) FROM PUBLIC;

--
-- Name: FUNCTION session_list(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_list(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_list(p_session uuid) TO foodfast_accounts;

--
-- Name: FUNCTION session_open(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_open(p_user_id uuid, p_device text, p_ip text, p_refresh_hash bytea) FROM PUBLIC;

--
-- Name: FUNCTION session_reader(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_reader(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION session_refresh(p_refresh_hash bytea, p_successor_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_refresh(p_refresh_hash bytea, p_successor_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_refresh(p_refresh_hash bytea, p_successor_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION session_reissue(p_session uuid, p_refresh_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_reissue(p_session uuid, p_refresh_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_reissue(p_session uuid, p_refresh_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION sessions_end(p_user_id uuid, p_only uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.sessions_end(p_user_id uuid, p_only uuid) FROM PUBLIC;

--
-- Name: FUNCTION ticket_create(p_session uuid, p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.ticket_create(p_session uuid, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.ticket_create(p_session uuid, p_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION ticket_redeem(p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.ticket_redeem(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.ticket_redeem(p_hash bytea) TO foodfast_streamd;

--
-- Name: FUNCTION user_change(p_user_id uuid, p_changes jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_change(p_user_id uuid, p_changes jsonb) FROM PUBLIC;

--
-- Name: FUNCTION user_json(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_json(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION etag_matches(header text, etag text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.etag_matches(header text, etag text) FROM PUBLIC;

--
-- Name: FUNCTION fail(status integer, code text, detail text, members jsonb); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.fail(status integer, code text, detail text, members jsonb) FROM PUBLIC;

--
-- Name: FUNCTION fail_field(code text, pointer text, detail text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.fail_field(code text, pointer text, detail text) FROM PUBLIC;

--
-- Name: FUNCTION idempotency_answer(p_session uuid, p_scope text, p_key text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) TO foodfast_accounts;
GRANT ALL ON FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) TO foodfast_catalogue;
GRANT ALL ON FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) TO foodfast_orders;

--
-- Name: FUNCTION idempotency_claim(p_scope text, p_key text, p_fingerprint bytea); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_accounts;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_catalogue;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_orders;

--
-- Name: FUNCTION idempotency_store(status integer, body text, etag text, location text, session_id uuid); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.idempotency_store(status integer, body text, etag text, location text, session_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION json_with(object text, name text, value text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.json_with(object text, name text, value text) FROM PUBLIC;

--
-- Name: FUNCTION maintenance_run(); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.maintenance_run() FROM PUBLIC;
GRANT ALL ON FUNCTION api.maintenance_run() TO foodfast_workers;

--
-- Name: FUNCTION page_encode(keys jsonb); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.page_encode(keys jsonb) FROM PUBLIC;

--
-- Name: FUNCTION page_body(items text[], keys jsonb[], size integer); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.page_body(items text[], keys jsonb[], size integer) FROM PUBLIC;

--
-- Name: FUNCTION page_decode(page text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.page_decode(page text) FROM PUBLIC;

--
-- Name: FUNCTION page_size(wanted integer); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.page_size(wanted integer) FROM PUBLIC;

--
-- Name: FUNCTION reply_commit(status integer, body text, events log.new_event[], etag text, location text, hints text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.reply_commit(status integer, body text, events log.new_event[], etag text, location text, hints text) FROM PUBLIC;

--
-- Name: FUNCTION reply_read(body text, cursor text, if_none_match text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.reply_read(body text, cursor text, if_none_match text) FROM PUBLIC;

--
-- Name: FUNCTION require_match(if_match text, etag text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.require_match(if_match text, etag text) FROM PUBLIC;

--
-- Name: FUNCTION city_list(p_if_none_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.city_list(p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.city_list(p_if_none_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION distance_m(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.distance_m(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision) FROM PUBLIC;

--
-- Name: FUNCTION hours_json(p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.hours_json(p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION is_open_at(p_restaurant_id uuid, timezone text, moment timestamp with time zone); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.is_open_at(p_restaurant_id uuid, timezone text, moment timestamp with time zone) FROM PUBLIC;

--
-- Name: FUNCTION is_staff(me account.actor, p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.is_staff(me account.actor, p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION menu_changed(); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_changed() FROM PUBLIC;

--
-- Name: FUNCTION menu_document_write(p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_document_write(p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb) TO foodfast_catalogue;

--
-- Name: FUNCTION menu_item_delete(p_session uuid, p_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_item_delete(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.menu_item_delete(p_session uuid, p_id uuid) TO foodfast_catalogue;

--
-- Name: FUNCTION menu_item_for_change(me account.actor, p_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_item_for_change(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION menu_item_json(item catalogue.menu_item); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_item_json(item catalogue.menu_item) FROM PUBLIC;

--
-- Name: FUNCTION menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION menu_json(p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_json(p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION menu_section_json(s catalogue.menu_section); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.menu_section_json(s catalogue.menu_section) FROM PUBLIC;

--
-- Name: FUNCTION require_section(p_restaurant_id uuid, p_section_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.require_section(p_restaurant_id uuid, p_section_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION require_staff(me account.actor, p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.require_staff(me account.actor, p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION restaurant_for_change(me account.actor, p_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_for_change(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION restaurant_get(p_id uuid, p_if_none_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_get(p_id uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.restaurant_get(p_id uuid, p_if_none_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb) TO foodfast_catalogue;

--
-- Name: FUNCTION restaurant_json(r catalogue.restaurant, c catalogue.city, distance double precision); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_json(r catalogue.restaurant, c catalogue.city, distance double precision) FROM PUBLIC;

--
-- Name: FUNCTION restaurant_json_whole(p_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_json_whole(p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION restaurant_list(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text, p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_list(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text, p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.restaurant_list(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text, p_limit integer, p_page text, p_if_none_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION restaurant_menu(p_id uuid, p_if_none_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_menu(p_id uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.restaurant_menu(p_id uuid, p_if_none_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) TO foodfast_catalogue;

--
-- Name: FUNCTION restaurant_search(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.restaurant_search(p_q text, p_lat double precision, p_lng double precision, p_radius_m integer, p_city text, p_cuisine text, p_open_now boolean, p_sort text) FROM PUBLIC;

--
-- Name: FUNCTION search_matches(search text, q text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.search_matches(search text, q text) FROM PUBLIC;

--
-- Name: FUNCTION search_text(p_restaurant_id uuid); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.search_text(p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION shift_overlapping(p_hours jsonb); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.shift_overlapping(p_hours jsonb) FROM PUBLIC;

--
-- Name: FUNCTION announcement_channels(me account.actor); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.announcement_channels(me account.actor) FROM PUBLIC;

--
-- Name: FUNCTION order_party(me account.actor, o ordering.orders); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_party(me account.actor, o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION may_watch(me account.actor, channel text); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.may_watch(me account.actor, channel text) FROM PUBLIC;

--
-- Name: FUNCTION channels_resolve(me account.actor, p_channels text[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.channels_resolve(me account.actor, p_channels text[]) FROM PUBLIC;

--
-- Name: FUNCTION epoch_now(); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.epoch_now() FROM PUBLIC;

--
-- Name: FUNCTION event_append(events log.new_event[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.event_append(events log.new_event[]) FROM PUBLIC;

--
-- Name: FUNCTION event_envelope(channel text, seq bigint, type text, at timestamp with time zone, data jsonb); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.event_envelope(channel text, seq bigint, type text, at timestamp with time zone, data jsonb) FROM PUBLIC;

--
-- Name: FUNCTION event_read(p_channel text, p_after bigint, p_limit integer); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.event_read(p_channel text, p_after bigint, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION log.event_read(p_channel text, p_after bigint, p_limit integer) TO foodfast_streamd;

--
-- Name: FUNCTION log_epoch(); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_epoch() FROM PUBLIC;
GRANT ALL ON FUNCTION log.log_epoch() TO foodfast_streamd;

--
-- Name: FUNCTION log_heads(p_channels text[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_heads(p_channels text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION log.log_heads(p_channels text[]) TO foodfast_streamd;

--
-- Name: FUNCTION log_partition_create(month timestamp with time zone); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_partition_create(month timestamp with time zone) FROM PUBLIC;

--
-- Name: FUNCTION log_partitions_ensure(months_ahead integer); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_partitions_ensure(months_ahead integer) FROM PUBLIC;

--
-- Name: FUNCTION log_restored(); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_restored() FROM PUBLIC;

--
-- Name: FUNCTION log_sweep(p_since text); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.log_sweep(p_since text) FROM PUBLIC;
GRANT ALL ON FUNCTION log.log_sweep(p_since text) TO foodfast_streamd;

--
-- Name: FUNCTION stream_cursor(channels text[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.stream_cursor(channels text[]) FROM PUBLIC;

--
-- Name: FUNCTION stream_open(p_session uuid, p_channels text[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.stream_open(p_session uuid, p_channels text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION log.stream_open(p_session uuid, p_channels text[]) TO foodfast_streamd;

--
-- Name: FUNCTION stream_open_many(p_sessions uuid[], p_lists text[]); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.stream_open_many(p_sessions uuid[], p_lists text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION log.stream_open_many(p_sessions uuid[], p_lists text[]) TO foodfast_streamd;

--
-- Name: FUNCTION uuid_v7(); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.uuid_v7() FROM PUBLIC;

--
-- Name: FUNCTION uuid_v7_floor(moment timestamp with time zone); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.uuid_v7_floor(moment timestamp with time zone) FROM PUBLIC;

--
-- Name: FUNCTION allowed_transitions(o ordering.orders, party account.role); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.allowed_transitions(o ordering.orders, party account.role) FROM PUBLIC;

--
-- Name: FUNCTION basket_price(p_order_id uuid, p_restaurant_id uuid, p_items jsonb); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.basket_price(p_order_id uuid, p_restaurant_id uuid, p_items jsonb) FROM PUBLIC;

--
-- Name: FUNCTION basket_refuse(p_restaurant_id uuid, p_items jsonb); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.basket_refuse(p_restaurant_id uuid, p_items jsonb) FROM PUBLIC;

--
-- Name: FUNCTION kitchen_open(p_restaurant_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.kitchen_open(p_restaurant_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION letter(n bigint); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.letter(n bigint) FROM PUBLIC;

--
-- Name: FUNCTION order_acknowledge(p_session uuid, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_acknowledge(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_acknowledge(p_session uuid, p_id uuid) TO foodfast_orders;

--
-- Name: FUNCTION order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_acknowledge_sent(p_session uuid, p_channel text, p_id uuid) TO foodfast_streamd;

--
-- Name: FUNCTION order_address(me account.actor, p_address_id uuid, p_address jsonb); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_address(me account.actor, p_address_id uuid, p_address jsonb) FROM PUBLIC;

--
-- Name: FUNCTION order_eta(o ordering.orders); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_eta(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION order_events(p_session uuid, p_id uuid, p_limit integer, p_page text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_events(p_session uuid, p_id uuid, p_limit integer, p_page text) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_events(p_session uuid, p_id uuid, p_limit integer, p_page text) TO foodfast_orders;

--
-- Name: FUNCTION order_events_closed(o ordering.orders, events log.new_event[]); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_events_closed(o ordering.orders, events log.new_event[]) FROM PUBLIC;

--
-- Name: FUNCTION order_for_change(me account.actor, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_for_change(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION order_get(p_session uuid, p_id uuid, p_if_none_match text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_get(p_session uuid, p_id uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_get(p_session uuid, p_id uuid, p_if_none_match text) TO foodfast_orders;

--
-- Name: FUNCTION order_is_final(o ordering.orders); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_is_final(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION order_items_json(o ordering.orders); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_items_json(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION order_json(o ordering.orders, party account.role); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_json(o ordering.orders, party account.role) FROM PUBLIC;

--
-- Name: FUNCTION order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_list(p_session uuid, p_status text, p_restaurant_id uuid, p_limit integer, p_page text, p_if_none_match text) TO foodfast_orders;

--
-- Name: FUNCTION order_number_next(); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_number_next() FROM PUBLIC;

--
-- Name: FUNCTION order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) TO foodfast_orders;

--
-- Name: FUNCTION order_placed_events(o ordering.orders, body json); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_placed_events(o ordering.orders, body json) FROM PUBLIC;

--
-- Name: FUNCTION order_status(p_session uuid, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_status(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_status(p_session uuid, p_id uuid) TO foodfast_streamd;

--
-- Name: FUNCTION order_status_events(o ordering.orders, previous ordering.order_status, by account.actor, reason text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by account.actor, reason text) FROM PUBLIC;

--
-- Name: FUNCTION order_statuses(list text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_statuses(list text) FROM PUBLIC;

--
-- Name: FUNCTION order_transition(p_session uuid, p_id uuid, p_to text, p_reason text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) TO foodfast_orders;

--
-- Name: FUNCTION order_visible(me account.actor, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_visible(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb) FROM PUBLIC;

--
-- Name: FUNCTION orders_cursor(me account.actor, restaurants uuid[], listed uuid[]); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.orders_cursor(me account.actor, restaurants uuid[], listed uuid[]) FROM PUBLIC;

--
-- Name: FUNCTION orders_of(me account.actor, statuses ordering.order_status[], restaurants uuid[], before uuid, most integer); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.orders_of(me account.actor, statuses ordering.order_status[], restaurants uuid[], before uuid, most integer) FROM PUBLIC;

--
-- Name: FUNCTION orders_waiting(); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.orders_waiting() FROM PUBLIC;
GRANT ALL ON FUNCTION ordering.orders_waiting() TO foodfast_streamd;

--
-- Name: FUNCTION payment_after(o ordering.orders, status ordering.order_status); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.payment_after(o ordering.orders, status ordering.order_status) FROM PUBLIC;

--
-- Name: FUNCTION payment_status_event(o ordering.orders); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.payment_status_event(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION refuse_duplicate(me account.actor, hash text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.refuse_duplicate(me account.actor, hash text) FROM PUBLIC;

--
-- Name: FUNCTION staffed_restaurants(me account.actor, p_only uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.staffed_restaurants(me account.actor, p_only uuid) FROM PUBLIC;

--
-- Name: FUNCTION transition_for(o ordering.orders, p_party account.role, p_to ordering.order_status); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.transition_for(o ordering.orders, p_party account.role, p_to ordering.order_status) FROM PUBLIC;

--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: foodfast_owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE foodfast_owner REVOKE ALL ON FUNCTIONS  FROM PUBLIC;

--
-- PostgreSQL database dump complete
--

