-- People, their sessions and their addresses.
set local role foodfast_owner;
set local search_path = account, api, public;

create type role as enum ('customer', 'restaurant', 'driver', 'agent', 'admin');

-- Normalised on the way in, so that plain uniqueness is uniqueness without regard to case.
create domain email_address text
	check (length(value) <= 254 and value = lower(value) and value ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+\.[^@[:space:][:cntrl:].]+$');

create table users (
	user_id       uuid          primary key,
	role          role          not null,
	email         email_address not null unique,
	name          label         not null check (length(name) <= 100),
	phone         phone_number,
	password_hash text          not null check (password_hash like '$argon2id$%'),
	is_suspended  boolean       not null default false,
	created_at    timestamptz   not null default now(),
	updated_at    timestamptz   not null default now()
);

create table session (
	session_id   uuid        primary key,
	user_id      uuid        not null references users,
	device       text        check (length(device) <= 200),
	ip           text        check (length(ip) <= 64),
	created_at   timestamptz not null default now(),
	last_used_at timestamptz not null default now(),
	expires_at   timestamptz not null default now() + interval '30 days',
	ended_at     timestamptz
);
create index session_by_user on session (user_id) where ended_at is null;
create index session_by_expiry on session (expires_at);

-- Only hashes are stored. The successor can be told again because the program derives it from the old token and a key.
create table refresh_token (
	hash       bytea       primary key check (length(hash) = 32),
	session_id uuid        not null references session on delete cascade,
	successor  bytea       check (length(successor) = 32),
	used_at    timestamptz,
	created_at timestamptz not null default now(),
	constraint used_has_successor check ((used_at is null) = (successor is null))
);
create index refresh_token_by_session on refresh_token (session_id);

-- The short list of ended sessions and changed rights, for programs that answer without SQL; swept by xid like events.
create table revocation (
	kind text        not null check (kind in ('session', 'user')),
	id   uuid        not null,
	xid  xid8        not null default pg_current_xact_id(),
	at   timestamptz not null default now(),
	primary key (kind, id, xid)
);
create index revocation_by_xid on revocation (xid);

create table ticket (
	hash       bytea       primary key check (length(hash) = 32),
	session_id uuid        not null references session on delete cascade,
	expires_at timestamptz not null default now() + interval '30 seconds'
);

-- Failed logins while Redis is away. Unlogged: losing it in a crash forgives a few attempts, no more.
create unlogged table attempt (
	key       text        primary key check (length(key) <= 300),
	count     integer     not null,
	resets_at timestamptz not null
);

create table address (
	address_id  uuid      primary key,
	user_id     uuid      not null references users,
	label       label     not null check (length(label) <= 50),
	line1       label     not null,
	line2       label,
	city        label     not null check (length(city) <= 100),
	postal_code label     check (length(postal_code) <= 20),
	lat         latitude  not null,
	lng         longitude not null,
	is_default  boolean   not null default false,
	created_at  timestamptz not null default now()
);
create index address_by_user on address (user_id);
create unique index one_default_address on address (user_id) where is_default;

-- Who asks, as the database knows him now (the token only proves the session's id).
create type actor as (user_id uuid, session_id uuid, role role, name text);

create type session_grant as (
	status     integer,
	body       text,
	session_id uuid,
	user_id    uuid,
	role       text,
	expires_at text,
	hints      text
);
