-- What every domain shares: the shape of an answer, idempotency keys, domains of values.
set local role foodfast_owner;
set local search_path = api, public;

create type reply as (
	status   integer,
	body     text,
	etag     text,
	cursor   text,
	location text,
	hints    text
);

-- What a page token holds: the keys of the last row that was shown. Each list uses those it sorts by.
create type page_key as (id uuid, seq bigint, name text, number double precision);

create domain money_minor bigint check (value between 0 and 100000000);
create domain latitude double precision check (value between -90 and 90);
create domain longitude double precision check (value between -180 and 180);
create domain currency_code text check (value ~ '^[A-Z]{3}$');
create domain phone_number text check (value ~ '^\+[1-9][0-9]{6,14}$');

-- A line a person typed: something to see in it, and no control characters.
create domain label text check (length(value) <= 200 and value ~ '\S' and value !~ '[[:cntrl:]]');

-- Answers of effects that committed, kept for a day. session_id: a repeated login mints anew for the same session.
create table idempotent_answer (
	scope       text        not null,
	key         text        not null,
	fingerprint bytea       not null,
	status      integer     not null,
	body        text,
	etag        text,
	location    text,
	session_id  uuid,
	expires_at  timestamptz not null default now() + interval '24 hours',
	primary key (scope, key)
);
create index idempotent_answer_by_expiry on idempotent_answer (expires_at);
