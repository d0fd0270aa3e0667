-- The sandbox gateway's state and logic: the part of Stripe's API that FoodFast uses, for development and tests. build/sandbox
-- is its HTTP side (tools/sandbox.c). tools/foodfast loads this file when an instance starts; tools/migrate never does, so
-- what is installed has no sandbox. It is stateful, and knows nothing of FoodFast's own schemas.
--
-- To add a call: a row in sandbox_route.sql and its handler, NAME(p_id, p_params) returns jsonb. To add a test card: a row there too.

do $$
begin
	if to_regrole('foodfast_sandbox') is null then
		create role foodfast_sandbox login;
	end if;
	execute format('alter role foodfast_sandbox in database %I set search_path = sandbox', current_database());
	execute format('alter role foodfast_sandbox in database %I set statement_timeout = ''5s''', current_database());
end
$$;
create schema if not exists sandbox authorization foodfast_sandbox;

set local client_min_messages = warning;
set local role foodfast_sandbox;
set local search_path = sandbox;

create table if not exists setting (
	is_only boolean primary key default true check (is_only),
	clock_offset interval not null default '0'
);
insert into setting default values on conflict do nothing;

create table if not exists customer (
	id text primary key,
	n bigint generated always as identity unique, -- lists go by it, the newest first
	name text,
	email text,
	phone text,
	description text,
	metadata jsonb not null,
	created timestamptz not null,
	is_deleted boolean not null default false
);

-- How a test card behaves, by the name of its token without the prefix.
create table if not exists card (
	name text primary key,
	brand text not null,
	last4 text not null,
	behaviour text not null check (behaviour in ('pays', 'declines', 'asks', 'capture_fails', 'refund_fails', 'refund_waits', 'refund_waits_fails')),
	code text,
	decline_code text,
	message text
);

create table if not exists method (
	id text primary key,
	n bigint generated always as identity unique,
	card text not null references card,
	customer text references customer,
	was_attached boolean not null default false,
	billing_details jsonb not null,
	metadata jsonb not null,
	created timestamptz not null
);
create index if not exists method_by_customer on method (customer, n);

create table if not exists intent (
	id text primary key,
	n bigint generated always as identity unique,
	secret text not null,
	amount bigint not null check (amount > 0),
	currency text not null,
	status text not null default 'requires_payment_method' check (status in ('requires_payment_method', 'requires_confirmation',
		'requires_action', 'requires_capture', 'succeeded', 'canceled')),
	capture_method text not null,
	captured bigint not null default 0 check (captured between 0 and amount),
	customer text references customer,
	method text references method,
	charge text,
	metadata jsonb not null,
	description text,
	receipt_email text,
	return_url text,
	next_action jsonb,
	last_error jsonb,
	authorized_at timestamptz,
	canceled_at timestamptz,
	cancellation_reason text,
	created timestamptz not null
);
create index if not exists intent_by_customer on intent (customer, n);
create index if not exists intent_by_order on intent ((metadata ->> 'order_id'));
create index if not exists intent_authorized on intent (authorized_at) where status = 'requires_capture';

-- An attempt to charge a card: an intent has one for each that was declined, and at most one that was not.
create table if not exists charge (
	id text primary key,
	n bigint generated always as identity unique,
	intent text not null references intent,
	method text not null references method,
	is_declined boolean not null,
	code text,
	message text,
	created timestamptz not null
);
create index if not exists charge_by_intent on charge (intent, n);
create unique index if not exists charge_once on charge (intent) where not is_declined;

create table if not exists refund (
	id text primary key,
	n bigint generated always as identity unique,
	intent text not null references intent,
	amount bigint not null check (amount > 0),
	reason text,
	status text not null check (status in ('pending', 'succeeded', 'failed')),
	becomes text check (becomes in ('succeeded', 'failed')), -- when it settles
	settles_at timestamptz,
	metadata jsonb not null,
	created timestamptz not null
);
create index if not exists refund_by_intent on refund (intent, n);
create index if not exists refund_unsettled on refund (settles_at) where becomes is not null;

create table if not exists event (
	id text primary key,
	n bigint generated always as identity unique,
	type text not null,
	customer text,
	body jsonb not null,
	created timestamptz not null
);

-- An event on its way to the webhook: tried until it is taken, or for three days.
create table if not exists delivery (
	delivery_id bigint generated always as identity primary key,
	event text not null references event,
	state text not null check (state in ('held', 'due', 'done', 'given_up')),
	due_at timestamptz not null,
	tries int not null default 0,
	last_status int,
	created timestamptz not null default clock_timestamp()
);
create index if not exists delivery_due on delivery (due_at) where state = 'due';

-- What a key was answered with. Kept for a day of the sandbox's clock, as Stripe does.
create table if not exists idempotency (
	key text primary key,
	fingerprint text not null,
	status int not null,
	body jsonb not null,
	created timestamptz not null
);

-- What goes wrong on demand: to the next TIMES requests that match it; null: to all of them.
create table if not exists fault (
	fault_id bigint generated always as identity primary key,
	does text not null check (does in ('delay', 'delay_before', 'cut_before', 'cut_after', 'error', 'stored_error', 'refuse',
		'decline', 'rate_limit', 'blind')),
	method text,
	path text, -- a prefix; ending in $, the whole
	customer text,
	order_id text,
	times int check (times >= 0),
	delay_ms int not null check (delay_ms between 0 and 600000),
	status int not null check (status between 400 and 599),
	code text not null,
	has_effect boolean not null
);

-- How webhooks go: of one customer's objects, or ('') of all others.
create table if not exists webhook_setting (
	customer text primary key,
	mode text not null check (mode in ('on', 'lose', 'hold')),
	delay_ms int not null check (delay_ms between 0 and 600000),
	copies int not null check (copies between 1 and 100),
	is_shuffled boolean not null
);

\ir sandbox_object.sql
\ir sandbox_event.sql
\ir sandbox_payment.sql
\ir sandbox_control.sql
\ir sandbox_route.sql

reset role;
reset search_path;
