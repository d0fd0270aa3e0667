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
-- Name: payment; Type: SCHEMA; Schema: -; Owner: foodfast_owner
--

CREATE SCHEMA payment;

ALTER SCHEMA payment OWNER TO foodfast_owner;

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
-- Name: email_purpose; Type: TYPE; Schema: account; Owner: foodfast_owner
--

CREATE TYPE account.email_purpose AS ENUM (
    'confirm',
    'reset',
    'password_changed'
);

ALTER TYPE account.email_purpose OWNER TO foodfast_owner;

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
-- Name: intent_status; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.intent_status AS ENUM (
    'new',
    'processing',
    'requires_action',
    'declined',
    'requires_capture',
    'canceled',
    'succeeded'
);

ALTER TYPE payment.intent_status OWNER TO foodfast_owner;

--
-- Name: ledger_account; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.ledger_account AS ENUM (
    'gateway',
    'food',
    'delivery',
    'tips',
    'refunds',
    'unallocated'
);

ALTER TYPE payment.ledger_account OWNER TO foodfast_owner;

--
-- Name: method_state; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.method_state AS ENUM (
    'pending',
    'ready',
    'refused'
);

ALTER TYPE payment.method_state OWNER TO foodfast_owner;

--
-- Name: reconciliation_state; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.reconciliation_state AS ENUM (
    'requested',
    'running',
    'done'
);

ALTER TYPE payment.reconciliation_state OWNER TO foodfast_owner;

--
-- Name: refund_status; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.refund_status AS ENUM (
    'pending',
    'succeeded',
    'failed'
);

ALTER TYPE payment.refund_status OWNER TO foodfast_owner;

--
-- Name: step_kind; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.step_kind AS ENUM (
    'customer',
    'attach',
    'detach',
    'forget',
    'authorize',
    'capture',
    'release',
    'refund',
    'ask'
);

ALTER TYPE payment.step_kind OWNER TO foodfast_owner;

--
-- Name: step_state; Type: TYPE; Schema: payment; Owner: foodfast_owner
--

CREATE TYPE payment.step_state AS ENUM (
    'open',
    'done',
    'dropped',
    'given_up'
);

ALTER TYPE payment.step_state OWNER TO foodfast_owner;

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
-- Name: account_erase(uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.account_erase(p_session uuid, p_hash text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'payment', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	hints text;
begin
	if me.role = 'admin' then
		perform admins_lock();
	end if;
	me := actor_with_password(p_session, p_hash);
	if orders_are_open(me.user_id) then
		perform fail(409, 'orders_open', 'An order of yours is still under way. Wait for it, or cancel it.');
	elsif me.role = 'admin' and not exists (select from users where role = 'admin' and not is_suspended and user_id <> me.user_id) then
		perform fail(409, 'last_admin', 'You are the only admin. Appoint another one first.');
	end if;
	perform payment_erase(me);
	hints := sessions_end(me.user_id);
	perform person_erase(me.user_id);
	insert into erasure (user_id, run_at)
	values (me.user_id, case when erasure_sweep(me.user_id, 500) then now() + interval '5 minutes' else now() end);
	return reply_commit(204, null, array[
		('user:' || me.user_id, 'user.updated', '{"fields": ["erased"]}', true)::new_event], hints => hints);
end
$$;

ALTER FUNCTION account.account_erase(p_session uuid, p_hash text) OWNER TO foodfast_owner;

--
-- Name: account_export(uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.account_export(p_session uuid, p_if_none_match text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'payment', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	export reply;
begin
	export := reply_read(json_build_object(
		'user', user_json(me.user_id)::json,
		'addresses', array(select address_json(a) from address as a where a.user_id = me.user_id order by address_id),
		'sessions', array(select json_build_object('id', session_id, 'device', device, 'ip', ip, 'created_at', iso_time(created_at),
				'last_used_at', iso_time(last_used_at), 'ended_at', iso_time(ended_at))
			from session where user_id = me.user_id order by session_id),
		'mail', array(select json_build_object('id', email_id, 'purpose', purpose, 'created_at', iso_time(created_at), 'sent_at', iso_time(sent_at))
			from email where user_id = me.user_id order by email_id),
		'orders', array(select body::json from orders as o, order_json(o, 'customer') as body where o.user_id = me.user_id order by o.order_id),
		'deliveries', array(select json_build_object('order_id', order_id, 'number', number, 'status', status, 'at', iso_time(status_at))
			from orders where driver_id = me.user_id order by order_id),
		'payments', payment_export(me.user_id),
		'events', array(select event_envelope(channel, seq, type, at, data)::json
			from event where channel = 'user:' || me.user_id order by seq),
		'deeds', array(select json_build_object('channel', channel, 'type', type, 'at', iso_time(at))
			from event where event_person(data) = me.user_id::text and data ?| array['by', 'driver', 'sender', 'agent'] order by at)
		)::text, null, p_if_none_match);
	export.body := json_with(export.body, 'exported_at', to_json(iso_time(now()))::text);
	return export;
end
$$;

ALTER FUNCTION account.account_export(p_session uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: account_register(text, text, text, text, text, text, text, bytea, uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea) RETURNS account.session_grant
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
	perform email_queue(made, 'confirm', p_email_id, p_email_hash);
	return session_grant_new(201, made, p_device, p_ip, p_refresh_hash);
end
$$;

ALTER FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea) OWNER TO foodfast_owner;

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
-- Name: actor_admin(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.actor_admin(p_session uuid) RETURNS account.actor
    LANGUAGE plpgsql STABLE
    AS $$
declare
	me actor := actor(p_session);
begin
	if me.role <> 'admin' then
		perform fail(403, 'forbidden', 'This is not for your role.');
	end if;
	return me;
end
$$;

ALTER FUNCTION account.actor_admin(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: actor_json(account.actor); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.actor_json(me account.actor) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('id', (me).user_id, 'role', (me).role, 'name', (me).name);

ALTER FUNCTION account.actor_json(me account.actor) OWNER TO foodfast_owner;

--
-- Name: actor_with_password(uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.actor_with_password(p_session uuid, p_hash text) RETURNS account.actor
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION account.actor_with_password(p_session uuid, p_hash text) OWNER TO foodfast_owner;

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
	body text;
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
	body := address_json(made)::text;
	return reply_commit(201, body, user_updated(me.user_id, '{addresses}'), etag => md5(body),
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
	return reply_commit(204, null, user_updated(me.user_id, '{addresses}'));
end
$$;

ALTER FUNCTION account.address_delete(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

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
-- Name: address_list(uuid, integer, text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_list(p_session uuid, p_limit integer DEFAULT NULL::integer, p_page text DEFAULT NULL::text, p_if_none_match text DEFAULT NULL::text) RETURNS api.reply
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
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

ALTER FUNCTION account.address_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

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
	return actor(p_session);
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
-- Name: address_patch(uuid, uuid, jsonb, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := address_lock(p_session);
	old address := address_own(me, p_id);
	new address := jsonb_populate_record(old, p_changes - 'address_id' - 'user_id' - 'is_default' - 'created_at');
	body text;
begin
	perform require_match(p_if_match, md5(address_json(old)::text));
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
	body := address_json(new)::text;
	return reply_commit(200, body, user_updated(me.user_id, '{addresses}'), etag => md5(body));
end
$$;

ALTER FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: address_without_person(jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.address_without_person(address jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_build_object('line1', 'Erased', 'city', (address -> 'city'::text), 'lat', round(((address ->> 'lat'::text))::numeric), 'lng', round(((address ->> 'lng'::text))::numeric));

ALTER FUNCTION account.address_without_person(address jsonb) OWNER TO foodfast_owner;

--
-- Name: admins_lock(); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.admins_lock() RETURNS void
    LANGUAGE sql
    RETURN pg_advisory_xact_lock(hashtextextended('what admins decide'::text, (0)::bigint));

ALTER FUNCTION account.admins_lock() OWNER TO foodfast_owner;

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
-- Name: email_confirm(bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_confirm(p_hash bytea) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	mail email := email_of_token(p_hash, 'confirm');
begin
	update email set used_at = now() where user_id = mail.user_id and purpose = 'confirm' and used_at is null;
	update users set email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now() where user_id = mail.user_id;
	return reply_commit(204, null, user_updated(mail.user_id, '{email_confirmed}'));
end
$$;

ALTER FUNCTION account.email_confirm(p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: email_confirmation_create(uuid, uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	if (select email_confirmed_at is not null from users where user_id = me.user_id) then
		perform fail(409, 'already_confirmed', 'Your e-mail address is confirmed already.');
	end if;
	perform email_queue(me.user_id, 'confirm', p_id, p_hash);
	return reply_commit(202, null, null);
end
$$;

ALTER FUNCTION account.email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: email_life(account.email_purpose); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_life(purpose account.email_purpose) RETURNS interval
    LANGUAGE sql IMMUTABLE
    RETURN CASE purpose WHEN 'confirm'::account.email_purpose THEN '24:00:00'::interval WHEN 'reset'::account.email_purpose THEN '01:00:00'::interval ELSE NULL::interval END;

ALTER FUNCTION account.email_life(purpose account.email_purpose) OWNER TO foodfast_owner;

--
-- Name: email; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.email (
    email_id uuid NOT NULL,
    user_id uuid,
    purpose account.email_purpose NOT NULL,
    token_hash bytea,
    expires_at timestamp with time zone,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    lease uuid,
    tries integer DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    CONSTRAINT email_token_hash_check CHECK ((length(token_hash) = 32)),
    CONSTRAINT token_expires CHECK (((token_hash IS NULL) = (expires_at IS NULL)))
);

ALTER TABLE account.email OWNER TO foodfast_owner;

--
-- Name: COLUMN email.user_id; Type: COMMENT; Schema: account; Owner: foodfast_owner
--

COMMENT ON COLUMN account.email.user_id IS 'null: nobody. A row all the same, so that asking for an unknown e-mail takes as long as for a known one';

--
-- Name: COLUMN email.run_at; Type: COMMENT; Schema: account; Owner: foodfast_owner
--

COMMENT ON COLUMN account.email.run_at IS 'when it is due; a lease moves it ahead, so that what a killed sender left is taken again';

--
-- Name: email_of_token(bytea, account.email_purpose); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_of_token(p_hash bytea, p_purpose account.email_purpose) RETURNS account.email
    LANGUAGE plpgsql
    AS $$
declare
	mail email;
begin
	select * into mail from email
	 where token_hash = p_hash and purpose = p_purpose and user_id is not null
	   for update;
	if mail.used_at is not null or mail.expires_at > now() is not true then
		perform fail_field('link_invalid', '/token', 'This link is not good any more. Ask for a new one.');
	end if;
	return mail;
end
$$;

ALTER FUNCTION account.email_of_token(p_hash bytea, p_purpose account.email_purpose) OWNER TO foodfast_owner;

--
-- Name: email_queue(uuid, account.email_purpose, uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_queue(p_user_id uuid, p_purpose account.email_purpose, p_id uuid, p_hash bytea DEFAULT NULL::bytea) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	recent bigint := (select count(*) from email
	                   where user_id = p_user_id and purpose = p_purpose and created_at > now() - interval '1 hour');
begin
	insert into email (email_id, user_id, purpose, token_hash, expires_at)
	values (p_id, case when recent < 5 then p_user_id end, p_purpose, p_hash, case when p_hash is not null then now() + email_life(p_purpose) end);
end
$$;

ALTER FUNCTION account.email_queue(p_user_id uuid, p_purpose account.email_purpose, p_id uuid, p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: email_sent(uuid, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_sent(p_id uuid, p_lease uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    BEGIN ATOMIC
 UPDATE account.email SET sent_at = now(), lease = NULL::uuid
   WHERE ((email.email_id = email_sent.p_id) AND (email.lease = email_sent.p_lease));
END;

ALTER FUNCTION account.email_sent(p_id uuid, p_lease uuid) OWNER TO foodfast_owner;

--
-- Name: email_take(integer); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.email_take(p_lease_ms integer) RETURNS TABLE(email_id uuid, lease uuid, purpose text, address text, created_at text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	delete from email where email.user_id is null and email.sent_at is null and email.run_at <= now();
	return query
	update email as due
	   set lease = gen_random_uuid(), run_at = now() + make_interval(secs => p_lease_ms / 1000.0), tries = tries + 1
	  from (select mail.email_id, users.email as address
	          from email as mail
	          join users using (user_id)
	         where mail.sent_at is null and mail.run_at <= now()
	         order by mail.run_at
	         limit 1
	           for update of mail skip locked) as first
	 where due.email_id = first.email_id
	returning due.email_id, due.lease, due.purpose::text, first.address::text, iso_time(due.created_at);
end
$$;

ALTER FUNCTION account.email_take(p_lease_ms integer) OWNER TO foodfast_owner;

--
-- Name: erase_answers(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erase_answers(p_user_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	update idempotent_answer
	   set body = (json_without_name(body::jsonb, p_user_id) || case when body::jsonb #>> '{customer,id}' = p_user_id::text and body::jsonb ? 'address'
	       then jsonb_build_object('address', address_without_person(body::jsonb -> 'address'), 'items', json_without_notes(body::jsonb) -> 'items')
	       else '{}' end)::text
	 where body like '{%' || p_user_id || '%';
end
$$;

ALTER FUNCTION account.erase_answers(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: erase_name(uuid, integer); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erase_name(p_user_id uuid, most integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
	ids uuid[];
	found_events bigint;
begin
	with named as (
		select channel, seq, at from event
		 where event_person(data) = p_user_id::text and data ?| array['by', 'driver', 'sender', 'agent']
		   and coalesce(data #>> '{by,name}', data #>> '{driver,name}', data #>> '{sender,name}', data #>> '{agent,name}') <> 'Erased'
		 limit most
	), changed as (
		update event
		   set data = json_without_name(case when data #>> '{by,role}' = 'customer' then data - 'reason' else data end, p_user_id)
		  from named
		 where event.channel = named.channel and event.seq = named.seq and event.at = named.at
		returning data ->> 'order_id' as order_id
	)
	select count(*), array_agg(distinct order_id::uuid) filter (where order_id is not null) into found_events, ids from changed;
	update orders
	   set status_by = case when status_by ->> 'id' = p_user_id::text then status_by || '{"name": "Erased"}' else status_by end,
	       acknowledged_by = case when acknowledged_by ->> 'id' = p_user_id::text then acknowledged_by || '{"name": "Erased"}' else acknowledged_by end
	 where order_id = any (ids);
	return found_events;
end
$$;

ALTER FUNCTION account.erase_name(p_user_id uuid, most integer) OWNER TO foodfast_owner;

--
-- Name: erase_notes(uuid[]); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erase_notes(p_order_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	placed record;
begin
	for placed in
		select event.xid, event.at, o.order_id, o.restaurant_id
		  from orders as o
		  join event on event.channel = 'order:' || o.order_id and event.type = 'order.placed'
		 where o.order_id = any (p_order_ids) and exists (select from order_item where order_id = o.order_id and note is not null)
	loop
		if placed.xid is not null then
			update event set data = json_without_notes(data)
			 where xid = placed.xid and type = 'order.placed' and data ->> 'order_id' = placed.order_id::text;
		else
			update event set data = json_without_notes(data)
			 where channel = any (array['order:' || placed.order_id, 'restaurant:' || placed.restaurant_id])
			   and at between placed.at - interval '10 seconds' and placed.at + interval '10 seconds'
			   and type = 'order.placed' and data ->> 'order_id' = placed.order_id::text;
		end if;
	end loop;
	update order_item set note = null where order_id = any (p_order_ids) and note is not null;
end
$$;

ALTER FUNCTION account.erase_notes(p_order_ids uuid[]) OWNER TO foodfast_owner;

--
-- Name: erase_orders(uuid, integer); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erase_orders(p_user_id uuid, most integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
	ids uuid[] := array(select order_id from orders
	                     where user_id = p_user_id and status in ('delivered', 'cancelled') and address ->> 'line1' <> 'Erased'
	                     limit most);
begin
	perform erase_notes(ids);
	update orders set address = address_without_person(address), basket_hash = '' where order_id = any (ids);
	return cardinality(ids);
end
$$;

ALTER FUNCTION account.erase_orders(p_user_id uuid, most integer) OWNER TO foodfast_owner;

--
-- Name: erasure_sweep(uuid, integer); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erasure_sweep(p_user_id uuid, most integer) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
	named bigint := erase_name(p_user_id, most);
	ordered bigint := erase_orders(p_user_id, most);
begin
	perform erase_answers(p_user_id);
	return named < most and ordered < most;
end
$$;

ALTER FUNCTION account.erasure_sweep(p_user_id uuid, most integer) OWNER TO foodfast_owner;

--
-- Name: erasures_continue(); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.erasures_continue() RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	due erasure;
	is_clean boolean;
begin
	for due in select * from erasure where run_at <= now() order by run_at limit 20 for update skip locked loop
		is_clean := erasure_sweep(due.user_id, 5000);
		if is_clean and due.asked_at < now() - interval '1 hour' and not orders_are_open(due.user_id) then
			delete from erasure where user_id = due.user_id;
		else
			update erasure set run_at = case when is_clean then now() + interval '1 hour' else now() end where user_id = due.user_id;
		end if;
	end loop;
end
$$;

ALTER FUNCTION account.erasures_continue() OWNER TO foodfast_owner;

--
-- Name: event_person(jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.event_person(data jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE((data #>> '{by,id}'::text[]), (data #>> '{driver,id}'::text[]), (data #>> '{sender,id}'::text[]), (data #>> '{agent,id}'::text[]));

ALTER FUNCTION account.event_person(data jsonb) OWNER TO foodfast_owner;

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
-- Name: json_without_name(jsonb, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.json_without_name(body jsonb, p_user_id uuid) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN (SELECT jsonb_object_agg(jsonb_each.key, CASE WHEN (((jsonb_each.value ->> 'id'::text) = (json_without_name.p_user_id)::text) AND (jsonb_each.value ? 'name'::text)) THEN (jsonb_each.value || '{"name": "Erased"}'::jsonb) ELSE jsonb_each.value END) AS jsonb_object_agg FROM jsonb_each(json_without_name.body) jsonb_each(key, value));

ALTER FUNCTION account.json_without_name(body jsonb, p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: json_without_notes(jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.json_without_notes(body jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (body ? 'items'::text) THEN (body || jsonb_build_object('items', (SELECT COALESCE(jsonb_agg((item.line - 'note'::text) ORDER BY item.n), '[]'::jsonb) AS "coalesce" FROM jsonb_array_elements((json_without_notes.body -> 'items'::text)) WITH ORDINALITY item(line, n)))) ELSE body END;

ALTER FUNCTION account.json_without_notes(body jsonb) OWNER TO foodfast_owner;

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
	me := actor(p_session);
	perform require_match(p_if_match, md5(user_json(me.user_id)));
	changed := user_change(me.user_id, p_changes);
	body := user_json(me.user_id);
	return reply_commit(200, body, user_updated(me.user_id, changed), etag => md5(body));
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
-- Name: memberships_put(uuid, account.role, jsonb); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.memberships_put(p_user_id uuid, p_role account.role, p_memberships jsonb) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
	wanted jsonb := case when p_role = 'restaurant' then p_memberships else '[]' end;
	unknown bigint;
	twice bigint;
	removed bigint;
	put bigint;
begin
	if p_role <> 'restaurant' and jsonb_array_length(p_memberships) > 0 then
		perform fail_field('not_staff', '/memberships', 'Only people of the role restaurant work in one.');
	elsif wanted is null then
		return false;
	end if;
	select min(n) into unknown
	  from rows from (jsonb_to_recordset(wanted) as (restaurant_id uuid)) with ordinality as given(restaurant_id, n)
	 where not exists (select from restaurant where restaurant.restaurant_id = given.restaurant_id);
	if unknown is not null then
		perform fail_field('invalid_fields', format('/memberships/%s/restaurant_id', unknown - 1), 'There is no such restaurant.');
	end if;
	select min(n) into twice
	  from (select n, row_number() over (partition by restaurant_id order by n) as nth
	          from rows from (jsonb_to_recordset(wanted) as (restaurant_id uuid)) with ordinality as given(restaurant_id, n)) as numbered
	 where nth > 1;
	if twice is not null then
		perform fail_field('invalid_fields', format('/memberships/%s/restaurant_id', twice - 1), 'This restaurant is named twice.');
	end if;
	delete from membership
	 where user_id = p_user_id and restaurant_id not in (select restaurant_id from jsonb_to_recordset(wanted) as given(restaurant_id uuid));
	get diagnostics removed = row_count;
	insert into membership as known (user_id, restaurant_id, role)
	select p_user_id, restaurant_id, given.role
	  from jsonb_to_recordset(wanted) as given(restaurant_id uuid, role staff_role)
	    on conflict (user_id, restaurant_id) do update set role = excluded.role
	 where known.role <> excluded.role;
	get diagnostics put = row_count;
	return removed + put > 0;
end
$$;

ALTER FUNCTION account.memberships_put(p_user_id uuid, p_role account.role, p_memberships jsonb) OWNER TO foodfast_owner;

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
    CONSTRAINT cash_is_cash CHECK (((payment_method = 'card'::ordering.payment_method) OR (payment_status = ANY (ARRAY['due'::ordering.payment_status, 'collected'::ordering.payment_status, 'voided'::ordering.payment_status])))),
    CONSTRAINT kitchen_cooks_what_is_paid CHECK (((payment_method = 'cash'::ordering.payment_method) OR (status = ANY (ARRAY['awaiting_payment'::ordering.order_status, 'cancelled'::ordering.order_status])) OR (payment_status = ANY (ARRAY['authorized'::ordering.payment_status, 'captured'::ordering.payment_status, 'partially_refunded'::ordering.payment_status, 'refunded'::ordering.payment_status, 'failed'::ordering.payment_status])))),
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
-- Name: orders_are_open(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.orders_are_open(p_user_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT ((EXISTS ( SELECT
            FROM ordering.orders
           WHERE ((orders.user_id = orders_are_open.p_user_id) AND (orders.status <> ALL (ARRAY['delivered'::ordering.order_status, 'cancelled'::ordering.order_status]))))) OR (EXISTS ( SELECT
            FROM ordering.orders
           WHERE ((orders.driver_id = orders_are_open.p_user_id) AND (orders.status <> ALL (ARRAY['delivered'::ordering.order_status, 'cancelled'::ordering.order_status]))))));
END;

ALTER FUNCTION account.orders_are_open(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: password_change(uuid, text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.password_change(p_session uuid, p_old_hash text, p_new_hash text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor_with_password(p_session, p_old_hash);
begin
	update users set password_hash = p_new_hash, updated_at = now() where user_id = me.user_id;
	perform email_queue(me.user_id, 'password_changed', uuid_v7());
	return reply_commit(204, null, user_updated(me.user_id, '{password}'), hints => sessions_end(me.user_id, p_but => p_session));
end
$$;

ALTER FUNCTION account.password_change(p_session uuid, p_old_hash text, p_new_hash text) OWNER TO foodfast_owner;

--
-- Name: password_forget(text, uuid, bytea); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.password_forget(p_email text, p_id uuid, p_hash bytea) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
begin
	perform email_queue((select user_id from users where email = lower(btrim(p_email))), 'reset', p_id, p_hash);
	return reply_commit(202, null, null);
end
$$;

ALTER FUNCTION account.password_forget(p_email text, p_id uuid, p_hash bytea) OWNER TO foodfast_owner;

--
-- Name: password_hash_of(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.password_hash_of(p_session uuid) RETURNS TABLE(password_hash text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
begin
	return query select users.password_hash from users where users.user_id = me.user_id;
end
$$;

ALTER FUNCTION account.password_hash_of(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: password_reset(bytea, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.password_reset(p_hash bytea, p_password_hash text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	mail email := email_of_token(p_hash, 'reset');
begin
	update email set used_at = now() where user_id = mail.user_id and token_hash is not null and used_at is null;
	update users
	   set password_hash = p_password_hash, email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now()
	 where user_id = mail.user_id;
	perform email_queue(mail.user_id, 'password_changed', uuid_v7());
	return reply_commit(204, null, user_updated(mail.user_id, '{password}'), hints => sessions_end(mail.user_id));
end
$$;

ALTER FUNCTION account.password_reset(p_hash bytea, p_password_hash text) OWNER TO foodfast_owner;

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
    email_confirmed_at timestamp with time zone,
    erased_at timestamp with time zone,
    CONSTRAINT erased_is_out CHECK (((erased_at IS NULL) OR is_suspended)),
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
-- Name: person_erase(uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.person_erase(p_user_id uuid) RETURNS void
    LANGUAGE plpgsql
    AS $_$
declare
	told text := ':' || (select email from users where user_id = p_user_id);
begin
	delete from idempotent_answer
	 where scope = 'user:' || p_user_id or right(lower(btrim(scope)), length(told)) = told
	    or session_id in (select session.session_id from session where user_id = p_user_id);
	delete from session where user_id = p_user_id;
	delete from address where user_id = p_user_id;
	delete from email where user_id = p_user_id;
	delete from membership where user_id = p_user_id;
	delete from event where channel = 'user:' || p_user_id;
	update log.channel set oldest = head + 1 where name = 'user:' || p_user_id;
	update users
	   set email = 'erased-' || user_id || '@erased.invalid', name = 'Erased', phone = null, password_hash = '$argon2id$',
	       email_confirmed_at = null, is_suspended = true, erased_at = now(), updated_at = now()
	 where user_id = p_user_id;
end
$_$;

ALTER FUNCTION account.person_erase(p_user_id uuid) OWNER TO foodfast_owner;

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
)
WITH (fillfactor='60');

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
	   set last_used_at = now(),
	       expires_at = case when expires_at > now() + interval '30 days' - interval '1 hour' then expires_at else now() + interval '30 days' end
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
)
WITH (fillfactor='70');

ALTER TABLE account.session OWNER TO foodfast_owner;

--
-- Name: session_json(account.session, boolean); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_json(s account.session, is_current boolean) RETURNS text
    LANGUAGE sql STABLE
    RETURN (json_build_object('id', (s).session_id, 'device', (s).device, 'ip', (s).ip, 'created_at', log.iso_time((s).created_at), 'last_used_at', log.iso_time((s).last_used_at), 'current', is_current))::text;

ALTER FUNCTION account.session_json(s account.session, is_current boolean) OWNER TO foodfast_owner;

--
-- Name: session_list(uuid, integer, text, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.session_list(p_session uuid, p_limit integer DEFAULT NULL::integer, p_page text DEFAULT NULL::text, p_if_none_match text DEFAULT NULL::text) RETURNS api.reply
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
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

ALTER FUNCTION account.session_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

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
-- Name: sessions_end(uuid, uuid, uuid); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.sessions_end(p_user_id uuid, p_only uuid DEFAULT NULL::uuid, p_but uuid DEFAULT NULL::uuid) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

ALTER FUNCTION account.sessions_end(p_user_id uuid, p_only uuid, p_but uuid) OWNER TO foodfast_owner;

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

ALTER FUNCTION account.user_json(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: json_with(text, text, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.json_with(object text, name text, value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (value IS NULL) THEN object ELSE ((((("left"(object, '-1'::integer) || ',"'::text) || name) || '":'::text) || value) || '}'::text) END;

ALTER FUNCTION api.json_with(object text, name text, value text) OWNER TO foodfast_owner;

--
-- Name: user_admin_json(account.users); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_admin_json(u account.users) RETURNS text
    LANGUAGE sql STABLE
    RETURN api.json_with(api.json_with(account.user_json((u).user_id), 'suspended'::text, ((u).is_suspended)::text), 'erased'::text, (((u).erased_at IS NOT NULL))::text);

ALTER FUNCTION account.user_admin_json(u account.users) OWNER TO foodfast_owner;

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
-- Name: user_for_change(account.actor, uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_for_change(me account.actor, p_id uuid, p_if_match text) RETURNS account.users
    LANGUAGE plpgsql
    AS $$
declare
	u users;
begin
	select * into u from users where user_id = p_id for update;
	if not found then
		perform fail(404, 'not_found', 'There is no such person.');
	elsif p_id = me.user_id then
		perform fail(403, 'own_account', 'Another admin has to change your rights.');
	elsif u.erased_at is not null then
		perform fail(409, 'erased', 'This person has left.');
	end if;
	perform require_match(p_if_match, md5(user_admin_json(u)));
	return u;
end
$$;

ALTER FUNCTION account.user_for_change(me account.actor, p_id uuid, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: user_get(uuid, uuid, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_get(p_session uuid, p_id uuid, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor_admin(p_session);
	body text := (select user_admin_json(users) from users where user_id = p_id);
begin
	if body is null then
		perform fail(404, 'not_found', 'There is no such person.');
	end if;
	return reply_read(body, null, p_if_none_match);
end
$$;

ALTER FUNCTION account.user_get(p_session uuid, p_id uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: user_list(uuid, text, text, boolean, integer, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit integer, p_page text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor_admin(p_session);
	before uuid := coalesce((page_decode(p_page)).id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
	pattern text := '%' || regexp_replace(p_q, '([\\%_])', '\\\1', 'g') || '%';
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	select array_agg(user_admin_json(listed) order by user_id desc), array_agg(jsonb_build_object('id', user_id) order by user_id desc)
	  into items, keys
	  from (select *
	          from users
	         where user_id < before and (pattern is null or email || ' ' || name ilike pattern)
	           and (p_role is null or role = p_role::role) and (p_suspended is null or is_suspended = p_suspended)
	         order by user_id desc
	         limit size + 1) as listed;
	return reply_read(page_body(items, keys, size), null, null);
end
$$;

ALTER FUNCTION account.user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit integer, p_page text) OWNER TO foodfast_owner;

--
-- Name: user_patch(uuid, uuid, jsonb, text); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'account', 'log', 'api', 'catalogue', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	old users;
	new users;
	is_moved boolean;
	body text;
	hints text;
begin
	perform admins_lock();
	old := user_for_change(actor_admin(p_session), p_id, p_if_match);
	new := old;
	new.is_suspended := coalesce((p_changes ->> 'suspended')::boolean, old.is_suspended);
	new.role := coalesce((p_changes ->> 'role')::role, old.role);
	if new.role <> old.role and orders_are_open(p_id) then
		perform fail(409, 'orders_open', 'An order of this person still moves. Change the role when it is done.');
	end if;
	is_moved := memberships_put(p_id, new.role, p_changes -> 'memberships');
	if is_moved or new is distinct from old then
		update users set is_suspended = new.is_suspended, role = new.role, updated_at = now() where user_id = p_id returning * into new;
	end if;
	if new.role <> old.role or new.is_suspended and not old.is_suspended then
		hints := sessions_end(p_id);
	end if;
	body := user_admin_json(new);
	return reply_commit(200, body, user_updated(p_id, array_remove(array[
			case when new.is_suspended <> old.is_suspended then 'suspended' end,
			case when new.role <> old.role then 'role' end,
			case when is_moved then 'memberships' end], null)),
		etag => md5(body), hints => concat_ws(E'\n', hints, case when is_moved then E'revocation\tuser ' || p_id end));
end
$$;

ALTER FUNCTION account.user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: user_updated(uuid, text[]); Type: FUNCTION; Schema: account; Owner: foodfast_owner
--

CREATE FUNCTION account.user_updated(p_user_id uuid, fields text[]) RETURNS log.new_event[]
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (fields <> '{}'::text[]) THEN ARRAY[ROW(('user:'::text || p_user_id), 'user.updated'::text, jsonb_build_object('fields', fields), false)::log.new_event] ELSE NULL::log.new_event[] END;

ALTER FUNCTION account.user_updated(p_user_id uuid, fields text[]) OWNER TO foodfast_owner;

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
-- Name: maintenance_run(); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.maintenance_run() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'api', 'log', 'account', 'catalogue', 'ordering', 'payment', 'public', 'pg_temp'
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
	delete from email where coalesce(expires_at, created_at) < now() - interval '7 days';
	perform erasures_continue();
	perform payments_tidy();
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
-- Name: page_of(text[], integer, text); Type: FUNCTION; Schema: api; Owner: foodfast_owner
--

CREATE FUNCTION api.page_of(items text[], wanted integer, page text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    AS $$
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

ALTER FUNCTION api.page_of(items text[], wanted integer, page text) OWNER TO foodfast_owner;

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
-- Name: city_list(integer, text, text); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.city_list(p_limit integer, p_page text, p_if_none_match text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'catalogue', 'log', 'api', 'account', 'ordering', 'public', 'pg_temp'
    AS $$
declare
	items text[];
begin
	select array_agg(to_json(shown)::text order by shown.name) into items
	  from (select city_id as id, name, lat, lng from city) as shown;
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

ALTER FUNCTION catalogue.city_list(p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: distance_m(double precision, double precision, double precision, double precision); Type: FUNCTION; Schema: catalogue; Owner: foodfast_owner
--

CREATE FUNCTION catalogue.distance_m(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision) RETURNS double precision
    LANGUAGE plpgsql IMMUTABLE STRICT
    AS $$
begin
	return 2 * 6371008.8 * asin(least(1, sqrt(
		power(sind((lat2 - lat1) / 2), 2) + cosd(lat1) * cosd(lat2) * power(sind((lng2 - lng1) / 2), 2))));
end
$$;

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
-- Name: cluster_number(); Type: FUNCTION; Schema: log; Owner: foodfast_owner
--

CREATE FUNCTION log.cluster_number() RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	known text := nullif(current_setting('foodfast.cluster', true), '');
begin
	if known is null then
		known := set_config('foodfast.cluster', (select system_identifier::text from pg_control_system()), false);
	end if;
	return known;
end
$$;

ALTER FUNCTION log.cluster_number() OWNER TO foodfast_owner;

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
	return (select left(md5(cluster_number() || ':' || timeline || ':' || seed), 16) from epoch);
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
 SELECT (make_interval(secs => ((120)::double precision + ((0.33)::double precision * catalogue.distance_m((kitchen.lat)::double precision, (kitchen.lng)::double precision, (((order_eta.o).address ->> 'lat'::text))::double precision, (((order_eta.o).address ->> 'lng'::text))::double precision)))) +
         CASE (order_eta.o).status
             WHEN 'placed'::ordering.order_status THEN ((order_eta.o).placed_at + '00:20:00'::interval)
             WHEN 'confirmed'::ordering.order_status THEN GREATEST(((order_eta.o).placed_at + '00:20:00'::interval), ((order_eta.o).status_at + '00:10:00'::interval))
             WHEN 'preparing'::ordering.order_status THEN GREATEST(((order_eta.o).placed_at + '00:20:00'::interval), ((order_eta.o).status_at + '00:05:00'::interval))
             WHEN 'ready'::ordering.order_status THEN ((order_eta.o).status_at + '00:05:00'::interval)
             WHEN 'picked_up'::ordering.order_status THEN (order_eta.o).status_at
             ELSE NULL::timestamp with time zone
         END)
    FROM catalogue.restaurant kitchen
   WHERE ((kitchen.restaurant_id = (order_eta.o).restaurant_id) AND ((order_eta.o).status = ANY (ARRAY['placed'::ordering.order_status, 'confirmed'::ordering.order_status, 'preparing'::ordering.order_status, 'ready'::ordering.order_status, 'picked_up'::ordering.order_status])));
END;

ALTER FUNCTION ordering.order_eta(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: order_events(uuid, uuid, integer, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_events(p_session uuid, p_id uuid, p_limit integer, p_page text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
    RETURN CASE (o).status WHEN 'delivered'::ordering.order_status THEN ((o).payment_status = ANY (ARRAY['captured'::ordering.payment_status, 'partially_refunded'::ordering.payment_status, 'refunded'::ordering.payment_status, 'failed'::ordering.payment_status, 'collected'::ordering.payment_status])) WHEN 'cancelled'::ordering.order_status THEN (((o).payment_status = ANY (ARRAY['voided'::ordering.payment_status, 'refunded'::ordering.payment_status])) OR (((o).payment_status = 'failed'::ordering.payment_status) AND ((o).placed_at IS NOT NULL))) ELSE false END;

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
-- Name: card_json(ordering.orders, account.role); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.card_json(o ordering.orders, party account.role) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
declare
	latest intent;
	due timestamptz;
begin
	if party is distinct from 'customer' or o.status <> 'awaiting_payment' then
		return json_strip_nulls(json_build_object('method', o.payment_method, 'status', o.payment_status));
	end if;
	latest := intent_latest(o.order_id);
	select deadline_at into due from payment where order_id = o.order_id;
	return json_strip_nulls(json_build_object('method', o.payment_method, 'status', o.payment_status,
		'payment_method_id', latest.payment_method_id,
		'next_action', case when o.payment_status = 'requires_action' then latest.next_action end,
		'reason', case when o.payment_status = 'failed' then decline_reason(latest.decline_code) end,
		'detail', case when o.payment_status = 'failed' then decline_detail(latest.decline_code) end,
		'expires_at', iso_time(due)));
end
$$;

ALTER FUNCTION payment.card_json(o ordering.orders, party account.role) OWNER TO foodfast_owner;

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
                 CASE (order_json.o).payment_method
                     WHEN 'card'::ordering.payment_method THEN payment.card_json(order_json.o, order_json.party)
                     ELSE ( SELECT to_json(paid.*) AS to_json
                        FROM ( SELECT (order_json.o).payment_method AS method,
                                 (order_json.o).payment_status AS status) paid)
                 END AS payment,
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	made uuid := uuid_v7();
	kitchen restaurant;
	priced basket;
	m method;
	o orders;
	body text;
begin
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only customers order.');
	elsif p_payment ->> 'method' is distinct from 'cash' then
		m := method_for_order(me, (p_payment ->> 'payment_method_id')::uuid, '/payment/payment_method_id');
	end if;
	kitchen := kitchen_open(p_restaurant_id);
	priced := basket_price(made, p_restaurant_id, p_items);
	if p_again is not true then
		perform refuse_duplicate(me, priced.hash);
	end if;
	o := order_write(me, kitchen, made, priced, coalesce(p_tip, 0), order_address(me, p_address_id, p_address),
		(p_payment ->> 'method')::payment_method);
	if m.payment_method_id is not null then
		return order_place_card(o, m);
	end if;
	body := (select * from order_json(o, 'customer'));
	return reply_commit(201, body, order_placed_events(o, body::json), location => '/api/v1/orders/' || made);
end
$$;

ALTER FUNCTION ordering.order_place(p_session uuid, p_restaurant_id uuid, p_items jsonb, p_address_id uuid, p_address jsonb, p_payment jsonb, p_tip bigint, p_again boolean) OWNER TO foodfast_owner;

--
-- Name: method; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.method (
    payment_method_id uuid NOT NULL,
    user_id uuid NOT NULL,
    state payment.method_state DEFAULT 'pending'::payment.method_state NOT NULL,
    token text,
    gateway_id text,
    brand text,
    last4 text,
    exp_month smallint,
    exp_year smallint,
    is_default boolean DEFAULT false NOT NULL,
    decline_code text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT default_is_ready CHECK (((state = 'ready'::payment.method_state) OR (NOT is_default))),
    CONSTRAINT method_brand_check CHECK ((length(brand) <= 50)),
    CONSTRAINT method_decline_code_check CHECK ((length(decline_code) <= 100)),
    CONSTRAINT method_exp_month_check CHECK (((exp_month >= 1) AND (exp_month <= 12))),
    CONSTRAINT method_exp_year_check CHECK (((exp_year >= 2000) AND (exp_year <= 2200))),
    CONSTRAINT method_gateway_id_check CHECK ((length(gateway_id) <= 255)),
    CONSTRAINT method_last4_check CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT method_token_check CHECK ((length(token) <= 255)),
    CONSTRAINT ready_is_known CHECK (((state <> 'ready'::payment.method_state) OR (gateway_id IS NOT NULL)))
);

ALTER TABLE payment.method OWNER TO foodfast_owner;

--
-- Name: COLUMN method.token; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.method.token IS 'what the client was given by the gateway; gone as soon as the card is attached';

--
-- Name: order_place_card(ordering.orders, payment.method); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_place_card(o ordering.orders, m payment.method) RETURNS api.reply
    LANGUAGE plpgsql
    AS $$
begin
	if o.total_price not between 50 and 99999999 then -- what gateways take of such currencies
		perform fail_field('invalid_fields', '/payment/method', 'Such a sum cannot be paid by card. Pay in cash.');
	end if;
	perform payment_open(o, m);
	return reply_commit(202, jsonb_build_object('id', o.order_id)::text, array[card_event(o, o.total_price)],
		location => '/api/v1/orders/' || o.order_id);
end
$$;

ALTER FUNCTION ordering.order_place_card(o ordering.orders, m payment.method) OWNER TO foodfast_owner;

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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
-- Name: order_status_events(ordering.orders, ordering.order_status, jsonb, text); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by jsonb, reason text) RETURNS log.new_event[]
    LANGUAGE plpgsql STABLE
    AS $$
declare
	data jsonb := jsonb_strip_nulls(jsonb_build_object('order_id', o.order_id, 'status', o.status,
		'previous', previous, 'by', by, 'reason', reason, 'eta', iso_time((select * from order_eta(o)))));
	watched text[] := array['order:' || o.order_id,
		case when o.placed_at is not null then 'restaurant:' || o.restaurant_id end, 'driver:' || o.driver_id];
begin
	return array(select (channel, 'order.status', data, false)::new_event
	               from unnest(watched) as channel
	              where channel is not null);
end
$$;

ALTER FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by jsonb, reason text) OWNER TO foodfast_owner;

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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
	events := order_status_events(o, previous, o.status_by, reason);
	if o.status = 'delivered' then
		perform invoice_issue(o);
	end if;
	if o.payment_method = 'card' then
		return order_transition_card(o, party, events);
	elsif o.payment_status <> paid then
		events := events || payment_status_event(o);
	end if;
	return reply_commit(200, (select * from order_json(o, party)), order_events_closed(o, events));
end
$$;

ALTER FUNCTION ordering.order_transition(p_session uuid, p_id uuid, p_to text, p_reason text) OWNER TO foodfast_owner;

--
-- Name: order_transition_card(ordering.orders, account.role, log.new_event[]); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_transition_card(o ordering.orders, party account.role, events log.new_event[]) RETURNS api.reply
    LANGUAGE plpgsql
    AS $$
declare
	paid new_event[] := payment_follow(o);
begin
	select * into o from orders where order_id = o.order_id;
	return reply_commit(200, (select * from order_json(o, party)), order_events_closed(o, events || paid), hints => wake_hint());
end
$$;

ALTER FUNCTION ordering.order_transition_card(o ordering.orders, party account.role, events log.new_event[]) OWNER TO foodfast_owner;

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
-- Name: order_write(account.actor, catalogue.restaurant, uuid, ordering.basket, bigint, jsonb, ordering.payment_method); Type: FUNCTION; Schema: ordering; Owner: foodfast_owner
--

CREATE FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb, p_paid_by ordering.payment_method) RETURNS ordering.orders
    LANGUAGE plpgsql
    AS $$
declare
	sum bigint := priced.subtotal;
	is_cash boolean := p_paid_by = 'cash';
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
	values (p_order_id, order_number_next(), me.user_id, kitchen.restaurant_id,
	        case when is_cash then 'placed' else 'awaiting_payment' end::order_status, p_paid_by,
	        case when is_cash then 'due' else 'pending' end::payment_status,
	        (select currency from city where city_id = kitchen.city_id),
	        sum, kitchen.delivery_fee, tip, sum + kitchen.delivery_fee + tip, p_address, priced.hash, actor_json(me),
	        case when is_cash then now() end)
	returning * into o;
	insert into order_item select * from unnest(priced.lines);
	return o;
end
$$;

ALTER FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb, p_paid_by ordering.payment_method) OWNER TO foodfast_owner;

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
			 where user_id = me.user_id and status between s and s and order_id < before
			   and (restaurants is null or restaurant_id = any (restaurants))
			 order by status desc, order_id desc limit most) as found;
	elsif me.role = 'driver' then
		return query select found.* from unnest(statuses) as s, lateral (
			select * from orders
			 where driver_id = me.user_id and status between s and s and order_id < before
			   and driver_id is not null and (restaurants is null or restaurant_id = any (restaurants))
			 order by status desc, order_id desc limit most) as found;
	elsif restaurants is not null then
		return query select found.* from unnest(restaurants) as r, unnest(statuses) as s, lateral (
			select * from orders
			 where restaurant_id = r and status between s and s and order_id < before
			   and (me.role <> 'restaurant' or placed_at is not null)
			 order by status desc, order_id desc limit most) as found;
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
    SET search_path TO 'ordering', 'payment', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
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
	select order_id, number, status into earlier
	  from orders
	 where user_id = me.user_id and status <> 'cancelled' and order_id > since and basket_hash = hash
	 limit 1;
	if found then
		perform fail(409, 'duplicate_order', case earlier.status
				when 'awaiting_payment' then 'You ordered just the same a moment ago, and it waits to be paid. Pay for it, or send "again": true if you mean it.'
				else 'You ordered just the same a moment ago. Send "again": true if you mean it.' end,
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
-- Name: step; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.step (
    step_id uuid NOT NULL,
    turn bigint NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    kind payment.step_kind NOT NULL,
    about jsonb DEFAULT '{}'::jsonb NOT NULL,
    operation text,
    object_id text,
    params jsonb,
    key text,
    state payment.step_state DEFAULT 'open'::payment.step_state NOT NULL,
    is_searching boolean DEFAULT false NOT NULL,
    run_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease uuid,
    leased_until timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    sends integer DEFAULT 0 NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    asks integer DEFAULT 0 NOT NULL,
    first_sent_at timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT lease_has_an_end CHECK (((lease IS NULL) = (leased_until IS NULL))),
    CONSTRAINT open_is_unsettled CHECK (((state = 'open'::payment.step_state) = (settled_at IS NULL))),
    CONSTRAINT step_last_error_check CHECK ((length(last_error) <= 200)),
    CONSTRAINT step_subject_check CHECK ((subject ~ '^(order|user):[0-9a-f-]{36}$'::text))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02');

ALTER TABLE payment.step OWNER TO foodfast_owner;

--
-- Name: COLUMN step.about; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.step.about IS 'what it is about, for us: attempt, refund_id, payment_method_id; never sent';

--
-- Name: COLUMN step.is_searching; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.step.is_searching IS 'the gateway keeps an error for the key: it is asked whether there is such an object';

--
-- Name: COLUMN step.refusals; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.step.refusals IS 'errors of the gateway''s own in a row';

--
-- Name: ask_answered(payment.step, integer, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ask_answered(s payment.step, p_status integer, p_body jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := step_order(s);
begin
	if p_status >= 400 then
		return array[escalation('payment_mismatch', id, format('The gateway knows nothing of %s (HTTP %s).', s.object_id, p_status))];
	elsif s.about ? 'refund_id' then
		return refund_heard((s.about ->> 'refund_id')::uuid, p_body);
	elsif s.about ? 'stray' then
		return stray_heard(id, p_body);
	end if;
	return intent_heard(id, (s.about ->> 'attempt')::int, p_body);
end
$$;

ALTER FUNCTION payment.ask_answered(s payment.step, p_status integer, p_body jsonb) OWNER TO foodfast_owner;

--
-- Name: ask_want(text, jsonb, text, text, interval); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ask_want(p_subject text, p_about jsonb, p_operation text, p_object_id text, p_in interval DEFAULT '00:00:00'::interval) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	update step
	   set run_at = least(run_at, clock_timestamp() + p_in)
	 where subject = p_subject and state = 'open' and kind = 'ask' and object_id = p_object_id and lease is null;
	if not found then
		perform step_want(p_subject, 'ask', p_about, p_operation, p_object_id, null, p_in);
	end if;
end
$$;

ALTER FUNCTION payment.ask_want(p_subject text, p_about jsonb, p_operation text, p_object_id text, p_in interval) OWNER TO foodfast_owner;

--
-- Name: authorize_answered(payment.step, integer, jsonb, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.authorize_answered(s payment.step, p_status integer, p_body jsonb, p_code text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := step_order(s);
	n int := s.about ->> 'attempt';
	pi jsonb := coalesce(p_body #> '{error,payment_intent}', p_body);
	i intent;
begin
	if pi ->> 'object' = 'payment_intent' then
		return intent_heard(id, n, pi);
	end if;
	update intent set status = 'declined', decline_code = left(coalesce(p_code, 'processing_error'), 100), updated_at = now()
	 where order_id = id and attempt = n and status = 'new'
	returning * into i;
	return intent_follow(i, '{}') || case when p_status in (402, 404) then '{}'
		else array[escalation('payment_refused', id, format('The gateway refused to take a payment: HTTP %s %s', p_status, p_code))] end;
end
$$;

ALTER FUNCTION payment.authorize_answered(s payment.step, p_status integer, p_body jsonb, p_code text) OWNER TO foodfast_owner;

--
-- Name: cancel_follow(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.cancel_follow(o ordering.orders) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
begin
	perform steps_drop(o.order_id, 'authorize');
	perform steps_drop(o.order_id, 'capture');
	perform release_want(o);
	return payment_finish(o.order_id);
end
$$;

ALTER FUNCTION payment.cancel_follow(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: cancel_is_followed(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.cancel_is_followed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	if exists (select from orders as o where order_id = new.order_id and status = 'cancelled' and not order_is_final(o))
			and not exists (select from step where subject = 'order:' || new.order_id and kind in ('release', 'refund') and state = 'open')
			and not exists (select from refund where order_id = new.order_id and status = 'pending') then
		raise exception using errcode = 'check_violation', message = 'a cancelled order paid by card has to be released';
	end if;
	return null;
end
$$;

ALTER FUNCTION payment.cancel_is_followed() OWNER TO foodfast_owner;

--
-- Name: capture_answered(payment.step, integer, jsonb, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.capture_answered(s payment.step, p_status integer, p_body jsonb, p_code text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := step_order(s);
	n int := s.about ->> 'attempt';
	pi jsonb := coalesce(p_body #> '{error,payment_intent}', p_body);
	o orders;
begin
	if p_status < 400 then
		return intent_heard(id, n, pi);
	elsif p_code = 'payment_intent_unexpected_state' then
		perform intent_ask(i, step_backoff(0)) from intent as i where i.order_id = id and i.attempt = n;
		return '{}';
	end if;
	select * into o from orders where order_id = id;
	return capture_failed(o, concat_ws(' ', 'HTTP', p_status, p_code));
end
$$;

ALTER FUNCTION payment.capture_answered(s payment.step, p_status integer, p_body jsonb, p_code text) OWNER TO foodfast_owner;

--
-- Name: capture_failed(ordering.orders, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.capture_failed(o ordering.orders, p_detail text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
begin
	if o.status in ('placed', 'confirmed') then
		return order_cancel(o, 'The payment could not be collected.');
	elsif o.status <> 'cancelled' and o.payment_status = 'authorized' then
		return payment_move(o.order_id, 'failed', o.total_price)
			|| escalation('capture_failed', o.order_id, 'The payment could not be collected, and the order is under way: ' || p_detail);
	end if;
	return payment_finish(o.order_id);
end
$$;

ALTER FUNCTION payment.capture_failed(o ordering.orders, p_detail text) OWNER TO foodfast_owner;

--
-- Name: capture_want(uuid, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.capture_want(p_order_id uuid, p_attempt integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	if exists (select from step where subject = 'order:' || p_order_id and kind = 'capture' and state = 'open') then
		return;
	end if;
	perform step_want('order:' || p_order_id, 'capture', jsonb_build_object('attempt', p_attempt), 'payment_intent.capture', gateway_id, '{}')
	   from intent where order_id = p_order_id and attempt = p_attempt;
end
$$;

ALTER FUNCTION payment.capture_want(p_order_id uuid, p_attempt integer) OWNER TO foodfast_owner;

--
-- Name: card_event(ordering.orders, bigint); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.card_event(o ordering.orders, p_amount bigint) RETURNS log.new_event
    LANGUAGE sql STABLE
    RETURN ROW(('order:'::text || (o).order_id), 'payment.status'::text, jsonb_build_object('order_id', (o).order_id, 'status', (o).payment_status, 'amount', p_amount), false)::log.new_event;

ALTER FUNCTION payment.card_event(o ordering.orders, p_amount bigint) OWNER TO foodfast_owner;

--
-- Name: cash_json(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.cash_json(o ordering.orders) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('items', jsonb_build_array(jsonb_build_object('id', (o).order_id, 'kind', 'payment', 'amount', (o).total_price, 'currency', (o).currency, 'status', (o).payment_status, 'method', jsonb_build_object('brand', 'cash'), 'created_at', log.iso_time((o).created_at))), 'next', NULL::unknown, 'captured', CASE WHEN ((o).payment_status = 'collected'::ordering.payment_status) THEN ((o).total_price)::bigint ELSE (0)::bigint END, 'refunded', 0, 'currency', (o).currency);

ALTER FUNCTION payment.cash_json(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: decline_detail(text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.decline_detail(p_code text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE((SELECT known.detail FROM (VALUES ('insufficient_funds'::text,'There is not enough money on this card. Pay with another one.'::text), ('withdrawal_count_limit_exceeded'::text,'This card has reached its limit. Pay with another one.'::text), ('expired_card'::text,'This card has expired. Pay with another one.'::text), ('incorrect_cvc'::text,'The security code of this card is wrong. Add the card again, or pay with another one.'::text), ('invalid_cvc'::text,'The security code of this card is wrong. Add the card again, or pay with another one.'::text), ('incorrect_number'::text,'The number of this card is wrong. Add the card again, or pay with another one.'::text), ('card_not_supported'::text,'This card cannot be used for such a payment. Pay with another one.'::text), ('currency_not_supported'::text,'This card cannot be used for this currency. Pay with another one.'::text), ('authentication_required'::text,'Your bank wants you to confirm the payment, and it was not confirmed. Try again, or pay with another card.'::text), ('payment_intent_authentication_failure'::text,'Your bank did not get your confirmation. Try again, or pay with another card.'::text), ('processing_error'::text,'The bank could not process the card just now. Try again in a moment.'::text), ('try_again_later'::text,'The bank could not process the card just now. Try again in a moment.'::text), ('resource_missing'::text,'This card is no longer known. Add it again, or pay with another one.'::text)) known(code, detail) WHERE (known.code = decline_detail.p_code)), 'Your bank declined this card. Pay with another one, or ask your bank.'::text);

ALTER FUNCTION payment.decline_detail(p_code text) OWNER TO foodfast_owner;

--
-- Name: decline_reason(text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.decline_reason(p_code text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((p_code = ANY (ARRAY['lost_card'::text, 'stolen_card'::text, 'pickup_card'::text, 'fraudulent'::text, 'merchant_blacklist'::text, 'security_violation'::text, 'restricted_card'::text])) OR (p_code IS NULL)) THEN 'generic_decline'::text ELSE p_code END;

ALTER FUNCTION payment.decline_reason(p_code text) OWNER TO foodfast_owner;

--
-- Name: escalation(text, uuid, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.escalation(p_kind text, p_order_id uuid, p_detail text) RETURNS log.new_event
    LANGUAGE sql IMMUTABLE
    RETURN ROW('ops'::text, 'ops.escalation'::text, jsonb_strip_nulls(jsonb_build_object('kind', p_kind, 'order_id', p_order_id, 'detail', p_detail)), false)::log.new_event;

ALTER FUNCTION payment.escalation(p_kind text, p_order_id uuid, p_detail text) OWNER TO foodfast_owner;

--
-- Name: html_escape(text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.html_escape(words text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN replace(replace(replace(replace(replace(COALESCE(words, ''::text), '&'::text, '&amp;'::text), '<'::text, '&lt;'::text), '>'::text, '&gt;'::text), '"'::text, '&quot;'::text), ''''::text, '&#39;'::text);

ALTER FUNCTION payment.html_escape(words text) OWNER TO foodfast_owner;

--
-- Name: intent; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.intent (
    intent_id uuid NOT NULL,
    order_id uuid NOT NULL,
    attempt integer NOT NULL,
    gateway_id text,
    payment_method_id uuid NOT NULL,
    brand text,
    last4 text,
    amount api.money_minor NOT NULL,
    status payment.intent_status DEFAULT 'new'::payment.intent_status NOT NULL,
    decline_code text,
    next_action jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT intent_attempt_check CHECK (((attempt >= 1) AND (attempt <= 20))),
    CONSTRAINT intent_decline_code_check CHECK ((length(decline_code) <= 100)),
    CONSTRAINT intent_gateway_id_check CHECK ((length(gateway_id) <= 255))
);

ALTER TABLE payment.intent OWNER TO foodfast_owner;

--
-- Name: COLUMN intent.payment_method_id; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.intent.payment_method_id IS 'no foreign key: a card may go, what was paid by it stays';

--
-- Name: intent_ask(payment.intent, interval); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_ask(i payment.intent, p_in interval DEFAULT '00:00:00'::interval) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT payment.ask_want(('order:'::text || (i).order_id), jsonb_build_object('attempt', (i).attempt), 'payment_intent.retrieve'::text, (i).gateway_id, p_in) AS ask_want;
END;

ALTER FUNCTION payment.intent_ask(i payment.intent, p_in interval) OWNER TO foodfast_owner;

--
-- Name: intent_follow(payment.intent, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_follow(i payment.intent, pi jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
	p payment;
	is_current boolean;
begin
	select * into o from orders where order_id = i.order_id;
	select * into p from payment where order_id = i.order_id;
	is_current := o.status = 'awaiting_payment' and p.attempt is null and i.attempt = (intent_latest(i.order_id)).attempt;
	if i.status = 'succeeded' and (p.captured = 0 or p.attempt is distinct from i.attempt) then
		return payment_captured(o, i, (pi ->> 'amount_received')::bigint);
	elsif i.status = 'requires_capture' and o.status = 'awaiting_payment' and p.attempt is null then
		return order_authorized(i.order_id, i.attempt);
	elsif i.status = 'requires_capture' and p.attempt = i.attempt and o.status not in ('placed', 'cancelled') and o.payment_status = 'authorized' then
		perform capture_want(i.order_id, i.attempt);
	elsif i.status = 'canceled' and p.attempt = i.attempt and o.status <> 'cancelled' and p.captured = 0 then
		return capture_failed(o, 'the authorisation is gone');
	elsif i.status in ('declined', 'canceled') and is_current then
		return payment_move(i.order_id, 'failed', i.amount);
	elsif i.status = 'requires_action' and is_current then
		perform intent_ask(i, intent_patience(i));
		return payment_move(i.order_id, 'requires_action', i.amount);
	elsif i.status = 'processing' then
		perform intent_ask(i, intent_patience(i));
	end if;
	perform release_want(o);
	return payment_finish(i.order_id);
end
$$;

ALTER FUNCTION payment.intent_follow(i payment.intent, pi jsonb) OWNER TO foodfast_owner;

--
-- Name: intent_heard(uuid, integer, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_heard(p_order_id uuid, p_attempt integer, pi jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	said intent_status := intent_status_of(pi);
	i intent;
begin
	select * into i from intent where order_id = p_order_id and attempt = p_attempt;
	if said is null or pi ->> 'id' <> i.gateway_id or pi #>> '{metadata,order_id}' <> p_order_id::text then
		return array[escalation('payment_mismatch', p_order_id, format('Intent %s is not what attempt %s should be.', pi ->> 'id', p_attempt))];
	elsif said < i.status then
		return '{}';
	end if;
	update intent
	   set status = said, gateway_id = pi ->> 'id', updated_at = now(),
	       decline_code = left(coalesce(pi #>> '{last_payment_error,decline_code}', pi #>> '{last_payment_error,code}', decline_code), 100),
	       next_action = case when said = 'requires_action' then next_action_of(pi) end
	 where order_id = p_order_id and attempt = p_attempt
	returning * into i;
	return intent_follow(i, pi);
end
$$;

ALTER FUNCTION payment.intent_heard(p_order_id uuid, p_attempt integer, pi jsonb) OWNER TO foodfast_owner;

--
-- Name: payment; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.payment (
    order_id uuid NOT NULL,
    user_id uuid NOT NULL,
    amount api.money_minor NOT NULL,
    currency api.currency_code NOT NULL,
    captured api.money_minor DEFAULT 0 NOT NULL,
    refunded api.money_minor DEFAULT 0 NOT NULL,
    attempt integer,
    deadline_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT no_more_than_agreed CHECK (((captured)::bigint <= (amount)::bigint)),
    CONSTRAINT no_more_than_captured CHECK (((refunded)::bigint <= (captured)::bigint))
);

ALTER TABLE payment.payment OWNER TO foodfast_owner;

--
-- Name: intent_is_unwanted(payment.intent, ordering.orders, payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_is_unwanted(i payment.intent, o ordering.orders, p payment.payment) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (((i).status = ANY (ARRAY['processing'::payment.intent_status, 'requires_action'::payment.intent_status, 'requires_capture'::payment.intent_status])) AND (((o).status = 'cancelled'::ordering.order_status) OR CASE WHEN ((p).attempt IS NULL) THEN ((i).attempt < (SELECT max(intent.attempt) AS max FROM payment.intent WHERE (intent.order_id = (intent_is_unwanted.o).order_id))) ELSE ((i).attempt <> (p).attempt) END));

ALTER FUNCTION payment.intent_is_unwanted(i payment.intent, o ordering.orders, p payment.payment) OWNER TO foodfast_owner;

--
-- Name: intent_is_to_release(payment.intent, ordering.orders, payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_is_to_release(i payment.intent, o ordering.orders, p payment.payment) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (payment.intent_is_unwanted(i, o, p) OR (((o).status = 'cancelled'::ordering.order_status) AND ((o).placed_at IS NULL) AND ((i).status = 'declined'::payment.intent_status) AND ((i).gateway_id IS NOT NULL)));

ALTER FUNCTION payment.intent_is_to_release(i payment.intent, o ordering.orders, p payment.payment) OWNER TO foodfast_owner;

--
-- Name: intent_was_declined(payment.intent); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_was_declined(i payment.intent) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (((i).status = 'declined'::payment.intent_status) OR (((i).status = 'canceled'::payment.intent_status) AND ((i).decline_code IS NOT NULL)));

ALTER FUNCTION payment.intent_was_declined(i payment.intent) OWNER TO foodfast_owner;

--
-- Name: intent_json(payment.intent, payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_json(i payment.intent, p payment.payment) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_strip_nulls(jsonb_build_object('id', (i).intent_id, 'kind', 'payment', 'amount', (i).amount, 'currency', (p).currency, 'status', CASE WHEN payment.intent_was_declined(i) THEN 'failed'::text WHEN ((i).status = ANY (ARRAY['new'::payment.intent_status, 'processing'::payment.intent_status])) THEN 'pending'::text WHEN ((i).status = 'requires_capture'::payment.intent_status) THEN 'authorized'::text WHEN ((i).status = 'canceled'::payment.intent_status) THEN 'voided'::text WHEN ((i).status = 'succeeded'::payment.intent_status) THEN 'captured'::text ELSE ((i).status)::text END, 'method', CASE WHEN ((i).last4 IS NOT NULL) THEN jsonb_build_object('brand', (i).brand, 'last4', (i).last4) ELSE NULL::jsonb END, 'reason', CASE WHEN payment.intent_was_declined(i) THEN payment.decline_reason((i).decline_code) ELSE NULL::text END, 'created_at', log.iso_time((i).created_at)));

ALTER FUNCTION payment.intent_json(i payment.intent, p payment.payment) OWNER TO foodfast_owner;

--
-- Name: intent_latest(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_latest(p_order_id uuid) RETURNS payment.intent
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT intent.intent_id,
     intent.order_id,
     intent.attempt,
     intent.gateway_id,
     intent.payment_method_id,
     intent.brand,
     intent.last4,
     intent.amount,
     intent.status,
     intent.decline_code,
     intent.next_action,
     intent.created_at,
     intent.updated_at
    FROM payment.intent
   WHERE (intent.order_id = intent_latest.p_order_id)
   ORDER BY intent.attempt DESC
  LIMIT 1;
END;

ALTER FUNCTION payment.intent_latest(p_order_id uuid) OWNER TO foodfast_owner;

--
-- Name: intent_lost(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_lost(s payment.step) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	i intent;
begin
	update intent set status = 'canceled', updated_at = now()
	 where order_id = step_order(s) and attempt = (s.about ->> 'attempt')::int and status = 'new'
	returning * into i;
	return intent_follow(i, '{}');
end
$$;

ALTER FUNCTION payment.intent_lost(s payment.step) OWNER TO foodfast_owner;

--
-- Name: intent_patience(payment.intent); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_patience(i payment.intent) RETURNS interval
    LANGUAGE sql
    RETURN LEAST(GREATEST(((clock_timestamp() - (i).created_at) / (4)::double precision), '00:00:02'::interval), '00:00:30'::interval);

ALTER FUNCTION payment.intent_patience(i payment.intent) OWNER TO foodfast_owner;

--
-- Name: intent_status_of(jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_status_of(pi jsonb) RETURNS payment.intent_status
    LANGUAGE sql IMMUTABLE
    RETURN (CASE (pi ->> 'status'::text) WHEN 'requires_payment_method'::text THEN CASE WHEN ((pi #>> '{last_payment_error,code}'::text[]) IS NULL) THEN 'processing'::text ELSE 'declined'::text END WHEN 'requires_confirmation'::text THEN 'processing'::text ELSE CASE WHEN ((pi ->> 'status'::text) = ANY (ARRAY['processing'::text, 'requires_action'::text, 'requires_capture'::text, 'canceled'::text, 'succeeded'::text])) THEN (pi ->> 'status'::text) ELSE NULL::text END END)::payment.intent_status;

ALTER FUNCTION payment.intent_status_of(pi jsonb) OWNER TO foodfast_owner;

--
-- Name: intent_want(ordering.orders, payment.method, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.intent_want(o ordering.orders, m payment.method, p_attempt integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	site text := nullif(current_setting('foodfast.site_url', true), '');
begin
	insert into intent (intent_id, order_id, attempt, payment_method_id, brand, last4, amount)
	values (uuid_v7(), o.order_id, p_attempt, m.payment_method_id, m.brand, m.last4, o.total_price);
	perform release_want(o);
	perform step_want('order:' || o.order_id, 'authorize', jsonb_build_object('attempt', p_attempt), p_params => jsonb_strip_nulls(
		jsonb_build_object('amount', o.total_price, 'currency', lower(o.currency), 'confirm', true, 'capture_method', 'manual',
			'customer', (select gateway_id from customer where user_id = o.user_id), 'payment_method', m.gateway_id,
			'payment_method_types', '["card"]'::jsonb, 'return_url', site || '/customer.html#order=' || o.order_id,
			'metadata', jsonb_build_object('order_id', o.order_id, 'attempt', p_attempt))));
end
$$;

ALTER FUNCTION payment.intent_want(o ordering.orders, m payment.method, p_attempt integer) OWNER TO foodfast_owner;

--
-- Name: invoice_html(uuid, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_html(p_session uuid, p_order_id uuid) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	i invoice;
begin
	select * into i from invoice where order_id = p_order_id;
	if me.role = 'driver' or not found then
		perform fail(404, 'no_invoice', 'There is no invoice: an order has one once it is delivered.');
	end if;
	return reply_read(invoice_page(i, o), null, null);
end
$$;

ALTER FUNCTION payment.invoice_html(p_session uuid, p_order_id uuid) OWNER TO foodfast_owner;

--
-- Name: invoice_issue(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_issue(o ordering.orders) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	this_year int := extract(year from now());
	n int;
begin
	if exists (select from invoice where order_id = o.order_id) then
		return;
	end if;
	insert into invoice_year as known (year, last) values (this_year, 1)
	on conflict (year) do update set last = known.last + 1
	returning last into n;
	insert into invoice (number, order_id) values (format('%s-%s', this_year, lpad(n::text, greatest(6, length(n::text)), '0')), o.order_id);
end
$$;

ALTER FUNCTION payment.invoice_issue(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: money_text(bigint, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.money_text(amount bigint, currency text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN ((CASE WHEN (currency = ANY (ARRAY['JPY'::text, 'KRW'::text, 'VND'::text, 'CLP'::text, 'ISK'::text])) THEN (amount)::text ELSE replace(to_char(((amount)::numeric / 100.0), 'FM999999990.00'::text), ' '::text, ''::text) END || ' '::text) || currency);

ALTER FUNCTION payment.money_text(amount bigint, currency text) OWNER TO foodfast_owner;

--
-- Name: invoice_lines(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_lines(o ordering.orders) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT string_agg(format('<tr><td>%s</td><td class="sum">%s</td><td class="sum">%s</td><td class="sum">%s</td></tr>'::text, payment.html_escape((order_item.name)::text), order_item.quantity, payment.money_text((order_item.unit_price)::bigint, ((invoice_lines.o).currency)::text), payment.money_text((order_item.quantity * (order_item.unit_price)::bigint), ((invoice_lines.o).currency)::text)), '
'::text ORDER BY order_item.line) AS string_agg FROM ordering.order_item WHERE (order_item.order_id = (invoice_lines.o).order_id));

ALTER FUNCTION payment.invoice_lines(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: invoice_paid(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_paid(o ordering.orders) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	p payment;
	i intent;
begin
	if o.payment_method = 'cash' then
		return invoice_row('Paid in cash', o.total_price, o);
	end if;
	select * into p from payment where order_id = o.order_id;
	select * into i from intent where order_id = o.order_id and attempt = p.attempt;
	if p.captured = 0 then -- not yet, or never: the food was quicker than the money
		return invoice_row(concat_ws(' ', 'To be paid by card', i.brand, '···· ' || i.last4), o.total_price, o);
	end if;
	return invoice_row(concat_ws(' ', 'Paid by card', i.brand, '···· ' || i.last4), p.captured, o)
		|| case when p.refunded > 0 then invoice_row('Refunded', -p.refunded, o) else '' end;
end
$$;

ALTER FUNCTION payment.invoice_paid(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: invoice_row(text, bigint, ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_row(what text, amount bigint, o ordering.orders) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN format('<tr><td colspan="3">%s</td><td class="sum">%s</td></tr>'::text, payment.html_escape(what), payment.money_text(amount, ((o).currency)::text));

ALTER FUNCTION payment.invoice_row(what text, amount bigint, o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: invoice; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.invoice (
    number text NOT NULL,
    order_id uuid NOT NULL,
    issued_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE payment.invoice OWNER TO foodfast_owner;

--
-- Name: invoice_page(payment.invoice, ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.invoice_page(i payment.invoice, o ordering.orders) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT format('<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invoice %1$s · FoodFast</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/css/invoice.css">
</head>
<body>
<h1>Invoice %1$s</h1>
<p>Issued <time datetime="%2$s">%2$s</time> · Order %3$s</p>
<div class="parties">
<address><strong>%4$s</strong><br>%5$s</address>
<address><strong>%6$s</strong><br>%7$s</address>
</div>
<table>
<thead><tr><th scope="col">Dish</th><th scope="col" class="sum">Quantity</th><th scope="col" class="sum">Price</th><th scope="col" class="sum">Sum</th></tr></thead>
<tbody>
%8$s
%9$s
</tbody>
<tfoot>
<tr class="total"><td colspan="3">Total</td><td class="sum">%10$s</td></tr>
%11$s
</tfoot>
</table>
<p class="note">Prices are what was paid, taxes included.</p>
</body>
</html>
'::text, (invoice_page.i).number, to_char((invoice_page.i).issued_at, 'YYYY-MM-DD'::text), (invoice_page.o).number, payment.html_escape((r.name)::text), payment.html_escape((r.address)::text), payment.html_escape((u.name)::text), (SELECT string_agg(payment.html_escape(line.line), '<br>'::text) AS string_agg FROM unnest(ARRAY[((invoice_page.o).address ->> 'line1'::text), ((invoice_page.o).address ->> 'line2'::text), concat_ws(' '::text, ((invoice_page.o).address ->> 'postal_code'::text), ((invoice_page.o).address ->> 'city'::text))]) line(line) WHERE (line.line <> ''::text)), payment.invoice_lines(invoice_page.o), concat_ws('
'::text, payment.invoice_row('Delivery'::text, ((invoice_page.o).delivery_fee)::bigint, invoice_page.o), CASE WHEN (((invoice_page.o).tip)::bigint > 0) THEN payment.invoice_row('Tip'::text, ((invoice_page.o).tip)::bigint, invoice_page.o) ELSE NULL::text END), payment.money_text(((invoice_page.o).total_price)::bigint, ((invoice_page.o).currency)::text), payment.invoice_paid(invoice_page.o)) AS format FROM catalogue.restaurant r, account.users u WHERE ((r.restaurant_id = (invoice_page.o).restaurant_id) AND (u.user_id = (invoice_page.o).user_id)));

ALTER FUNCTION payment.invoice_page(i payment.invoice, o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: ledger_adds_up(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_adds_up() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	if (select coalesce(sum(amount), 0) <> 0 or count(*) < 2 from ledger_entry where transaction_id = new.transaction_id) then
		raise exception using errcode = 'check_violation', message = 'the entries of a ledger transaction come to nothing, and are two at least';
	end if;
	return null;
end
$$;

ALTER FUNCTION payment.ledger_adds_up() OWNER TO foodfast_owner;

--
-- Name: ledger_entry; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.ledger_entry (
    transaction_id uuid NOT NULL,
    account payment.ledger_account NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT ledger_entry_amount_check CHECK ((amount <> 0))
);

ALTER TABLE payment.ledger_entry OWNER TO foodfast_owner;

--
-- Name: COLUMN ledger_entry.amount; Type: COMMENT; Schema: payment; Owner: foodfast_owner
--

COMMENT ON COLUMN payment.ledger_entry.amount IS 'debit positive, credit negative: the entries of a transaction come to nothing';

--
-- Name: ledger_transaction; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.ledger_transaction (
    transaction_id uuid NOT NULL,
    reference text NOT NULL,
    order_id uuid NOT NULL,
    currency api.currency_code NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ledger_transaction_reference_check CHECK ((length(reference) <= 200))
);

ALTER TABLE payment.ledger_transaction OWNER TO foodfast_owner;

--
-- Name: ledger_balance(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_balance(p_order_id uuid) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT (COALESCE(sum(ledger_entry.amount), (0)::numeric))::bigint AS "coalesce"
    FROM (payment.ledger_transaction
      JOIN payment.ledger_entry USING (transaction_id))
   WHERE ((ledger_transaction.order_id = ledger_balance.p_order_id) AND (ledger_entry.account = 'gateway'::payment.ledger_account));
END;

ALTER FUNCTION payment.ledger_balance(p_order_id uuid) OWNER TO foodfast_owner;

--
-- Name: ledger_is_append_only(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	raise exception using errcode = 'restrict_violation', message = 'the ledger is append-only';
end
$$;

ALTER FUNCTION payment.ledger_is_append_only() OWNER TO foodfast_owner;

--
-- Name: ledger_post(text, ordering.orders, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_post(p_reference text, o ordering.orders, p_entries jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	made uuid := uuid_v7();
begin
	insert into ledger_transaction (transaction_id, reference, order_id, currency) values (made, p_reference, o.order_id, o.currency);
	insert into ledger_entry (transaction_id, account, amount)
	select made, account::ledger_account, amount::bigint
	  from jsonb_each_text(p_entries) as entry(account, amount)
	 where amount::bigint <> 0;
end
$$;

ALTER FUNCTION payment.ledger_post(p_reference text, o ordering.orders, p_entries jsonb) OWNER TO foodfast_owner;

--
-- Name: ledger_post_capture(ordering.orders, integer, bigint); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_post_capture(o ordering.orders, p_attempt integer, p_amount bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	is_all boolean := p_amount = o.total_price;
begin
	perform ledger_post(format('capture %s/%s', o.order_id, p_attempt), o, jsonb_build_object('gateway', p_amount,
		'food', case when is_all then -o.subtotal else 0 end, 'delivery', case when is_all then -o.delivery_fee else 0 end,
		'tips', case when is_all then -o.tip else 0 end, 'unallocated', case when is_all then 0 else -p_amount end));
end
$$;

ALTER FUNCTION payment.ledger_post_capture(o ordering.orders, p_attempt integer, p_amount bigint) OWNER TO foodfast_owner;

--
-- Name: refund; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.refund (
    refund_id uuid NOT NULL,
    order_id uuid NOT NULL,
    attempt integer NOT NULL,
    amount api.money_minor NOT NULL,
    reason text NOT NULL,
    by jsonb NOT NULL,
    status payment.refund_status DEFAULT 'pending'::payment.refund_status NOT NULL,
    gateway_id text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT refund_amount_check CHECK (((amount)::bigint > 0)),
    CONSTRAINT refund_gateway_id_check CHECK ((length(gateway_id) <= 255)),
    CONSTRAINT refund_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

ALTER TABLE payment.refund OWNER TO foodfast_owner;

--
-- Name: ledger_post_refund(ordering.orders, payment.refund); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_post_refund(o ordering.orders, r payment.refund) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	perform ledger_post('refund ' || r.refund_id, o, jsonb_build_object('gateway', -r.amount, 'refunds', r.amount));
end
$$;

ALTER FUNCTION payment.ledger_post_refund(o ordering.orders, r payment.refund) OWNER TO foodfast_owner;

--
-- Name: ledger_post_refund_return(ordering.orders, payment.refund); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.ledger_post_refund_return(o ordering.orders, r payment.refund) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	perform ledger_post('refund returned ' || r.refund_id, o, jsonb_build_object('gateway', r.amount, 'refunds', -r.amount));
end
$$;

ALTER FUNCTION payment.ledger_post_refund_return(o ordering.orders, r payment.refund) OWNER TO foodfast_owner;

--
-- Name: method_answer(uuid, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_answer(p_session uuid, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	m method;
begin
	select * into m from method where payment_method_id = p_id and user_id = me.user_id;
	if not found then
		perform fail(404, 'not_found', 'You have no such payment method.');
	elsif m.state = 'refused' and m.decline_code = 'resource_missing' then
		perform fail_field('unknown_token', '/token', 'The payment gateway does not know this token. Enter the card again.');
	elsif m.state = 'refused' then
		perform fail(402, 'payment_declined', decline_detail(m.decline_code), jsonb_build_object('reason', decline_reason(m.decline_code)));
	elsif m.state = 'pending' then
		perform fail(503, 'gateway_unavailable', 'The payment gateway does not answer just now. The card shows up in your list once it does.');
	end if;
	return row(201, method_json(m)::text, md5(method_json(m)::text), null, '/api/v1/me/payment-methods/' || p_id, null)::reply;
end
$$;

ALTER FUNCTION payment.method_answer(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: method_attached(uuid, uuid, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_attached(p_user_id uuid, p_id uuid, pm jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	was_default boolean;
begin
	if not exists (select from method where payment_method_id = p_id) then
		return '{}';
	end if;
	delete from method where gateway_id = pm ->> 'id' and user_id = p_user_id and payment_method_id <> p_id returning is_default into was_default;
	update method
	   set state = 'ready', token = null, gateway_id = pm ->> 'id', brand = pm #>> '{card,brand}', last4 = pm #>> '{card,last4}',
	       exp_month = (pm #>> '{card,exp_month}')::int, exp_year = (pm #>> '{card,exp_year}')::int,
	       is_default = coalesce(was_default, false) or not exists (select from method where user_id = p_user_id and is_default)
	 where payment_method_id = p_id;
	return method_events(p_user_id);
end
$$;

ALTER FUNCTION payment.method_attached(p_user_id uuid, p_id uuid, pm jsonb) OWNER TO foodfast_owner;

--
-- Name: method_create(uuid, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_create(p_session uuid, p_token text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $_$
declare
	me actor := method_lock(p_session);
	his text := 'user:' || me.user_id;
	made uuid := uuid_v7();
begin
	if p_token !~ '^(pm|tok|card|src)_[A-Za-z0-9_]{1,200}$' then
		perform fail_field('invalid_fields', '/token', 'This is not a token of the payment gateway.');
	elsif (select count(*) >= 20 from method where user_id = me.user_id and state <> 'refused') then
		perform fail(422, 'too_many_payment_methods', 'You have twenty payment methods. Remove one first.');
	end if;
	delete from method where user_id = me.user_id and state = 'refused' and created_at < now() - interval '1 day';
	insert into method (payment_method_id, user_id, token) values (made, me.user_id, p_token);
	if not exists (select from customer where user_id = me.user_id)
			and not exists (select from step where subject = his and kind = 'customer' and state = 'open') then
		perform step_want(his, 'customer', p_operation => 'customer.create',
			p_params => jsonb_build_object('metadata', jsonb_build_object('user_id', me.user_id)));
	end if;
	perform step_want(his, 'attach', jsonb_build_object('payment_method_id', made), 'payment_method.attach');
	return reply_commit(202, jsonb_build_object('id', made, 'subject', his)::text, null);
end
$_$;

ALTER FUNCTION payment.method_create(p_session uuid, p_token text) OWNER TO foodfast_owner;

--
-- Name: method_delete(uuid, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_delete(p_session uuid, p_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := method_lock(p_session);
	m method := method_own(me, p_id);
begin
	perform method_remove(m);
	perform step_want('user:' || me.user_id, 'detach', '{}', 'payment_method.detach', m.gateway_id, '{}');
	return reply_commit(204, null, method_events(me.user_id), hints => wake_hint());
end
$$;

ALTER FUNCTION payment.method_delete(p_session uuid, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: method_events(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_events(p_user_id uuid) RETURNS log.new_event[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY[ROW(('user:'::text || p_user_id), 'user.updated'::text, '{"fields": ["payment_methods"]}'::jsonb, false)::log.new_event];

ALTER FUNCTION payment.method_events(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: method_for_order(account.actor, uuid, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_for_order(me account.actor, p_id uuid, p_pointer text) RETURNS payment.method
    LANGUAGE plpgsql STABLE
    AS $$
declare
	m method;
begin
	select * into m from method where payment_method_id = p_id and user_id = me.user_id and state = 'ready';
	if not found then
		perform fail_field('invalid_fields', p_pointer, 'You have no such payment method.');
	end if;
	return m;
end
$$;

ALTER FUNCTION payment.method_for_order(me account.actor, p_id uuid, p_pointer text) OWNER TO foodfast_owner;

--
-- Name: method_json(payment.method); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_json(m payment.method) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_build_object('id', (m).payment_method_id, 'brand', (m).brand, 'last4', (m).last4, 'exp_month', (m).exp_month, 'exp_year', (m).exp_year, 'default', (m).is_default);

ALTER FUNCTION payment.method_json(m payment.method) OWNER TO foodfast_owner;

--
-- Name: method_list(uuid, integer, text, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_list(p_session uuid, p_limit integer DEFAULT NULL::integer, p_page text DEFAULT NULL::text, p_if_none_match text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(method_json(m)::text order by m.is_default desc, m.payment_method_id) into items
	  from method as m
	 where m.user_id = me.user_id and m.state = 'ready';
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

ALTER FUNCTION payment.method_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: method_lock(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_lock(p_session uuid) RETURNS account.actor
    LANGUAGE plpgsql
    AS $$
declare
	me actor := actor(p_session);
begin
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only customers have payment methods.');
	end if;
	perform from users where user_id = me.user_id for no key update;
	return me;
end
$$;

ALTER FUNCTION payment.method_lock(p_session uuid) OWNER TO foodfast_owner;

--
-- Name: method_own(account.actor, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_own(me account.actor, p_id uuid) RETURNS payment.method
    LANGUAGE plpgsql STABLE
    AS $$
declare
	own method;
begin
	select * into own from method where payment_method_id = p_id and user_id = me.user_id and state = 'ready';
	if not found then
		perform fail(404, 'not_found', 'You have no such payment method.');
	end if;
	return own;
end
$$;

ALTER FUNCTION payment.method_own(me account.actor, p_id uuid) OWNER TO foodfast_owner;

--
-- Name: method_patch(uuid, uuid, boolean, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := method_lock(p_session);
	m method := method_own(me, p_id);
	body text := method_json(m)::text;
begin
	perform require_match(p_if_match, md5(body));
	if m.is_default and p_default is false then
		perform fail_field('default_needed', '/default', 'Make another payment method the default instead.');
	elsif m.is_default or p_default is not true then
		return reply_commit(200, body, null, etag => md5(body));
	end if;
	update method set is_default = false where user_id = me.user_id and is_default;
	update method set is_default = true where payment_method_id = p_id returning * into m;
	body := method_json(m)::text;
	return reply_commit(200, body, method_events(me.user_id), etag => md5(body));
end
$$;

ALTER FUNCTION payment.method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text) OWNER TO foodfast_owner;

--
-- Name: method_remove(payment.method); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_remove(m payment.method) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	delete from method where payment_method_id = m.payment_method_id;
	if m.is_default then
		update method set is_default = true
		 where payment_method_id = (select payment_method_id from method where user_id = m.user_id and state = 'ready'
		                             order by payment_method_id desc limit 1);
	end if;
end
$$;

ALTER FUNCTION payment.method_remove(m payment.method) OWNER TO foodfast_owner;

--
-- Name: method_step_answered(payment.step, integer, jsonb, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_step_answered(s payment.step, p_status integer, p_body jsonb, p_code text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	card uuid := s.about ->> 'payment_method_id';
begin
	if s.kind = 'customer' and p_status < 400 then
		insert into customer (user_id, gateway_id) values (id, p_body ->> 'id') on conflict do nothing;
	elsif s.kind = 'customer' then
		return array[escalation('payment_refused', null, format('The gateway refused to make a customer: HTTP %s %s', p_status, p_code))];
	elsif s.kind = 'forget' then
		delete from customer where user_id = id;
	elsif s.kind = 'attach' and p_status < 400 then
		return method_attached(id, card, p_body);
	elsif s.kind = 'attach' then
		update method set state = 'refused', token = null, decline_code = left(coalesce(p_code, 'processing_error'), 100)
		 where payment_method_id = card and state = 'pending';
	end if;
	return '{}';
end
$$;

ALTER FUNCTION payment.method_step_answered(s payment.step, p_status integer, p_body jsonb, p_code text) OWNER TO foodfast_owner;

--
-- Name: method_step_prepare(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.method_step_prepare(s payment.step) RETURNS payment.step
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	card uuid := s.about ->> 'payment_method_id';
	known customer;
begin
	select * into known from customer where user_id = id;
	if s.kind = 'forget' then
		s.operation := case when found then 'customer.delete' end;
		s.object_id := known.gateway_id;
	else
		s.params := jsonb_build_object('customer', known.gateway_id);
		s.object_id := (select token from method where payment_method_id = card and state = 'pending');
		if not found or s.object_id is null then
			update method set state = 'refused', decline_code = 'processing_error', token = null where payment_method_id = card and state = 'pending';
			s.operation := null;
		end if;
	end if;
	if s.operation is null then
		perform step_end(s.step_id, 'dropped');
	end if;
	return s;
end
$$;

ALTER FUNCTION payment.method_step_prepare(s payment.step) OWNER TO foodfast_owner;

--
-- Name: next_action_of(jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.next_action_of(pi jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_strip_nulls(((pi -> 'next_action'::text) || jsonb_build_object('url', (pi #> '{next_action,redirect_to_url,url}'::text[]))));

ALTER FUNCTION payment.next_action_of(pi jsonb) OWNER TO foodfast_owner;

--
-- Name: order_authorized(uuid, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.order_authorized(p_order_id uuid, p_attempt integer) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
begin
	update payment set attempt = p_attempt where order_id = p_order_id;
	update orders
	   set status = 'placed', payment_status = 'authorized', placed_at = clock_timestamp(),
	       status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = p_order_id
	returning * into o;
	perform steps_drop(p_order_id, 'authorize');
	perform release_want(o);
	return card_event(o, o.total_price) || order_placed_events(o, (select * from order_json(o, 'customer'))::json);
end
$$;

ALTER FUNCTION payment.order_authorized(p_order_id uuid, p_attempt integer) OWNER TO foodfast_owner;

--
-- Name: order_cancel(ordering.orders, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.order_cancel(o ordering.orders, p_reason text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	previous order_status := o.status;
	events new_event[];
begin
	update orders
	   set status = 'cancelled', status_by = system_json(), status_at = clock_timestamp(), updated_at = clock_timestamp()
	 where order_id = o.order_id
	returning * into o;
	events := cancel_follow(o);
	select * into o from orders where order_id = o.order_id;
	return order_events_closed(o, order_status_events(o, previous, system_json(), p_reason) || events);
end
$$;

ALTER FUNCTION payment.order_cancel(o ordering.orders, p_reason text) OWNER TO foodfast_owner;

--
-- Name: order_pay(uuid, uuid, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_order_id);
	p payment;
	tried int;
	events new_event[];
begin
	select * into p from payment where order_id = p_order_id for no key update;
	select max(attempt) into tried from intent where order_id = p_order_id;
	if me.role <> 'customer' then
		perform fail(403, 'forbidden', 'Only its customer pays for an order.');
	elsif o.status <> 'awaiting_payment' or p.deadline_at <= now() then
		perform fail(409, 'not_awaiting_payment', 'This order does not wait for a payment.', jsonb_build_object('order_status', o.status, 'payment_status', o.payment_status));
	elsif tried >= 10 then
		perform fail(409, 'too_many_attempts', 'You have tried to pay for this order ten times. Please place a new one.');
	end if;
	perform kitchen_open(o.restaurant_id);
	perform intent_want(o, method_for_order(me, p_payment_method_id, '/payment_method_id'), tried + 1);
	events := payment_move(p_order_id, 'pending', p.amount);
	return reply_commit(202, jsonb_build_object('id', p_order_id)::text, events, location => '/api/v1/orders/' || p_order_id);
end
$$;

ALTER FUNCTION payment.order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid) OWNER TO foodfast_owner;

--
-- Name: payment_answer(uuid, uuid, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_answer(p_session uuid, p_order_id uuid, p_status integer DEFAULT 201) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	code text;
begin
	if o.placed_at is null and o.payment_status in ('failed', 'voided') then
		code := (intent_latest(p_order_id)).decline_code;
		if o.payment_status = 'failed' or code is not null then
			perform fail(402, 'payment_declined', decline_detail(code),
				jsonb_build_object('order_id', p_order_id, 'reason', decline_reason(code)));
		end if;
	end if;
	return row(p_status, (select * from order_json(o, order_party(me, o))), null, null, '/api/v1/orders/' || p_order_id, null)::reply;
end
$$;

ALTER FUNCTION payment.payment_answer(p_session uuid, p_order_id uuid, p_status integer) OWNER TO foodfast_owner;

--
-- Name: payment_captured(ordering.orders, payment.intent, bigint); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_captured(o ordering.orders, i payment.intent, p_amount bigint) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	p payment;
	events new_event[] := '{}';
begin
	select * into p from payment where order_id = o.order_id for no key update;
	if p.captured > 0 or p_amount is null or p_amount not between 1 and p.amount or o.payment_status = 'voided' then
		return array[escalation('payment_mismatch', o.order_id, format('Intent %s captured %s; the books have %s of %s.', i.gateway_id, p_amount, p.captured, p.amount))];
	elsif o.status = 'awaiting_payment' then
		events := order_authorized(o.order_id, i.attempt);
	end if;
	update payment set attempt = i.attempt, captured = p_amount where order_id = o.order_id;
	perform ledger_post_capture(o, i.attempt, p_amount);
	events := events || payment_move(o.order_id, 'captured', p_amount);
	if o.status = 'cancelled' then
		perform release_want(o);
	end if;
	return events;
end
$$;

ALTER FUNCTION payment.payment_captured(o ordering.orders, i payment.intent, p_amount bigint) OWNER TO foodfast_owner;

--
-- Name: payment_erase(account.actor); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_erase(me account.actor) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	perform from users where user_id = me.user_id for no key update;
	delete from method where user_id = me.user_id;
	update refund set by = by || '{"name": "Erased"}' where by ->> 'id' = me.user_id::text;
	update step set state = 'dropped', settled_at = clock_timestamp()
	 where subject = 'user:' || me.user_id and state = 'open' and sends = 0;
	if exists (select from customer where user_id = me.user_id)
			or exists (select from step where subject = 'user:' || me.user_id and kind = 'customer' and state = 'open') then
		perform step_want('user:' || me.user_id, 'forget', '{}', 'customer.delete');
	end if;
end
$$;

ALTER FUNCTION payment.payment_erase(me account.actor) OWNER TO foodfast_owner;

--
-- Name: payment_export(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_export(p_user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	return jsonb_build_object(
		'payment_methods', (select coalesce(jsonb_agg(method_json(m) order by m.payment_method_id), '[]')
			from method as m where m.user_id = p_user_id and m.state = 'ready'),
		'payments', (select coalesce(jsonb_agg(intent_json(i, p) || jsonb_build_object('order_id', p.order_id) order by i.created_at), '[]')
			from payment as p join intent as i using (order_id) where p.user_id = p_user_id),
		'refunds', (select coalesce(jsonb_agg(refund_json(r, p) order by r.created_at), '[]')
			from payment as p join refund as r using (order_id) where p.user_id = p_user_id));
end
$$;

ALTER FUNCTION payment.payment_export(p_user_id uuid) OWNER TO foodfast_owner;

--
-- Name: payment_finish(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_finish(p_order_id uuid) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
	p payment;
begin
	select * into o from orders where order_id = p_order_id;
	select * into p from payment where order_id = p_order_id;
	if o.status <> 'cancelled' or order_is_final(o) or p.captured > 0
			or exists (select from intent as i where i.order_id = p_order_id and intent_is_unwanted(i, o, p))
			or exists (select from step where subject = 'order:' || p_order_id and kind in ('authorize', 'capture') and state = 'open') then
		return '{}';
	end if;
	return payment_move(p_order_id, 'voided', p.amount);
end
$$;

ALTER FUNCTION payment.payment_finish(p_order_id uuid) OWNER TO foodfast_owner;

--
-- Name: payment_follow(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_follow(o ordering.orders) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
begin
	if o.status = 'confirmed' then
		perform capture_want(o.order_id, attempt) from payment where order_id = o.order_id;
	elsif o.status = 'cancelled' then
		return cancel_follow(o);
	end if;
	return '{}';
end
$$;

ALTER FUNCTION payment.payment_follow(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: payment_move(uuid, ordering.payment_status, bigint); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_move(p_order_id uuid, p_status ordering.payment_status, p_amount bigint) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
begin
	update orders set payment_status = p_status, updated_at = clock_timestamp()
	 where order_id = p_order_id and payment_status <> p_status
	returning * into o;
	if not found then
		return '{}';
	end if;
	return order_events_closed(o, array[card_event(o, p_amount)]);
end
$$;

ALTER FUNCTION payment.payment_move(p_order_id uuid, p_status ordering.payment_status, p_amount bigint) OWNER TO foodfast_owner;

--
-- Name: payment_open(ordering.orders, payment.method); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_open(o ordering.orders, m payment.method) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	insert into payment (order_id, user_id, amount, currency, deadline_at)
	values (o.order_id, o.user_id, o.total_price, o.currency, now() + interval '15 minutes');
	perform intent_want(o, m, 1);
end
$$;

ALTER FUNCTION payment.payment_open(o ordering.orders, m payment.method) OWNER TO foodfast_owner;

--
-- Name: payment_refunded(payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_refunded(p payment.payment) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
begin
	update orders
	   set payment_status = case when p.refunded = p.captured then 'refunded' when p.refunded > 0 then 'partially_refunded' else 'captured' end::payment_status,
	       updated_at = clock_timestamp()
	 where order_id = p.order_id
	returning * into o;
	return order_events_closed(o, array[card_event(o, case when p.refunded > 0 then p.refunded else p.captured end)]);
end
$$;

ALTER FUNCTION payment.payment_refunded(p payment.payment) OWNER TO foodfast_owner;

--
-- Name: payment_rest(payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_rest(p payment.payment) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN ((((p).captured)::bigint - ((p).refunded)::bigint) - (SELECT (COALESCE(sum((refund.amount)::bigint), (0)::numeric))::bigint AS "coalesce" FROM payment.refund WHERE ((refund.order_id = (payment_rest.p).order_id) AND (refund.status = 'pending'::payment.refund_status))));

ALTER FUNCTION payment.payment_rest(p payment.payment) OWNER TO foodfast_owner;

--
-- Name: payment_step_settle(uuid, uuid, text, integer, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) RETURNS TABLE(hints text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	s step;
	events new_event[];
begin
	select * into s from step where step_id = p_step;
	if not found or not step_subject_lock(s.subject, true) then
		return;
	end if;
	select * into s from step where step_id = p_step and state = 'open' and lease = p_lease for update;
	if not found then
		return;
	elsif p_outcome = 'unavailable' then
		events := step_postpone(s, false, 'unavailable');
	elsif p_outcome = 'unknown' then
		events := step_unknown(s, p_http_status);
	elsif p_http_status in (401, 403, 409, 429) then
		events := step_postpone(s, true, 'HTTP ' || p_http_status);
	elsif s.is_searching and p_http_status >= 400 then
		events := step_postpone(s, true, 'HTTP ' || p_http_status); -- not to be told is not to be told that there is none
	elsif s.is_searching then
		events := step_searched(s, p_body::jsonb);
	else
		events := step_answered(s, p_http_status, p_body::jsonb);
	end if;
	return query
	select concat_ws(E'\n', case when exists (select from step where subject = s.subject and state = 'open') then wake_hint() end,
		case when cardinality(events) > 0 then event_append(events) end);
end
$$;

ALTER FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) OWNER TO foodfast_owner;

--
-- Name: payment_step_take(text, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) RETURNS TABLE(step_id uuid, lease uuid, operation text, object_id text, params text, key text, subject text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	due step;
	s step;
begin
	for look in 1 .. 4 loop
		for due in select * from step_due(p_subject) loop
			continue when not step_subject_lock(due.subject, p_subject is not null);
			s := step_lease(due.step_id, p_lease_ms);
			continue when s.step_id is null;
			return query select s.step_id, s.lease, s.operation, s.object_id, s.params::text, s.key, s.subject;
			return;
		end loop;
		exit when not found;
	end loop;
end
$$;

ALTER FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) OWNER TO foodfast_owner;

--
-- Name: payment_steps_due_in_ms(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_steps_due_in_ms() RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	soon timestamptz := clock_timestamp() + interval '1 s';
	next_at timestamptz;
begin
	select least(
		(select min(greatest(s.run_at, s.leased_until)) from step as s
		  where s.state = 'open' and s.run_at <= soon and not step_is_blocked(s.subject, s.turn)),
		(select min(p.deadline_at) from orders join payment as p using (order_id) where status = 'awaiting_payment')) into next_at;
	return least(greatest(coalesce(ceil(extract(epoch from next_at - clock_timestamp()) * 1000), 1000), 0), 1000);
end
$$;

ALTER FUNCTION payment.payment_steps_due_in_ms() OWNER TO foodfast_owner;

--
-- Name: payment_way_check(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payment_way_check() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	if not exists (select from payment_way where from_status = old.payment_status and to_status = new.payment_status) then
		raise exception using errcode = 'check_violation',
			message = format('a payment that is %s does not become %s', old.payment_status, new.payment_status);
	end if;
	return new;
end
$$;

ALTER FUNCTION payment.payment_way_check() OWNER TO foodfast_owner;

--
-- Name: payments_expire(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payments_expire() RETURNS TABLE(hints text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	late orders;
	events new_event[] := '{}';
begin
	for late in
		select o.* from orders as o join payment as p using (order_id)
		 where o.status = 'awaiting_payment' and p.deadline_at <= clock_timestamp()
		 limit 50 for no key update of o skip locked
	loop
		events := events || order_cancel(late, 'It was not paid in time.');
	end loop;
	if cardinality(events) > 0 then
		return query select concat_ws(E'\n', wake_hint(), event_append(events));
	end if;
end
$$;

ALTER FUNCTION payment.payments_expire() OWNER TO foodfast_owner;

--
-- Name: payments_of(uuid, uuid, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payments_of(p_session uuid, p_order_id uuid, p_if_none_match text DEFAULT NULL::text) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_visible(me, p_order_id);
	p payment;
	items jsonb;
begin
	if me.role not in ('customer', 'agent', 'admin') then
		perform fail(403, 'forbidden', 'What was paid is between the customer and us.');
	elsif o.payment_method = 'cash' then
		return reply_read(cash_json(o)::text, stream_cursor(array['order:' || p_order_id]), p_if_none_match);
	end if;
	select * into p from payment where order_id = p_order_id;
	select jsonb_agg(item order by at) into items
	  from (select intent_json(i, p) as item, i.created_at as at from intent as i where i.order_id = p_order_id
	        union all
	        select refund_json(r, p) || jsonb_build_object('kind', 'refund', 'by', r.by), r.created_at from refund as r where r.order_id = p_order_id) as all_of_it;
	return reply_read(jsonb_build_object('items', items, 'next', null, 'captured', p.captured, 'refunded', p.refunded, 'currency', p.currency)::text,
		stream_cursor(array['order:' || p_order_id]), p_if_none_match);
end
$$;

ALTER FUNCTION payment.payments_of(p_session uuid, p_order_id uuid, p_if_none_match text) OWNER TO foodfast_owner;

--
-- Name: payments_tidy(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.payments_tidy() RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	steps int;
	webhooks int;
begin
	delete from step where state <> 'open' and settled_at < now() - interval '90 days';
	get diagnostics steps = row_count;
	delete from webhook where received_at < now() - interval '30 days';
	get diagnostics webhooks = row_count;
	return format('steps=%s webhooks=%s', steps, webhooks);
end
$$;

ALTER FUNCTION payment.payments_tidy() OWNER TO foodfast_owner;

--
-- Name: reconcile_begin(date); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_begin(p_day date) RETURNS TABLE(run uuid, from_s bigint, until_s bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	begun uuid;
begin
	perform pg_advisory_xact_lock(hashtextextended('reconciliation of ' || p_day, 0));
	if exists (select from reconciliation where day = p_day and state = 'running' and started_at >= now() - interval '10 minutes') then
		return;
	end if;
	select run_id into begun from reconciliation where day = p_day and state <> 'done' order by run_id limit 1 for update;
	if begun is null then
		begun := uuid_v7();
		insert into reconciliation (run_id, day) values (begun, p_day);
	end if;
	delete from reconciliation_object where run_id = begun;
	update reconciliation set state = 'running', started_at = now() where run_id = begun;
	return query select begun, extract(epoch from p_day::timestamptz)::bigint - 3600, extract(epoch from (p_day + 1)::timestamptz)::bigint + 3600;
end
$$;

ALTER FUNCTION payment.reconcile_begin(p_day date) OWNER TO foodfast_owner;

--
-- Name: reconciliation; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.reconciliation (
    run_id uuid NOT NULL,
    day date NOT NULL,
    state payment.reconciliation_state DEFAULT 'requested'::payment.reconciliation_state NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    objects integer DEFAULT 0 NOT NULL,
    differences integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE payment.reconciliation OWNER TO foodfast_owner;

--
-- Name: reconcile_books(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_books(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	select 'books_differ', o.order_id, null::text,
	       format('Captured %s, refunded %s, in the books %s, the order says %s.', p.captured, p.refunded, ledger_balance(o.order_id), o.payment_status)
	  from payment as p
	  join orders as o using (order_id)
	 where (p.created_at >= r.day::timestamptz and p.created_at < (r.day + 1)::timestamptz
	        or o.order_id in (select t.order_id from ledger_transaction as t where t.at >= r.day::timestamptz and t.at < (r.day + 1)::timestamptz))
	   and (ledger_balance(o.order_id) <> p.captured - p.refunded
	        or p.captured > 0 and o.payment_status <> case when p.refunded = p.captured then 'refunded'
	              when p.refunded > 0 then 'partially_refunded' else 'captured' end::payment_status
	        or p.captured = 0 and o.payment_status in ('captured', 'partially_refunded', 'refunded'));
end
$$;

ALTER FUNCTION payment.reconcile_books(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_intents(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_intents(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	select case when i.order_id is null then 'stray_intent' else 'intent_differs' end, theirs.order_id, theirs.gateway_id,
	       case when i.order_id is null then format('The gateway has an intent (%s, %s captured) that no attempt of ours knows of.', theirs.status, theirs.captured)
	            else format('The gateway says %s, %s captured; we say %s, %s captured.', theirs.status, theirs.captured, i.status,
	                        case when i.status = 'succeeded' then p.captured else 0 end) end
	  from reconciliation_object as theirs
	  join payment as p on p.order_id = theirs.order_id
	  left join intent as i on i.order_id = theirs.order_id and i.gateway_id = theirs.gateway_id
	 where theirs.run_id = r.run_id and theirs.kind = 'payment_intent'
	   and (i.order_id is null and theirs.status in ('requires_capture', 'requires_action', 'processing', 'succeeded')
	           and not exists (select from step where subject = 'order:' || theirs.order_id and step.kind = 'authorize' and state = 'open')
	        or i.updated_at < r.started_at - interval '5 minutes'
	           and (intent_status_of(jsonb_build_object('status', theirs.status)) is distinct from i.status
	                   and not (i.status = 'declined' and theirs.status in ('requires_payment_method', 'canceled'))
	                or coalesce(theirs.captured, 0) <> case when i.status = 'succeeded' then p.captured else 0 end));
end
$$;

ALTER FUNCTION payment.reconcile_intents(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_missing(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_missing(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	select 'missing_intent', i.order_id, i.gateway_id, format('We have an intent (%s) that the gateway does not list.', i.status)
	  from intent as i
	 where i.created_at >= r.day::timestamptz and i.created_at < (r.day + 1)::timestamptz and i.gateway_id is not null
	   and not exists (select from reconciliation_object as theirs where theirs.run_id = r.run_id and theirs.gateway_id = i.gateway_id)
	union all
	select 'missing_refund', f.order_id, f.gateway_id, format('We have a refund (%s) that the gateway does not list.', f.status)
	  from refund as f
	 where f.created_at >= r.day::timestamptz and f.created_at < (r.day + 1)::timestamptz and f.gateway_id is not null
	   and not exists (select from reconciliation_object as theirs where theirs.run_id = r.run_id and theirs.gateway_id = f.gateway_id);
end
$$;

ALTER FUNCTION payment.reconcile_missing(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_refunds(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_refunds(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	select case when f.refund_id is null then 'stray_refund' else 'refund_differs' end, theirs.order_id, theirs.gateway_id,
	       case when f.refund_id is null then format('The gateway has a refund of %s (%s) that we know nothing of.', theirs.amount, theirs.status)
	            else format('The gateway says %s of %s; we say %s of %s.', theirs.status, theirs.amount, f.status, f.amount) end
	  from reconciliation_object as theirs
	  join payment as p on p.order_id = theirs.order_id
	  left join refund as f on f.gateway_id = theirs.gateway_id
	 where theirs.run_id = r.run_id and theirs.kind = 'refund'
	   and (f.refund_id is null and not exists (select from step where subject = 'order:' || theirs.order_id and step.kind = 'refund' and state = 'open')
	        or f.updated_at < r.started_at - interval '5 minutes'
	           and (refund_status_of(jsonb_build_object('status', theirs.status)) is distinct from f.status or theirs.amount <> f.amount));
end
$$;

ALTER FUNCTION payment.reconcile_refunds(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_unknown(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_unknown(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return query
	select 'unknown_order', theirs.order_id, theirs.gateway_id, format('The gateway has an intent (%s of %s) for an order that we do not have.', theirs.status, theirs.amount)
	  from reconciliation_object as theirs
	 where theirs.run_id = r.run_id and theirs.kind = 'payment_intent' and theirs.status in ('requires_capture', 'succeeded') and theirs.order_id is not null
	   and not exists (select from payment as p where p.order_id = theirs.order_id);
end
$$;

ALTER FUNCTION payment.reconcile_unknown(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_differences(payment.reconciliation); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_differences(r payment.reconciliation) RETURNS TABLE(kind text, order_id uuid, gateway_id text, detail text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT reconcile_intents.kind,
     reconcile_intents.order_id,
     reconcile_intents.gateway_id,
     reconcile_intents.detail
    FROM payment.reconcile_intents(reconcile_differences.r) reconcile_intents(kind, order_id, gateway_id, detail)
 UNION ALL
  SELECT reconcile_unknown.kind,
     reconcile_unknown.order_id,
     reconcile_unknown.gateway_id,
     reconcile_unknown.detail
    FROM payment.reconcile_unknown(reconcile_differences.r) reconcile_unknown(kind, order_id, gateway_id, detail)
 UNION ALL
  SELECT reconcile_missing.kind,
     reconcile_missing.order_id,
     reconcile_missing.gateway_id,
     reconcile_missing.detail
    FROM payment.reconcile_missing(reconcile_differences.r) reconcile_missing(kind, order_id, gateway_id, detail)
 UNION ALL
  SELECT reconcile_refunds.kind,
     reconcile_refunds.order_id,
     reconcile_refunds.gateway_id,
     reconcile_refunds.detail
    FROM payment.reconcile_refunds(reconcile_differences.r) reconcile_refunds(kind, order_id, gateway_id, detail)
 UNION ALL
  SELECT reconcile_books.kind,
     reconcile_books.order_id,
     reconcile_books.gateway_id,
     reconcile_books.detail
    FROM payment.reconcile_books(reconcile_differences.r) reconcile_books(kind, order_id, gateway_id, detail);
END;

ALTER FUNCTION payment.reconcile_differences(r payment.reconciliation) OWNER TO foodfast_owner;

--
-- Name: reconcile_due(integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_due(p_hour integer) RETURNS date
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	yesterday date := current_date - 1;
	wanted date;
begin
	select min(day) into wanted from reconciliation
	 where state = 'requested' or state = 'running' and started_at < now() - interval '10 minutes';
	if wanted is null and extract(hour from now()) >= p_hour and not exists (select from reconciliation where day = yesterday) then
		wanted := yesterday;
	end if;
	return wanted;
end
$$;

ALTER FUNCTION payment.reconcile_due(p_hour integer) OWNER TO foodfast_owner;

--
-- Name: reconcile_end(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_end(p_run uuid) RETURNS TABLE(hints text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	r reconciliation;
	events new_event[];
begin
	select * into r from reconciliation where run_id = p_run and state = 'running' for update;
	if not found then
		return;
	end if;
	insert into reconciliation_difference (difference_id, run_id, kind, order_id, gateway_id, detail)
	select uuid_v7(), p_run, d.kind, d.order_id, d.gateway_id, d.detail from reconcile_differences(r) as d;
	select array_agg(escalation('reconciliation', d.order_id, concat_ws(' ', d.gateway_id, d.detail))) into events
	  from reconciliation_difference as d where d.run_id = p_run;
	perform ask_want('order:' || d.order_id, '{"stray": true}', 'payment_intent.retrieve', d.gateway_id)
	   from reconciliation_difference as d
	  where d.run_id = p_run and d.kind in ('stray_intent', 'intent_differs');
	perform ask_want('order:' || d.order_id, jsonb_build_object('refund_id', f.refund_id), 'refund.retrieve', d.gateway_id)
	   from reconciliation_difference as d join refund as f using (gateway_id)
	  where d.run_id = p_run and d.kind = 'refund_differs';
	perform ask_want('order:' || f.order_id, jsonb_build_object('refund_id', f.refund_id), 'refund.retrieve', f.gateway_id)
	   from refund as f
	  where f.status = 'succeeded' and f.created_at > now() - interval '14 days';
	update reconciliation
	   set state = 'done', finished_at = clock_timestamp(), differences = coalesce(cardinality(events), 0),
	       objects = (select count(*) from reconciliation_object where run_id = p_run)
	 where run_id = p_run;
	delete from reconciliation_object where run_id = p_run;
	return query select concat_ws(E'\n', wake_hint(), case when events is not null then event_append(events) end);
end
$$;

ALTER FUNCTION payment.reconcile_end(p_run uuid) OWNER TO foodfast_owner;

--
-- Name: reconcile_page(uuid, text, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_page(p_run uuid, p_kind text, p_body text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $_$
declare
	page jsonb := p_body;
begin
	insert into reconciliation_object (run_id, kind, gateway_id, status, amount, captured, order_id)
	select p_run, p_kind, object ->> 'id', object ->> 'status', (object ->> 'amount')::bigint, (object ->> 'amount_received')::bigint,
	       case when object #>> '{metadata,order_id}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (object #>> '{metadata,order_id}')::uuid end
	  from jsonb_array_elements(page -> 'data') as object
	on conflict do nothing;
	return case when (page ->> 'has_more')::boolean then page -> 'data' -> -1 ->> 'id' end;
end
$_$;

ALTER FUNCTION payment.reconcile_page(p_run uuid, p_kind text, p_body text) OWNER TO foodfast_owner;

--
-- Name: reconcile_request(date); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.reconcile_request(p_day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
begin
	insert into reconciliation (run_id, day) values (uuid_v7(), p_day);
	return wake_hint();
end
$$;

ALTER FUNCTION payment.reconcile_request(p_day date) OWNER TO foodfast_owner;

--
-- Name: refund_answer(uuid, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_answer(p_session uuid, p_refund_id uuid) RETURNS api.reply
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	r refund;
	p payment;
begin
	select * into r from refund where refund_id = p_refund_id;
	if not found or me.role not in ('agent', 'admin') then
		perform fail(404, 'not_found', 'There is no such refund.');
	end if;
	select * into p from payment where order_id = r.order_id;
	return row(201, refund_json(r, p)::text, null, null, null, null)::reply;
end
$$;

ALTER FUNCTION payment.refund_answer(p_session uuid, p_refund_id uuid) OWNER TO foodfast_owner;

--
-- Name: refund_answered(payment.step, integer, jsonb, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_answered(s payment.step, p_status integer, p_body jsonb, p_code text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := s.about ->> 'refund_id';
	old refund;
	r refund;
	events new_event[];
begin
	if p_status < 400 then
		events := refund_heard(id, p_body);
		if s.sends > 1 and not s.is_searching then -- this may be the answer that was kept for the key: what has become of it since, is asked
			perform ask_want(s.subject, s.about, 'refund.retrieve', gateway_id) from refund where refund_id = id and status = 'succeeded';
		end if;
		return events;
	end if;
	select * into old from refund where refund_id = id;
	update refund set status = 'failed', updated_at = now() where refund_id = id returning * into r;
	return refund_settled(old, r);
end
$$;

ALTER FUNCTION payment.refund_answered(s payment.step, p_status integer, p_body jsonb, p_code text) OWNER TO foodfast_owner;

--
-- Name: refund_create(uuid, uuid, bigint, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $$
declare
	me actor := actor(p_session);
	o orders := order_for_change(me, p_order_id);
	p payment;
	rest bigint;
	made uuid;
begin
	if me.role not in ('agent', 'admin') then
		perform fail(403, 'forbidden', 'Agents and admins give money back.');
	end if;
	select * into p from payment where order_id = p_order_id for no key update;
	rest := coalesce(payment_rest(p), 0);
	if rest = 0 then
		perform fail(409, 'not_refundable', case when o.payment_method = 'cash' then 'Cash is given back at the door, not by us.'
			when p.captured > 0 then 'All that was paid has been given back, or is on its way.' else 'Nothing has been paid yet.' end);
	elsif coalesce(p_amount, rest) not between 1 and rest then
		perform fail(422, 'refund_too_large', 'That is more than is left of what was paid.', jsonb_build_object('refundable', rest,
			'errors', '[{"pointer": "/amount", "detail": "is more than is left"}]'::jsonb));
	elsif nullif(btrim(p_reason), '') is null then
		perform fail_field('reason_needed', '/reason', 'Say why: the customer is told.');
	end if;
	made := refund_want(p, coalesce(p_amount, rest), left(btrim(p_reason), 500), actor_json(me));
	return reply_commit(202, jsonb_build_object('id', made)::text, null);
end
$$;

ALTER FUNCTION payment.refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text) OWNER TO foodfast_owner;

--
-- Name: refund_heard(uuid, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_heard(p_refund_id uuid, object jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	said refund_status := refund_status_of(object);
	old refund;
	r refund;
begin
	select * into old from refund where refund_id = p_refund_id;
	if said is null or object ->> 'id' <> old.gateway_id or (object ->> 'amount')::bigint <> old.amount then
		return array[escalation('payment_mismatch', old.order_id, format('Refund %s is not what it should be.', object ->> 'id'))];
	elsif said < old.status then
		return '{}';
	end if;
	update refund
	   set status = said, gateway_id = object ->> 'id', updated_at = now()
	 where refund_id = p_refund_id
	returning * into r;
	if said = 'pending' then
		perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', p_refund_id), 'refund.retrieve', r.gateway_id,
			least(greatest((clock_timestamp() - r.created_at) / 4, interval '10 s'), interval '1 hour'));
	elsif said <> old.status then
		return refund_settled(old, r);
	end if;
	return '{}';
end
$$;

ALTER FUNCTION payment.refund_heard(p_refund_id uuid, object jsonb) OWNER TO foodfast_owner;

--
-- Name: refund_json(payment.refund, payment.payment); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_json(r payment.refund, p payment.payment) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('id', (r).refund_id, 'order_id', (r).order_id, 'amount', (r).amount, 'currency', (p).currency, 'reason', (r).reason, 'status', (r).status, 'created_at', log.iso_time((r).created_at));

ALTER FUNCTION payment.refund_json(r payment.refund, p payment.payment) OWNER TO foodfast_owner;

--
-- Name: refund_lost(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_lost(s payment.step) RETURNS log.new_event[]
    LANGUAGE sql IMMUTABLE
    RETURN '{}'::log.new_event[];

ALTER FUNCTION payment.refund_lost(s payment.step) OWNER TO foodfast_owner;

--
-- Name: refund_settled(payment.refund, payment.refund); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_settled(old payment.refund, r payment.refund) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
	p payment;
	change bigint := case when r.status = 'succeeded' then r.amount when old.status = 'succeeded' then -r.amount else 0 end;
	events new_event[] := '{}';
begin
	select * into o from orders where order_id = r.order_id;
	update payment set refunded = refunded + change where order_id = r.order_id returning * into p;
	if change > 0 then
		perform ledger_post_refund(o, r);
	elsif change < 0 then
		perform ledger_post_refund_return(o, r);
	end if;
	if change <> 0 then
		events := payment_refunded(p);
	end if;
	if r.status = 'failed' then
		events := events || escalation('refund_failed', r.order_id, format('A refund of %s did not reach the customer.', money_text(r.amount, p.currency)));
	end if;
	return events;
end
$$;

ALTER FUNCTION payment.refund_settled(old payment.refund, r payment.refund) OWNER TO foodfast_owner;

--
-- Name: refund_status_of(jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_status_of(object jsonb) RETURNS payment.refund_status
    LANGUAGE sql IMMUTABLE
    RETURN (CASE WHEN ((object ->> 'status'::text) = ANY (ARRAY['pending'::text, 'requires_action'::text])) THEN 'pending'::text WHEN ((object ->> 'status'::text) = 'succeeded'::text) THEN 'succeeded'::text WHEN ((object ->> 'status'::text) = ANY (ARRAY['failed'::text, 'canceled'::text])) THEN 'failed'::text ELSE NULL::text END)::payment.refund_status;

ALTER FUNCTION payment.refund_status_of(object jsonb) OWNER TO foodfast_owner;

--
-- Name: refund_want(payment.payment, bigint, text, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.refund_want(p payment.payment, p_amount bigint, p_reason text, p_by jsonb) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
declare
	made uuid := uuid_v7();
begin
	insert into refund (refund_id, order_id, attempt, amount, reason, by)
	values (made, p.order_id, p.attempt, p_amount, p_reason, p_by);
	perform step_want('order:' || p.order_id, 'refund', jsonb_build_object('refund_id', made), p_params => jsonb_build_object(
			'payment_intent', i.gateway_id, 'amount', p_amount, 'reason', 'requested_by_customer',
			'metadata', jsonb_build_object('order_id', p.order_id, 'refund_id', made)))
	   from intent as i
	  where i.order_id = p.order_id and i.attempt = p.attempt;
	return made;
end
$$;

ALTER FUNCTION payment.refund_want(p payment.payment, p_amount bigint, p_reason text, p_by jsonb) OWNER TO foodfast_owner;

--
-- Name: release_answered(payment.step, integer, jsonb, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.release_answered(s payment.step, p_status integer, p_body jsonb, p_code text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := step_order(s);
	i intent;
	o orders;
	events new_event[] := '{}';
begin
	select * into i from intent where gateway_id = s.object_id;
	if not found then
		return case when p_status >= 400 then array[escalation('payment_stray', id, format('Intent %s could not be cancelled: %s', s.object_id, p_code))] else '{}' end;
	elsif p_status < 400 then
		events := intent_heard(id, i.attempt, p_body);
	elsif p_status = 404 then
		update intent set status = 'canceled', updated_at = now() where gateway_id = s.object_id returning * into i;
		events := intent_follow(i, '{}') || escalation('payment_mismatch', id, format('The gateway knows nothing of intent %s.', s.object_id));
	else
		perform intent_ask(i, step_backoff(0));
	end if;
	if p_status = 404 or p_status < 400 then
		select * into o from orders where order_id = id;
		perform release_want(o);
	end if;
	return events;
end
$$;

ALTER FUNCTION payment.release_answered(s payment.step, p_status integer, p_body jsonb, p_code text) OWNER TO foodfast_owner;

--
-- Name: release_prepare(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.release_prepare(s payment.step) RETURNS payment.step
    LANGUAGE plpgsql
    AS $$
declare
	o orders;
	p payment;
begin
	select * into o from orders where order_id = step_order(s);
	select * into p from payment where order_id = o.order_id;
	s.operation := 'payment_intent.cancel';
	s.params := '{}';
	s.object_id := coalesce(s.about ->> 'stray', (
		select i.gateway_id from intent as i
		 where i.order_id = o.order_id and intent_is_to_release(i, o, p) and i.gateway_id is not null
		 order by i.status = 'declined', i.attempt limit 1));
	s.key := s.key || '/' || s.object_id;
	if s.object_id is null then
		s.operation := null;
		perform step_end(s.step_id, 'done');
		if o.status = 'cancelled' and payment_rest(p) > 0 then
			perform refund_want(p, payment_rest(p), 'The order was cancelled.', system_json());
		end if;
		perform event_append(events) from payment_finish(o.order_id) as events where cardinality(events) > 0;
	end if;
	return s;
end
$$;

ALTER FUNCTION payment.release_prepare(s payment.step) OWNER TO foodfast_owner;

--
-- Name: release_want(ordering.orders); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.release_want(o ordering.orders) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	p payment;
begin
	select * into p from payment where order_id = o.order_id;
	if not exists (select from step where subject = 'order:' || o.order_id and kind = 'release' and state = 'open')
			and (exists (select from intent as i where i.order_id = o.order_id and intent_is_to_release(i, o, p))
			     or o.status = 'cancelled' and (payment_rest(p) > 0
			        or exists (select from step where subject = 'order:' || o.order_id and kind in ('authorize', 'capture') and state = 'open'))) then
		perform step_want('order:' || o.order_id, 'release');
	end if;
end
$$;

ALTER FUNCTION payment.release_want(o ordering.orders) OWNER TO foodfast_owner;

--
-- Name: step_answered(payment.step, integer, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_answered(s payment.step, p_status integer, p_body jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	code text := coalesce(p_body #>> '{error,decline_code}', p_body #>> '{error,code}', p_body #>> '{error,type}');
begin
	perform step_end(s.step_id, 'done', case when p_status >= 400 then concat_ws(' ', 'HTTP ' || p_status, code) end);
	case s.kind
		when 'authorize' then return authorize_answered(s, p_status, p_body, code);
		when 'capture' then return capture_answered(s, p_status, p_body, code);
		when 'release' then return release_answered(s, p_status, p_body, code);
		when 'refund' then return refund_answered(s, p_status, p_body, code);
		when 'ask' then return ask_answered(s, p_status, p_body);
		else return method_step_answered(s, p_status, p_body, code);
	end case;
end
$$;

ALTER FUNCTION payment.step_answered(s payment.step, p_status integer, p_body jsonb) OWNER TO foodfast_owner;

--
-- Name: step_backoff(integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_backoff(tries integer) RETURNS interval
    LANGUAGE sql
    RETURN make_interval(secs => (LEAST(((power((2)::double precision, (LEAST(tries, 20))::double precision) * (COALESCE(NULLIF(current_setting('foodfast.payment_backoff_ms'::text, true), ''::text), '1000'::text))::double precision) / (1000)::double precision), (300)::double precision) * ((0.5)::double precision + (random() / (2)::double precision))));

ALTER FUNCTION payment.step_backoff(tries integer) OWNER TO foodfast_owner;

--
-- Name: step_due(text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_due(p_subject text) RETURNS SETOF payment.step
    LANGUAGE plpgsql STABLE
    AS $$
declare
	moment timestamptz := clock_timestamp();
	head_start timestamptz := moment - interval '500 ms';
begin
	if p_subject is not null then
		return query
		select s.* from step as s
		 where s.state = 'open' and s.subject = p_subject and s.run_at <= moment
		   and (s.leased_until is null or s.leased_until <= moment) and not step_is_blocked(s.subject, s.turn)
		 order by s.turn limit 1;
	else
		return query
		select s.* from step as s
		 where s.state = 'open' and s.run_at <= moment
		   and (s.leased_until is null or s.leased_until <= moment) and not step_is_blocked(s.subject, s.turn)
		   and (s.tries > 0 or s.created_at <= head_start or s.kind not in ('authorize', 'customer', 'attach'))
		 order by s.run_at limit 20;
	end if;
end
$$;

ALTER FUNCTION payment.step_due(p_subject text) OWNER TO foodfast_owner;

--
-- Name: step_end(uuid, payment.step_state, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_end(p_step uuid, p_state payment.step_state, p_error text DEFAULT NULL::text) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 UPDATE payment.step SET state = step_end.p_state, settled_at = clock_timestamp(), lease = NULL::uuid, leased_until = NULL::timestamp with time zone, last_error = COALESCE("left"(step_end.p_error, 200), step.last_error)
   WHERE (step.step_id = step_end.p_step);
END;

ALTER FUNCTION payment.step_end(p_step uuid, p_state payment.step_state, p_error text) OWNER TO foodfast_owner;

--
-- Name: step_give_up(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_give_up(s payment.step) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
begin
	perform step_end(s.step_id, 'given_up', 'unknown for a day');
	return array[escalation('payment_unknown', step_order(s), format('Nobody knows whether %s (key %s) happened: look at the gateway.', s.kind, s.key))]
		|| case s.kind when 'authorize' then intent_lost(s) when 'refund' then refund_lost(s) end;
end
$$;

ALTER FUNCTION payment.step_give_up(s payment.step) OWNER TO foodfast_owner;

--
-- Name: step_is_blocked(text, bigint); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_is_blocked(p_subject text, p_turn bigint) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (EXISTS (SELECT FROM payment.step WHERE ((step.subject = step_is_blocked.p_subject) AND (step.state = 'open'::payment.step_state) AND (((step.turn < step_is_blocked.p_turn) AND ((step.kind <> 'ask'::payment.step_kind) OR (step.lease IS NOT NULL))) OR ((step.turn > step_is_blocked.p_turn) AND (step.leased_until > now()))))));

ALTER FUNCTION payment.step_is_blocked(p_subject text, p_turn bigint) OWNER TO foodfast_owner;

--
-- Name: step_lease(uuid, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_lease(p_step uuid, p_lease_ms integer) RETURNS payment.step
    LANGUAGE plpgsql
    AS $$
declare
	moment timestamptz := clock_timestamp();
	s step;
begin
	select * into s
	  from step
	 where step_id = p_step and state = 'open' and run_at <= moment and (leased_until is null or leased_until <= moment)
	   for update skip locked;
	if not found then
		return null;
	end if;
	s := step_prepare(s);
	if s.operation is null then
		return null;
	end if;
	update step
	   set operation = s.operation, object_id = s.object_id, lease = gen_random_uuid(),
	       leased_until = moment + make_interval(secs => p_lease_ms / 1000.0),
	       tries = tries + 1, sends = sends + 1, first_sent_at = coalesce(first_sent_at, moment)
	 where step_id = p_step
	returning lease into s.lease;
	if s.tries = 12 then
		perform event_append(array[escalation('payment_stuck', step_order(s),
			format('%s has been tried a dozen times: %s', s.operation, coalesce(s.last_error, 'nothing was taken in')))]);
	end if;
	return s;
end
$$;

ALTER FUNCTION payment.step_lease(p_step uuid, p_lease_ms integer) OWNER TO foodfast_owner;

--
-- Name: step_order(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_order(s payment.step) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN ((s).subject ~~ 'order:%'::text) THEN (split_part((s).subject, ':'::text, 2))::uuid ELSE NULL::uuid END;

ALTER FUNCTION payment.step_order(s payment.step) OWNER TO foodfast_owner;

--
-- Name: step_postpone(payment.step, boolean, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_postpone(s payment.step, p_was_sent boolean, p_error text) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
begin
	update step
	   set lease = null, leased_until = null, run_at = clock_timestamp() + step_backoff(tries - 1),
	       sends = sends - (not p_was_sent)::int,
	       first_sent_at = case when sends > 1 or p_was_sent then first_sent_at end,
	       last_error = left(p_error, 200)
	 where step_id = s.step_id;
	return '{}';
end
$$;

ALTER FUNCTION payment.step_postpone(s payment.step, p_was_sent boolean, p_error text) OWNER TO foodfast_owner;

--
-- Name: step_prepare(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_prepare(s payment.step) RETURNS payment.step
    LANGUAGE plpgsql
    AS $_$
begin
	if s.kind in ('authorize', 'refund') then
		s := step_prepare_create(s);
	elsif s.kind = 'release' then
		s := release_prepare(s);
	elsif s.kind in ('attach', 'forget') then
		s := method_step_prepare(s);
	elsif s.kind = 'capture' and s.sends = 0 and exists (select from orders where order_id = step_order(s) and status = 'cancelled') then
		perform step_end(s.step_id, 'dropped'); -- it was under way when the order was cancelled, and surely never arrived
		s.operation := null;
	elsif s.kind <> 'ask' and s.first_sent_at < clock_timestamp() - interval '23 hours' then
		s.key := gen_random_uuid(); -- to capture, detach and the like changes nothing the second time
		update step set key = s.key, first_sent_at = null where step_id = s.step_id;
	end if;
	if s.operation ~ '\.(retrieve|list|search)$' then
		s.key := null;
	end if;
	return s;
end
$_$;

ALTER FUNCTION payment.step_prepare(s payment.step) OWNER TO foodfast_owner;

--
-- Name: step_prepare_create(payment.step); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_prepare_create(s payment.step) RETURNS payment.step
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	n int := s.about ->> 'attempt';
begin
	if s.kind = 'authorize' and s.sends = 0 and not exists (
			select from orders join payment as p using (order_id)
			 where order_id = id and status = 'awaiting_payment' and p.deadline_at > now()) then
		update intent set status = 'canceled', updated_at = now() where order_id = id and attempt = n and status = 'new';
		perform step_end(s.step_id, 'dropped');
		s.operation := null;
		return s;
	end if;
	if s.first_sent_at < clock_timestamp() - interval '23 hours' and not s.is_searching then
		s.is_searching := true;
		update step set is_searching = true where step_id = s.step_id;
	end if;
	if s.is_searching and s.kind = 'authorize' then
		s.operation := 'payment_intent.search';
		s.params := jsonb_build_object('query', format('metadata[''order_id'']:''%s''', id), 'limit', 100);
	elsif s.is_searching then
		s.operation := 'refund.list';
		s.params := jsonb_build_object('payment_intent', s.params ->> 'payment_intent', 'limit', 100);
	else
		s.operation := case s.kind when 'authorize' then 'payment_intent.create' else 'refund.create' end;
	end if;
	return s;
end
$$;

ALTER FUNCTION payment.step_prepare_create(s payment.step) OWNER TO foodfast_owner;

--
-- Name: step_searched(payment.step, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_searched(s payment.step, p_body jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	name text := case s.kind when 'authorize' then 'attempt' else 'refund_id' end;
	found_object jsonb;
begin
	select object into found_object
	  from jsonb_array_elements(p_body -> 'data') as object
	 where object -> 'metadata' ->> name = s.about ->> name;
	if found then
		return step_answered(s, 200, found_object);
	elsif s.asks < 4 then
		update step
		   set asks = asks + 1, lease = null, leased_until = null, run_at = clock_timestamp() + step_backoff(asks + 3)
		 where step_id = s.step_id;
		return '{}';
	elsif s.first_sent_at < clock_timestamp() - interval '23 hours' then
		return step_give_up(s);
	end if;
	update step
	   set key = gen_random_uuid()::text, is_searching = false, refusals = 0, asks = 0, sends = 0, first_sent_at = null,
	       lease = null, leased_until = null, run_at = clock_timestamp()
	 where step_id = s.step_id;
	return '{}';
end
$$;

ALTER FUNCTION payment.step_searched(s payment.step, p_body jsonb) OWNER TO foodfast_owner;

--
-- Name: step_subject_lock(text, boolean); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_subject_lock(p_subject text, p_wait boolean) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
	id uuid := split_part(p_subject, ':', 2)::uuid;
begin
	if p_subject like 'order:%' and p_wait then
		perform from orders where order_id = id for no key update;
	elsif p_subject like 'order:%' then
		perform from orders where order_id = id for no key update skip locked;
	elsif p_wait then
		perform from users where user_id = id for no key update;
	else
		perform from users where user_id = id for no key update skip locked;
	end if;
	return found;
end
$$;

ALTER FUNCTION payment.step_subject_lock(p_subject text, p_wait boolean) OWNER TO foodfast_owner;

--
-- Name: step_unknown(payment.step, integer); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_unknown(s payment.step, p_http_status integer) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	is_refusal boolean := coalesce(p_http_status, 0) >= 500;
begin
	if is_refusal and s.refusals >= 2 and s.kind in ('authorize', 'refund') then
		update step set is_searching = true, refusals = 0 where step_id = s.step_id;
	elsif is_refusal and s.refusals >= 2 then
		update step set key = gen_random_uuid()::text, refusals = 0 where step_id = s.step_id;
	else
		update step set refusals = case when is_refusal then refusals + 1 else 0 end where step_id = s.step_id;
	end if;
	return step_postpone(s, true, case when is_refusal then 'HTTP ' || p_http_status else 'no answer' end);
end
$$;

ALTER FUNCTION payment.step_unknown(s payment.step, p_http_status integer) OWNER TO foodfast_owner;

--
-- Name: step_want(text, payment.step_kind, jsonb, text, text, jsonb, interval); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.step_want(p_subject text, p_kind payment.step_kind, p_about jsonb DEFAULT '{}'::jsonb, p_operation text DEFAULT NULL::text, p_object_id text DEFAULT NULL::text, p_params jsonb DEFAULT NULL::jsonb, p_in interval DEFAULT '00:00:00'::interval) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
	made uuid := uuid_v7();
begin
	insert into step (step_id, subject, kind, about, operation, object_id, params, key, run_at)
	values (made, p_subject, p_kind, p_about, p_operation, p_object_id, p_params, made::text, clock_timestamp() + p_in);
end
$$;

ALTER FUNCTION payment.step_want(p_subject text, p_kind payment.step_kind, p_about jsonb, p_operation text, p_object_id text, p_params jsonb, p_in interval) OWNER TO foodfast_owner;

--
-- Name: steps_drop(uuid, payment.step_kind); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.steps_drop(p_order_id uuid, p_kind payment.step_kind) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	with dropped as (
		update step set state = 'dropped', settled_at = clock_timestamp()
		 where subject = 'order:' || p_order_id and kind = p_kind and state = 'open' and sends = 0
		returning (about ->> 'attempt')::int as attempt
	)
	update intent set status = 'canceled', updated_at = now()
	  from dropped
	 where p_kind = 'authorize' and intent.order_id = p_order_id and intent.attempt = dropped.attempt and intent.status = 'new';
end
$$;

ALTER FUNCTION payment.steps_drop(p_order_id uuid, p_kind payment.step_kind) OWNER TO foodfast_owner;

--
-- Name: stray_heard(uuid, jsonb); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.stray_heard(p_order_id uuid, pi jsonb) RETURNS log.new_event[]
    LANGUAGE plpgsql
    AS $$
declare
	i intent;
begin
	select * into i from intent
	 where order_id = p_order_id and (gateway_id = pi ->> 'id' or attempt::text = pi #>> '{metadata,attempt}' and gateway_id is null and status = 'new');
	if found then
		return intent_heard(p_order_id, i.attempt, pi);
	elsif pi ->> 'status' in ('requires_capture', 'requires_action', 'requires_confirmation', 'processing') then
		perform step_want('order:' || p_order_id, 'release', jsonb_build_object('stray', pi ->> 'id'));
	elsif pi ->> 'status' = 'succeeded' then
		return array[escalation('payment_stray', p_order_id, format('Intent %s has taken money that no attempt of ours knows of.', pi ->> 'id'))];
	end if;
	return '{}';
end
$$;

ALTER FUNCTION payment.stray_heard(p_order_id uuid, pi jsonb) OWNER TO foodfast_owner;

--
-- Name: system_json(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.system_json() RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN '{"name": "FoodFast", "role": "system"}'::jsonb;

ALTER FUNCTION payment.system_json() OWNER TO foodfast_owner;

--
-- Name: wake_hint(); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.wake_hint() RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN 'wake:payment	1'::text;

ALTER FUNCTION payment.wake_hint() OWNER TO foodfast_owner;

--
-- Name: webhook_charge(uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.webhook_charge(p_order_id uuid) RETURNS text
    LANGUAGE plpgsql
    AS $$
begin
	perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', r.refund_id), 'refund.retrieve', r.gateway_id)
	   from refund as r
	  where r.order_id = p_order_id and r.status = 'pending' and r.gateway_id is not null;
	return case when found then wake_hint() end;
end
$$;

ALTER FUNCTION payment.webhook_charge(p_order_id uuid) OWNER TO foodfast_owner;

--
-- Name: webhook_intent(text, uuid, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.webhook_intent(p_gateway_id text, p_order_id uuid, p_type text) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
	i intent;
begin
	select * into i from intent where gateway_id = p_gateway_id;
	if webhook_status(p_type) <= i.status then
		return null;
	elsif i.gateway_id is not null then
		perform intent_ask(i);
		return wake_hint();
	elsif not exists (select from payment where order_id = p_order_id)
			or exists (select from step where subject = 'order:' || p_order_id and kind = 'authorize' and state = 'open' and sends <= 1 and not is_searching) then
		return null;
	end if;
	perform ask_want('order:' || p_order_id, '{"stray": true}', 'payment_intent.retrieve', p_gateway_id);
	return wake_hint();
end
$$;

ALTER FUNCTION payment.webhook_intent(p_gateway_id text, p_order_id uuid, p_type text) OWNER TO foodfast_owner;

--
-- Name: webhook_refund(text, text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.webhook_refund(p_gateway_id text, p_type text) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
	r refund;
begin
	select * into r from refund where gateway_id = p_gateway_id;
	if not found or p_type = 'refund.created' and r.status <> 'pending' then
		return null;
	end if;
	perform ask_want('order:' || r.order_id, jsonb_build_object('refund_id', r.refund_id), 'refund.retrieve', p_gateway_id);
	return wake_hint();
end
$$;

ALTER FUNCTION payment.webhook_refund(p_gateway_id text, p_type text) OWNER TO foodfast_owner;

--
-- Name: webhook_status(text); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.webhook_status(p_type text) RETURNS payment.intent_status
    LANGUAGE sql IMMUTABLE
    RETURN (CASE p_type WHEN 'payment_intent.created'::text THEN 'new'::text WHEN 'payment_intent.requires_action'::text THEN 'requires_action'::text WHEN 'payment_intent.payment_failed'::text THEN 'declined'::text WHEN 'payment_intent.amount_capturable_updated'::text THEN 'requires_capture'::text WHEN 'payment_intent.canceled'::text THEN 'canceled'::text WHEN 'payment_intent.succeeded'::text THEN 'succeeded'::text ELSE NULL::text END)::payment.intent_status;

ALTER FUNCTION payment.webhook_status(p_type text) OWNER TO foodfast_owner;

--
-- Name: webhook_take(text, text, text, text, uuid); Type: FUNCTION; Schema: payment; Owner: foodfast_owner
--

CREATE FUNCTION payment.webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid) RETURNS api.reply
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'payment', 'ordering', 'log', 'api', 'account', 'catalogue', 'public', 'pg_temp'
    AS $_$
declare
	hints text;
begin
	insert into webhook (event_id, type) values (p_event_id, left(p_type, 100)) on conflict do nothing;
	if found and p_object_id ~ '^[a-z]+_[A-Za-z0-9_]{1,200}$' then
		hints := case p_object_type
			when 'payment_intent' then webhook_intent(p_object_id, p_order_id, p_type)
			when 'charge' then webhook_charge(p_order_id)
			when 'refund' then webhook_refund(p_object_id, p_type) end;
	end if;
	return row(200, '{"received": true}', null, null, null, hints)::reply;
end
$_$;

ALTER FUNCTION payment.webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid) OWNER TO foodfast_owner;

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
-- Name: erasure; Type: TABLE; Schema: account; Owner: foodfast_owner
--

CREATE TABLE account.erasure (
    user_id uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    run_at timestamp with time zone NOT NULL
);

ALTER TABLE account.erasure OWNER TO foodfast_owner;

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
-- Name: customer; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.customer (
    user_id uuid NOT NULL,
    gateway_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT customer_gateway_id_check CHECK ((length(gateway_id) <= 255))
);

ALTER TABLE payment.customer OWNER TO foodfast_owner;

--
-- Name: invoice_year; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.invoice_year (
    year integer NOT NULL,
    last integer DEFAULT 0 NOT NULL,
    CONSTRAINT invoice_year_year_check CHECK (((year >= 2000) AND (year <= 2999)))
);

ALTER TABLE payment.invoice_year OWNER TO foodfast_owner;

--
-- Name: payment_way; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.payment_way (
    from_status ordering.payment_status NOT NULL,
    to_status ordering.payment_status NOT NULL
);

ALTER TABLE payment.payment_way OWNER TO foodfast_owner;

--
-- Name: reconciliation_difference; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.reconciliation_difference (
    difference_id uuid NOT NULL,
    run_id uuid NOT NULL,
    kind text NOT NULL,
    order_id uuid,
    gateway_id text,
    detail text NOT NULL
);

ALTER TABLE payment.reconciliation_difference OWNER TO foodfast_owner;

--
-- Name: reconciliation_object; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.reconciliation_object (
    run_id uuid NOT NULL,
    kind text NOT NULL,
    gateway_id text NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    captured bigint,
    order_id uuid,
    CONSTRAINT reconciliation_object_gateway_id_check CHECK ((length(gateway_id) <= 255)),
    CONSTRAINT reconciliation_object_kind_check CHECK ((kind = ANY (ARRAY['payment_intent'::text, 'refund'::text]))),
    CONSTRAINT reconciliation_object_status_check CHECK ((length(status) <= 100))
);

ALTER TABLE payment.reconciliation_object OWNER TO foodfast_owner;

--
-- Name: step_turn_seq; Type: SEQUENCE; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE payment.step ALTER COLUMN turn ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME payment.step_turn_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: webhook; Type: TABLE; Schema: payment; Owner: foodfast_owner
--

CREATE TABLE payment.webhook (
    event_id text NOT NULL,
    type text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 255))),
    CONSTRAINT webhook_type_check CHECK ((length(type) <= 100))
);

ALTER TABLE payment.webhook OWNER TO foodfast_owner;

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
-- Name: email email_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.email
    ADD CONSTRAINT email_pkey PRIMARY KEY (email_id);

--
-- Name: email email_token_hash_key; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.email
    ADD CONSTRAINT email_token_hash_key UNIQUE (token_hash);

--
-- Name: erasure erasure_pkey; Type: CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (user_id);

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
-- Name: customer customer_gateway_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.customer
    ADD CONSTRAINT customer_gateway_id_key UNIQUE (gateway_id);

--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (user_id);

--
-- Name: intent intent_gateway_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.intent
    ADD CONSTRAINT intent_gateway_id_key UNIQUE (gateway_id);

--
-- Name: intent intent_intent_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.intent
    ADD CONSTRAINT intent_intent_id_key UNIQUE (intent_id);

--
-- Name: intent intent_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (order_id, attempt);

--
-- Name: invoice invoice_order_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.invoice
    ADD CONSTRAINT invoice_order_id_key UNIQUE (order_id);

--
-- Name: invoice invoice_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.invoice
    ADD CONSTRAINT invoice_pkey PRIMARY KEY (number);

--
-- Name: invoice_year invoice_year_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.invoice_year
    ADD CONSTRAINT invoice_year_pkey PRIMARY KEY (year);

--
-- Name: ledger_entry ledger_entry_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (transaction_id, account);

--
-- Name: ledger_transaction ledger_transaction_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.ledger_transaction
    ADD CONSTRAINT ledger_transaction_pkey PRIMARY KEY (transaction_id);

--
-- Name: ledger_transaction ledger_transaction_reference_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.ledger_transaction
    ADD CONSTRAINT ledger_transaction_reference_key UNIQUE (reference);

--
-- Name: method method_gateway_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.method
    ADD CONSTRAINT method_gateway_id_key UNIQUE (gateway_id);

--
-- Name: method method_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.method
    ADD CONSTRAINT method_pkey PRIMARY KEY (payment_method_id);

--
-- Name: payment payment_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (order_id);

--
-- Name: payment_way payment_way_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.payment_way
    ADD CONSTRAINT payment_way_pkey PRIMARY KEY (from_status, to_status);

--
-- Name: reconciliation_difference reconciliation_difference_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.reconciliation_difference
    ADD CONSTRAINT reconciliation_difference_pkey PRIMARY KEY (difference_id);

--
-- Name: reconciliation_object reconciliation_object_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.reconciliation_object
    ADD CONSTRAINT reconciliation_object_pkey PRIMARY KEY (run_id, kind, gateway_id);

--
-- Name: reconciliation reconciliation_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.reconciliation
    ADD CONSTRAINT reconciliation_pkey PRIMARY KEY (run_id);

--
-- Name: refund refund_gateway_id_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.refund
    ADD CONSTRAINT refund_gateway_id_key UNIQUE (gateway_id);

--
-- Name: refund refund_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.refund
    ADD CONSTRAINT refund_pkey PRIMARY KEY (refund_id);

--
-- Name: step step_key_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.step
    ADD CONSTRAINT step_key_key UNIQUE (key);

--
-- Name: step step_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (step_id);

--
-- Name: step step_turn_key; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.step
    ADD CONSTRAINT step_turn_key UNIQUE (turn);

--
-- Name: webhook webhook_pkey; Type: CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (event_id);

--
-- Name: address_by_user; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX address_by_user ON account.address USING btree (user_id);

--
-- Name: email_by_due; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX email_by_due ON account.email USING btree (run_at) WHERE (sent_at IS NULL);

--
-- Name: email_by_user; Type: INDEX; Schema: account; Owner: foodfast_owner
--

CREATE INDEX email_by_user ON account.email USING btree (user_id, purpose, created_at);

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
-- Name: event_by_person; Type: INDEX; Schema: log; Owner: foodfast_owner
--

CREATE INDEX event_by_person ON ONLY log.event USING btree (COALESCE(((data)::jsonb #>> '{by,id}'::text[]), ((data)::jsonb #>> '{driver,id}'::text[]), ((data)::jsonb #>> '{sender,id}'::text[]), ((data)::jsonb #>> '{agent,id}'::text[]))) WHERE ((data)::jsonb ?| ARRAY['by'::text, 'driver'::text, 'sender'::text, 'agent'::text]);

--
-- Name: event_by_xid; Type: INDEX; Schema: log; Owner: foodfast_owner
--

CREATE INDEX event_by_xid ON ONLY log.event USING btree (xid);

--
-- Name: event_default_coalesce_idx; Type: INDEX; Schema: log; Owner: foodfast_owner
--

CREATE INDEX event_default_coalesce_idx ON log.event_default USING btree (COALESCE(((data)::jsonb #>> '{by,id}'::text[]), ((data)::jsonb #>> '{driver,id}'::text[]), ((data)::jsonb #>> '{sender,id}'::text[]), ((data)::jsonb #>> '{agent,id}'::text[]))) WHERE ((data)::jsonb ?| ARRAY['by'::text, 'driver'::text, 'sender'::text, 'agent'::text]);

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
-- Name: ledger_transaction_by_order; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX ledger_transaction_by_order ON payment.ledger_transaction USING btree (order_id);

--
-- Name: ledger_transaction_by_time; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX ledger_transaction_by_time ON payment.ledger_transaction USING btree (at);

--
-- Name: method_by_user; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX method_by_user ON payment.method USING btree (user_id);

--
-- Name: one_default_method; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE UNIQUE INDEX one_default_method ON payment.method USING btree (user_id) WHERE is_default;

--
-- Name: payment_by_user; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX payment_by_user ON payment.payment USING btree (user_id, order_id);

--
-- Name: reconciliation_by_day; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX reconciliation_by_day ON payment.reconciliation USING btree (day);

--
-- Name: reconciliation_difference_by_run; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX reconciliation_difference_by_run ON payment.reconciliation_difference USING btree (run_id);

--
-- Name: refund_by_order; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX refund_by_order ON payment.refund USING btree (order_id);

--
-- Name: refund_by_time; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX refund_by_time ON payment.refund USING btree (created_at);

--
-- Name: step_open_by_subject; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX step_open_by_subject ON payment.step USING btree (subject, turn) WHERE (state = 'open'::payment.step_state);

--
-- Name: step_open_by_time; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX step_open_by_time ON payment.step USING btree (run_at) WHERE (state = 'open'::payment.step_state);

--
-- Name: step_settled; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX step_settled ON payment.step USING btree (settled_at) WHERE (state <> 'open'::payment.step_state);

--
-- Name: webhook_by_time; Type: INDEX; Schema: payment; Owner: foodfast_owner
--

CREATE INDEX webhook_by_time ON payment.webhook USING btree (received_at);

--
-- Name: event_default_coalesce_idx; Type: INDEX ATTACH; Schema: log; Owner: foodfast_owner
--

ALTER INDEX log.event_by_person ATTACH PARTITION log.event_default_coalesce_idx;

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
-- Name: orders cancel_is_followed; Type: TRIGGER; Schema: ordering; Owner: foodfast_owner
--

CREATE CONSTRAINT TRIGGER cancel_is_followed AFTER UPDATE ON ordering.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.payment_method = 'card'::ordering.payment_method) AND (new.status = 'cancelled'::ordering.order_status) AND (old.status <> 'cancelled'::ordering.order_status))) EXECUTE FUNCTION payment.cancel_is_followed();

--
-- Name: orders payment_way_check; Type: TRIGGER; Schema: ordering; Owner: foodfast_owner
--

CREATE TRIGGER payment_way_check BEFORE UPDATE OF payment_status ON ordering.orders FOR EACH ROW WHEN (((old.payment_method = 'card'::ordering.payment_method) AND (old.payment_status <> new.payment_status))) EXECUTE FUNCTION payment.payment_way_check();

--
-- Name: ledger_entry adds_up; Type: TRIGGER; Schema: payment; Owner: foodfast_owner
--

CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON payment.ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment.ledger_adds_up();

--
-- Name: ledger_transaction adds_up; Type: TRIGGER; Schema: payment; Owner: foodfast_owner
--

CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON payment.ledger_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment.ledger_adds_up();

--
-- Name: ledger_entry append_only; Type: TRIGGER; Schema: payment; Owner: foodfast_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON payment.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION payment.ledger_is_append_only();

--
-- Name: ledger_transaction append_only; Type: TRIGGER; Schema: payment; Owner: foodfast_owner
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON payment.ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION payment.ledger_is_append_only();

--
-- Name: address address_user_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.address
    ADD CONSTRAINT address_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: email email_user_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.email
    ADD CONSTRAINT email_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: erasure erasure_user_id_fkey; Type: FK CONSTRAINT; Schema: account; Owner: foodfast_owner
--

ALTER TABLE ONLY account.erasure
    ADD CONSTRAINT erasure_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

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
-- Name: customer customer_user_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.customer
    ADD CONSTRAINT customer_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: intent intent_order_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.intent
    ADD CONSTRAINT intent_order_id_fkey FOREIGN KEY (order_id) REFERENCES payment.payment(order_id);

--
-- Name: invoice invoice_order_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.invoice
    ADD CONSTRAINT invoice_order_id_fkey FOREIGN KEY (order_id) REFERENCES ordering.orders(order_id);

--
-- Name: ledger_entry ledger_entry_transaction_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.ledger_entry
    ADD CONSTRAINT ledger_entry_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES payment.ledger_transaction(transaction_id);

--
-- Name: ledger_transaction ledger_transaction_order_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.ledger_transaction
    ADD CONSTRAINT ledger_transaction_order_id_fkey FOREIGN KEY (order_id) REFERENCES ordering.orders(order_id);

--
-- Name: method method_user_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.method
    ADD CONSTRAINT method_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: payment payment_order_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.payment
    ADD CONSTRAINT payment_order_id_fkey FOREIGN KEY (order_id) REFERENCES ordering.orders(order_id);

--
-- Name: payment payment_user_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.payment
    ADD CONSTRAINT payment_user_id_fkey FOREIGN KEY (user_id) REFERENCES account.users(user_id);

--
-- Name: reconciliation_difference reconciliation_difference_run_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.reconciliation_difference
    ADD CONSTRAINT reconciliation_difference_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment.reconciliation(run_id);

--
-- Name: reconciliation_object reconciliation_object_run_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.reconciliation_object
    ADD CONSTRAINT reconciliation_object_run_id_fkey FOREIGN KEY (run_id) REFERENCES payment.reconciliation(run_id) ON DELETE CASCADE;

--
-- Name: refund refund_order_id_attempt_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.refund
    ADD CONSTRAINT refund_order_id_attempt_fkey FOREIGN KEY (order_id, attempt) REFERENCES payment.intent(order_id, attempt);

--
-- Name: refund refund_order_id_fkey; Type: FK CONSTRAINT; Schema: payment; Owner: foodfast_owner
--

ALTER TABLE ONLY payment.refund
    ADD CONSTRAINT refund_order_id_fkey FOREIGN KEY (order_id) REFERENCES payment.payment(order_id);

--
-- Name: SCHEMA account; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA account TO foodfast_accounts;
GRANT USAGE ON SCHEMA account TO foodfast_catalogue;
GRANT USAGE ON SCHEMA account TO foodfast_orders;
GRANT USAGE ON SCHEMA account TO foodfast_payments;
GRANT USAGE ON SCHEMA account TO foodfast_streamd;
GRANT USAGE ON SCHEMA account TO foodfast_workers;

--
-- Name: SCHEMA api; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA api TO foodfast_accounts;
GRANT USAGE ON SCHEMA api TO foodfast_catalogue;
GRANT USAGE ON SCHEMA api TO foodfast_orders;
GRANT USAGE ON SCHEMA api TO foodfast_payments;
GRANT USAGE ON SCHEMA api TO foodfast_streamd;
GRANT USAGE ON SCHEMA api TO foodfast_workers;

--
-- Name: SCHEMA catalogue; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA catalogue TO foodfast_accounts;
GRANT USAGE ON SCHEMA catalogue TO foodfast_catalogue;
GRANT USAGE ON SCHEMA catalogue TO foodfast_orders;
GRANT USAGE ON SCHEMA catalogue TO foodfast_payments;
GRANT USAGE ON SCHEMA catalogue TO foodfast_streamd;
GRANT USAGE ON SCHEMA catalogue TO foodfast_workers;

--
-- Name: SCHEMA log; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA log TO foodfast_accounts;
GRANT USAGE ON SCHEMA log TO foodfast_catalogue;
GRANT USAGE ON SCHEMA log TO foodfast_orders;
GRANT USAGE ON SCHEMA log TO foodfast_payments;
GRANT USAGE ON SCHEMA log TO foodfast_streamd;
GRANT USAGE ON SCHEMA log TO foodfast_workers;

--
-- Name: SCHEMA ordering; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA ordering TO foodfast_accounts;
GRANT USAGE ON SCHEMA ordering TO foodfast_catalogue;
GRANT USAGE ON SCHEMA ordering TO foodfast_orders;
GRANT USAGE ON SCHEMA ordering TO foodfast_payments;
GRANT USAGE ON SCHEMA ordering TO foodfast_streamd;
GRANT USAGE ON SCHEMA ordering TO foodfast_workers;

--
-- Name: SCHEMA payment; Type: ACL; Schema: -; Owner: foodfast_owner
--

GRANT USAGE ON SCHEMA payment TO foodfast_accounts;
GRANT USAGE ON SCHEMA payment TO foodfast_catalogue;
GRANT USAGE ON SCHEMA payment TO foodfast_orders;
GRANT USAGE ON SCHEMA payment TO foodfast_payments;
GRANT USAGE ON SCHEMA payment TO foodfast_streamd;
GRANT USAGE ON SCHEMA payment TO foodfast_workers;

--
-- Name: FUNCTION account_credentials(p_email text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_credentials(p_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_credentials(p_email text) TO foodfast_accounts;

--
-- Name: FUNCTION account_erase(p_session uuid, p_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_erase(p_session uuid, p_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_erase(p_session uuid, p_hash text) TO foodfast_accounts;

--
-- Name: FUNCTION account_export(p_session uuid, p_if_none_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_export(p_session uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_export(p_session uuid, p_if_none_match text) TO foodfast_accounts;

--
-- Name: FUNCTION account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.account_register(p_email text, p_password_hash text, p_name text, p_phone text, p_role text, p_device text, p_ip text, p_refresh_hash bytea, p_email_id uuid, p_email_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION actor(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION actor_admin(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor_admin(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION actor_json(me account.actor); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor_json(me account.actor) FROM PUBLIC;

--
-- Name: FUNCTION actor_with_password(p_session uuid, p_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.actor_with_password(p_session uuid, p_hash text) FROM PUBLIC;

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
-- Name: FUNCTION address_json(a account.address); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_json(a account.address) FROM PUBLIC;

--
-- Name: FUNCTION address_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) TO foodfast_accounts;

--
-- Name: FUNCTION address_lock(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_lock(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION address_own(me account.actor, p_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_own(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) TO foodfast_accounts;

--
-- Name: FUNCTION address_without_person(address jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.address_without_person(address jsonb) FROM PUBLIC;

--
-- Name: FUNCTION admins_lock(); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.admins_lock() FROM PUBLIC;

--
-- Name: FUNCTION attempt_count(p_key text, p_window_s integer, p_add boolean); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION account.attempt_count(p_key text, p_window_s integer, p_add boolean) TO foodfast_accounts;

--
-- Name: FUNCTION email_confirm(p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_confirm(p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.email_confirm(p_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION email_life(purpose account.email_purpose); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_life(purpose account.email_purpose) FROM PUBLIC;

--
-- Name: FUNCTION email_of_token(p_hash bytea, p_purpose account.email_purpose); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_of_token(p_hash bytea, p_purpose account.email_purpose) FROM PUBLIC;

--
-- Name: FUNCTION email_queue(p_user_id uuid, p_purpose account.email_purpose, p_id uuid, p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_queue(p_user_id uuid, p_purpose account.email_purpose, p_id uuid, p_hash bytea) FROM PUBLIC;

--
-- Name: FUNCTION email_sent(p_id uuid, p_lease uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_sent(p_id uuid, p_lease uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.email_sent(p_id uuid, p_lease uuid) TO foodfast_workers;

--
-- Name: FUNCTION email_take(p_lease_ms integer); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.email_take(p_lease_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION account.email_take(p_lease_ms integer) TO foodfast_workers;

--
-- Name: FUNCTION erase_answers(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erase_answers(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION erase_name(p_user_id uuid, most integer); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erase_name(p_user_id uuid, most integer) FROM PUBLIC;

--
-- Name: FUNCTION erase_notes(p_order_ids uuid[]); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erase_notes(p_order_ids uuid[]) FROM PUBLIC;

--
-- Name: FUNCTION erase_orders(p_user_id uuid, most integer); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erase_orders(p_user_id uuid, most integer) FROM PUBLIC;

--
-- Name: FUNCTION erasure_sweep(p_user_id uuid, most integer); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erasure_sweep(p_user_id uuid, most integer) FROM PUBLIC;

--
-- Name: FUNCTION erasures_continue(); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.erasures_continue() FROM PUBLIC;

--
-- Name: FUNCTION event_person(data jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.event_person(data jsonb) FROM PUBLIC;

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
-- Name: FUNCTION json_without_name(body jsonb, p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.json_without_name(body jsonb, p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION json_without_notes(body jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.json_without_notes(body jsonb) FROM PUBLIC;

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
-- Name: FUNCTION memberships_put(p_user_id uuid, p_role account.role, p_memberships jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.memberships_put(p_user_id uuid, p_role account.role, p_memberships jsonb) FROM PUBLIC;

--
-- Name: FUNCTION orders_are_open(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.orders_are_open(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION password_change(p_session uuid, p_old_hash text, p_new_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_change(p_session uuid, p_old_hash text, p_new_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_change(p_session uuid, p_old_hash text, p_new_hash text) TO foodfast_accounts;

--
-- Name: FUNCTION password_forget(p_email text, p_id uuid, p_hash bytea); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_forget(p_email text, p_id uuid, p_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_forget(p_email text, p_id uuid, p_hash bytea) TO foodfast_accounts;

--
-- Name: FUNCTION password_hash_of(p_session uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_hash_of(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_hash_of(p_session uuid) TO foodfast_accounts;

--
-- Name: FUNCTION password_reset(p_hash bytea, p_password_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_reset(p_hash bytea, p_password_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_reset(p_hash bytea, p_password_hash text) TO foodfast_accounts;

--
-- Name: FUNCTION password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.password_upgrade(p_user_id uuid, p_old_hash text, p_new_hash text) TO foodfast_accounts;

--
-- Name: FUNCTION person_erase(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.person_erase(p_user_id uuid) FROM PUBLIC;

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
-- Name: FUNCTION session_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.session_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.session_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) TO foodfast_accounts;

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
-- Name: FUNCTION sessions_end(p_user_id uuid, p_only uuid, p_but uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.sessions_end(p_user_id uuid, p_only uuid, p_but uuid) FROM PUBLIC;

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
-- Name: FUNCTION user_json(p_user_id uuid); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_json(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION json_with(object text, name text, value text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.json_with(object text, name text, value text) FROM PUBLIC;

--
-- Name: FUNCTION user_admin_json(u account.users); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_admin_json(u account.users) FROM PUBLIC;

--
-- Name: FUNCTION user_change(p_user_id uuid, p_changes jsonb); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_change(p_user_id uuid, p_changes jsonb) FROM PUBLIC;

--
-- Name: FUNCTION user_for_change(me account.actor, p_id uuid, p_if_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_for_change(me account.actor, p_id uuid, p_if_match text) FROM PUBLIC;

--
-- Name: FUNCTION user_get(p_session uuid, p_id uuid, p_if_none_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_get(p_session uuid, p_id uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.user_get(p_session uuid, p_id uuid, p_if_none_match text) TO foodfast_accounts;

--
-- Name: FUNCTION user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit integer, p_page text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit integer, p_page text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit integer, p_page text) TO foodfast_accounts;

--
-- Name: FUNCTION user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION account.user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) TO foodfast_accounts;

--
-- Name: FUNCTION user_updated(p_user_id uuid, fields text[]); Type: ACL; Schema: account; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION account.user_updated(p_user_id uuid, fields text[]) FROM PUBLIC;

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
GRANT ALL ON FUNCTION api.idempotency_answer(p_session uuid, p_scope text, p_key text) TO foodfast_payments;

--
-- Name: FUNCTION idempotency_claim(p_scope text, p_key text, p_fingerprint bytea); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_accounts;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_catalogue;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_orders;
GRANT ALL ON FUNCTION api.idempotency_claim(p_scope text, p_key text, p_fingerprint bytea) TO foodfast_payments;

--
-- Name: FUNCTION idempotency_store(status integer, body text, etag text, location text, session_id uuid); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.idempotency_store(status integer, body text, etag text, location text, session_id uuid) FROM PUBLIC;

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
-- Name: FUNCTION page_of(items text[], wanted integer, page text); Type: ACL; Schema: api; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION api.page_of(items text[], wanted integer, page text) FROM PUBLIC;

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
-- Name: FUNCTION city_list(p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: catalogue; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION catalogue.city_list(p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION catalogue.city_list(p_limit integer, p_page text, p_if_none_match text) TO foodfast_catalogue;

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
-- Name: FUNCTION cluster_number(); Type: ACL; Schema: log; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION log.cluster_number() FROM PUBLIC;

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
-- Name: FUNCTION card_json(o ordering.orders, party account.role); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.card_json(o ordering.orders, party account.role) FROM PUBLIC;

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
-- Name: FUNCTION order_place_card(o ordering.orders, m payment.method); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_place_card(o ordering.orders, m payment.method) FROM PUBLIC;

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
-- Name: FUNCTION order_status_events(o ordering.orders, previous ordering.order_status, by jsonb, reason text); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_status_events(o ordering.orders, previous ordering.order_status, by jsonb, reason text) FROM PUBLIC;

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
-- Name: FUNCTION order_transition_card(o ordering.orders, party account.role, events log.new_event[]); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_transition_card(o ordering.orders, party account.role, events log.new_event[]) FROM PUBLIC;

--
-- Name: FUNCTION order_visible(me account.actor, p_id uuid); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_visible(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb, p_paid_by ordering.payment_method); Type: ACL; Schema: ordering; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION ordering.order_write(me account.actor, kitchen catalogue.restaurant, p_order_id uuid, priced ordering.basket, tip bigint, p_address jsonb, p_paid_by ordering.payment_method) FROM PUBLIC;

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
-- Name: FUNCTION ask_answered(s payment.step, p_status integer, p_body jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ask_answered(s payment.step, p_status integer, p_body jsonb) FROM PUBLIC;

--
-- Name: FUNCTION ask_want(p_subject text, p_about jsonb, p_operation text, p_object_id text, p_in interval); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ask_want(p_subject text, p_about jsonb, p_operation text, p_object_id text, p_in interval) FROM PUBLIC;

--
-- Name: FUNCTION authorize_answered(s payment.step, p_status integer, p_body jsonb, p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.authorize_answered(s payment.step, p_status integer, p_body jsonb, p_code text) FROM PUBLIC;

--
-- Name: FUNCTION cancel_follow(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.cancel_follow(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION cancel_is_followed(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.cancel_is_followed() FROM PUBLIC;

--
-- Name: FUNCTION capture_answered(s payment.step, p_status integer, p_body jsonb, p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.capture_answered(s payment.step, p_status integer, p_body jsonb, p_code text) FROM PUBLIC;

--
-- Name: FUNCTION capture_failed(o ordering.orders, p_detail text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.capture_failed(o ordering.orders, p_detail text) FROM PUBLIC;

--
-- Name: FUNCTION capture_want(p_order_id uuid, p_attempt integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.capture_want(p_order_id uuid, p_attempt integer) FROM PUBLIC;

--
-- Name: FUNCTION card_event(o ordering.orders, p_amount bigint); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.card_event(o ordering.orders, p_amount bigint) FROM PUBLIC;

--
-- Name: FUNCTION cash_json(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.cash_json(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION decline_detail(p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.decline_detail(p_code text) FROM PUBLIC;

--
-- Name: FUNCTION decline_reason(p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.decline_reason(p_code text) FROM PUBLIC;

--
-- Name: FUNCTION escalation(p_kind text, p_order_id uuid, p_detail text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.escalation(p_kind text, p_order_id uuid, p_detail text) FROM PUBLIC;

--
-- Name: FUNCTION html_escape(words text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.html_escape(words text) FROM PUBLIC;

--
-- Name: FUNCTION intent_ask(i payment.intent, p_in interval); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_ask(i payment.intent, p_in interval) FROM PUBLIC;

--
-- Name: FUNCTION intent_follow(i payment.intent, pi jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_follow(i payment.intent, pi jsonb) FROM PUBLIC;

--
-- Name: FUNCTION intent_heard(p_order_id uuid, p_attempt integer, pi jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_heard(p_order_id uuid, p_attempt integer, pi jsonb) FROM PUBLIC;

--
-- Name: FUNCTION intent_is_unwanted(i payment.intent, o ordering.orders, p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_is_unwanted(i payment.intent, o ordering.orders, p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION intent_is_to_release(i payment.intent, o ordering.orders, p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_is_to_release(i payment.intent, o ordering.orders, p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION intent_was_declined(i payment.intent); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_was_declined(i payment.intent) FROM PUBLIC;

--
-- Name: FUNCTION intent_json(i payment.intent, p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_json(i payment.intent, p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION intent_latest(p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_latest(p_order_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION intent_lost(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_lost(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION intent_patience(i payment.intent); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_patience(i payment.intent) FROM PUBLIC;

--
-- Name: FUNCTION intent_status_of(pi jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_status_of(pi jsonb) FROM PUBLIC;

--
-- Name: FUNCTION intent_want(o ordering.orders, m payment.method, p_attempt integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.intent_want(o ordering.orders, m payment.method, p_attempt integer) FROM PUBLIC;

--
-- Name: FUNCTION invoice_html(p_session uuid, p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_html(p_session uuid, p_order_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.invoice_html(p_session uuid, p_order_id uuid) TO foodfast_payments;

--
-- Name: FUNCTION invoice_issue(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_issue(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION money_text(amount bigint, currency text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.money_text(amount bigint, currency text) FROM PUBLIC;

--
-- Name: FUNCTION invoice_lines(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_lines(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION invoice_paid(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_paid(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION invoice_row(what text, amount bigint, o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_row(what text, amount bigint, o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION invoice_page(i payment.invoice, o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.invoice_page(i payment.invoice, o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION ledger_adds_up(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_adds_up() FROM PUBLIC;

--
-- Name: FUNCTION ledger_balance(p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_balance(p_order_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION ledger_is_append_only(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_is_append_only() FROM PUBLIC;

--
-- Name: FUNCTION ledger_post(p_reference text, o ordering.orders, p_entries jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_post(p_reference text, o ordering.orders, p_entries jsonb) FROM PUBLIC;

--
-- Name: FUNCTION ledger_post_capture(o ordering.orders, p_attempt integer, p_amount bigint); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_post_capture(o ordering.orders, p_attempt integer, p_amount bigint) FROM PUBLIC;

--
-- Name: FUNCTION ledger_post_refund(o ordering.orders, r payment.refund); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_post_refund(o ordering.orders, r payment.refund) FROM PUBLIC;

--
-- Name: FUNCTION ledger_post_refund_return(o ordering.orders, r payment.refund); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.ledger_post_refund_return(o ordering.orders, r payment.refund) FROM PUBLIC;

--
-- Name: FUNCTION method_answer(p_session uuid, p_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_answer(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.method_answer(p_session uuid, p_id uuid) TO foodfast_payments;

--
-- Name: FUNCTION method_attached(p_user_id uuid, p_id uuid, pm jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_attached(p_user_id uuid, p_id uuid, pm jsonb) FROM PUBLIC;

--
-- Name: FUNCTION method_create(p_session uuid, p_token text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_create(p_session uuid, p_token text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.method_create(p_session uuid, p_token text) TO foodfast_payments;

--
-- Name: FUNCTION method_delete(p_session uuid, p_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_delete(p_session uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.method_delete(p_session uuid, p_id uuid) TO foodfast_payments;

--
-- Name: FUNCTION method_events(p_user_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_events(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION method_for_order(me account.actor, p_id uuid, p_pointer text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_for_order(me account.actor, p_id uuid, p_pointer text) FROM PUBLIC;

--
-- Name: FUNCTION method_json(m payment.method); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_json(m payment.method) FROM PUBLIC;

--
-- Name: FUNCTION method_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.method_list(p_session uuid, p_limit integer, p_page text, p_if_none_match text) TO foodfast_payments;

--
-- Name: FUNCTION method_lock(p_session uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_lock(p_session uuid) FROM PUBLIC;

--
-- Name: FUNCTION method_own(me account.actor, p_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_own(me account.actor, p_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.method_patch(p_session uuid, p_id uuid, p_default boolean, p_if_match text) TO foodfast_payments;

--
-- Name: FUNCTION method_remove(m payment.method); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_remove(m payment.method) FROM PUBLIC;

--
-- Name: FUNCTION method_step_answered(s payment.step, p_status integer, p_body jsonb, p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_step_answered(s payment.step, p_status integer, p_body jsonb, p_code text) FROM PUBLIC;

--
-- Name: FUNCTION method_step_prepare(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.method_step_prepare(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION next_action_of(pi jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.next_action_of(pi jsonb) FROM PUBLIC;

--
-- Name: FUNCTION order_authorized(p_order_id uuid, p_attempt integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.order_authorized(p_order_id uuid, p_attempt integer) FROM PUBLIC;

--
-- Name: FUNCTION order_cancel(o ordering.orders, p_reason text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.order_cancel(o ordering.orders, p_reason text) FROM PUBLIC;

--
-- Name: FUNCTION order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.order_pay(p_session uuid, p_order_id uuid, p_payment_method_id uuid) TO foodfast_payments;

--
-- Name: FUNCTION payment_answer(p_session uuid, p_order_id uuid, p_status integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_answer(p_session uuid, p_order_id uuid, p_status integer) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payment_answer(p_session uuid, p_order_id uuid, p_status integer) TO foodfast_orders;
GRANT ALL ON FUNCTION payment.payment_answer(p_session uuid, p_order_id uuid, p_status integer) TO foodfast_payments;

--
-- Name: FUNCTION payment_captured(o ordering.orders, i payment.intent, p_amount bigint); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_captured(o ordering.orders, i payment.intent, p_amount bigint) FROM PUBLIC;

--
-- Name: FUNCTION payment_erase(me account.actor); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_erase(me account.actor) FROM PUBLIC;

--
-- Name: FUNCTION payment_export(p_user_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_export(p_user_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION payment_finish(p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_finish(p_order_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION payment_follow(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_follow(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION payment_move(p_order_id uuid, p_status ordering.payment_status, p_amount bigint); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_move(p_order_id uuid, p_status ordering.payment_status, p_amount bigint) FROM PUBLIC;

--
-- Name: FUNCTION payment_open(o ordering.orders, m payment.method); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_open(o ordering.orders, m payment.method) FROM PUBLIC;

--
-- Name: FUNCTION payment_refunded(p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_refunded(p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION payment_rest(p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_rest(p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) TO foodfast_orders;
GRANT ALL ON FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) TO foodfast_payments;
GRANT ALL ON FUNCTION payment.payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status integer, p_body text) TO foodfast_workers;

--
-- Name: FUNCTION payment_step_take(p_subject text, p_lease_ms integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) TO foodfast_orders;
GRANT ALL ON FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) TO foodfast_payments;
GRANT ALL ON FUNCTION payment.payment_step_take(p_subject text, p_lease_ms integer) TO foodfast_workers;

--
-- Name: FUNCTION payment_steps_due_in_ms(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_steps_due_in_ms() FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payment_steps_due_in_ms() TO foodfast_workers;

--
-- Name: FUNCTION payment_way_check(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payment_way_check() FROM PUBLIC;

--
-- Name: FUNCTION payments_expire(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payments_expire() FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payments_expire() TO foodfast_workers;

--
-- Name: FUNCTION payments_of(p_session uuid, p_order_id uuid, p_if_none_match text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payments_of(p_session uuid, p_order_id uuid, p_if_none_match text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.payments_of(p_session uuid, p_order_id uuid, p_if_none_match text) TO foodfast_payments;

--
-- Name: FUNCTION payments_tidy(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.payments_tidy() FROM PUBLIC;

--
-- Name: FUNCTION reconcile_begin(p_day date); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_begin(p_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.reconcile_begin(p_day date) TO foodfast_workers;

--
-- Name: FUNCTION reconcile_books(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_books(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_intents(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_intents(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_missing(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_missing(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_refunds(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_refunds(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_unknown(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_unknown(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_differences(r payment.reconciliation); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_differences(r payment.reconciliation) FROM PUBLIC;

--
-- Name: FUNCTION reconcile_due(p_hour integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_due(p_hour integer) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.reconcile_due(p_hour integer) TO foodfast_workers;

--
-- Name: FUNCTION reconcile_end(p_run uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_end(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.reconcile_end(p_run uuid) TO foodfast_workers;

--
-- Name: FUNCTION reconcile_page(p_run uuid, p_kind text, p_body text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_page(p_run uuid, p_kind text, p_body text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.reconcile_page(p_run uuid, p_kind text, p_body text) TO foodfast_workers;

--
-- Name: FUNCTION reconcile_request(p_day date); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.reconcile_request(p_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.reconcile_request(p_day date) TO foodfast_workers;

--
-- Name: FUNCTION refund_answer(p_session uuid, p_refund_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_answer(p_session uuid, p_refund_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.refund_answer(p_session uuid, p_refund_id uuid) TO foodfast_payments;

--
-- Name: FUNCTION refund_answered(s payment.step, p_status integer, p_body jsonb, p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_answered(s payment.step, p_status integer, p_body jsonb, p_code text) FROM PUBLIC;

--
-- Name: FUNCTION refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.refund_create(p_session uuid, p_order_id uuid, p_amount bigint, p_reason text) TO foodfast_payments;

--
-- Name: FUNCTION refund_heard(p_refund_id uuid, object jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_heard(p_refund_id uuid, object jsonb) FROM PUBLIC;

--
-- Name: FUNCTION refund_json(r payment.refund, p payment.payment); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_json(r payment.refund, p payment.payment) FROM PUBLIC;

--
-- Name: FUNCTION refund_lost(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_lost(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION refund_settled(old payment.refund, r payment.refund); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_settled(old payment.refund, r payment.refund) FROM PUBLIC;

--
-- Name: FUNCTION refund_status_of(object jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_status_of(object jsonb) FROM PUBLIC;

--
-- Name: FUNCTION refund_want(p payment.payment, p_amount bigint, p_reason text, p_by jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.refund_want(p payment.payment, p_amount bigint, p_reason text, p_by jsonb) FROM PUBLIC;

--
-- Name: FUNCTION release_answered(s payment.step, p_status integer, p_body jsonb, p_code text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.release_answered(s payment.step, p_status integer, p_body jsonb, p_code text) FROM PUBLIC;

--
-- Name: FUNCTION release_prepare(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.release_prepare(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION release_want(o ordering.orders); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.release_want(o ordering.orders) FROM PUBLIC;

--
-- Name: FUNCTION step_answered(s payment.step, p_status integer, p_body jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_answered(s payment.step, p_status integer, p_body jsonb) FROM PUBLIC;

--
-- Name: FUNCTION step_backoff(tries integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_backoff(tries integer) FROM PUBLIC;

--
-- Name: FUNCTION step_due(p_subject text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_due(p_subject text) FROM PUBLIC;

--
-- Name: FUNCTION step_end(p_step uuid, p_state payment.step_state, p_error text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_end(p_step uuid, p_state payment.step_state, p_error text) FROM PUBLIC;

--
-- Name: FUNCTION step_give_up(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_give_up(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION step_is_blocked(p_subject text, p_turn bigint); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_is_blocked(p_subject text, p_turn bigint) FROM PUBLIC;

--
-- Name: FUNCTION step_lease(p_step uuid, p_lease_ms integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_lease(p_step uuid, p_lease_ms integer) FROM PUBLIC;

--
-- Name: FUNCTION step_order(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_order(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION step_postpone(s payment.step, p_was_sent boolean, p_error text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_postpone(s payment.step, p_was_sent boolean, p_error text) FROM PUBLIC;

--
-- Name: FUNCTION step_prepare(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_prepare(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION step_prepare_create(s payment.step); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_prepare_create(s payment.step) FROM PUBLIC;

--
-- Name: FUNCTION step_searched(s payment.step, p_body jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_searched(s payment.step, p_body jsonb) FROM PUBLIC;

--
-- Name: FUNCTION step_subject_lock(p_subject text, p_wait boolean); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_subject_lock(p_subject text, p_wait boolean) FROM PUBLIC;

--
-- Name: FUNCTION step_unknown(s payment.step, p_http_status integer); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_unknown(s payment.step, p_http_status integer) FROM PUBLIC;

--
-- Name: FUNCTION step_want(p_subject text, p_kind payment.step_kind, p_about jsonb, p_operation text, p_object_id text, p_params jsonb, p_in interval); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.step_want(p_subject text, p_kind payment.step_kind, p_about jsonb, p_operation text, p_object_id text, p_params jsonb, p_in interval) FROM PUBLIC;

--
-- Name: FUNCTION steps_drop(p_order_id uuid, p_kind payment.step_kind); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.steps_drop(p_order_id uuid, p_kind payment.step_kind) FROM PUBLIC;

--
-- Name: FUNCTION stray_heard(p_order_id uuid, pi jsonb); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.stray_heard(p_order_id uuid, pi jsonb) FROM PUBLIC;

--
-- Name: FUNCTION system_json(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.system_json() FROM PUBLIC;

--
-- Name: FUNCTION wake_hint(); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.wake_hint() FROM PUBLIC;

--
-- Name: FUNCTION webhook_charge(p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.webhook_charge(p_order_id uuid) FROM PUBLIC;

--
-- Name: FUNCTION webhook_intent(p_gateway_id text, p_order_id uuid, p_type text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.webhook_intent(p_gateway_id text, p_order_id uuid, p_type text) FROM PUBLIC;

--
-- Name: FUNCTION webhook_refund(p_gateway_id text, p_type text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.webhook_refund(p_gateway_id text, p_type text) FROM PUBLIC;

--
-- Name: FUNCTION webhook_status(p_type text); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.webhook_status(p_type text) FROM PUBLIC;

--
-- Name: FUNCTION webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid); Type: ACL; Schema: payment; Owner: foodfast_owner
--

REVOKE ALL ON FUNCTION payment.webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION payment.webhook_take(p_event_id text, p_type text, p_object_id text, p_object_type text, p_order_id uuid) TO foodfast_payments;

--
-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: -; Owner: foodfast_owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE foodfast_owner REVOKE ALL ON FUNCTIONS  FROM PUBLIC;

--
-- PostgreSQL database dump complete
--

