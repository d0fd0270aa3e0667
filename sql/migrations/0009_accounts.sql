-- Accounts: confirmed addresses, mail that waits to be sent, suspension by admins, erasure.
set local role foodfast_owner;
set local search_path = account, log, api, public;

-- Who was erased keeps his row: orders and books point at it. Nothing in it tells who he was.
alter table users
	add column email_confirmed_at timestamptz,
	add column erased_at          timestamptz,
	add constraint erased_is_out check (erased_at is null or is_suspended);

create type email_purpose as enum ('confirm', 'reset', 'password_changed');

-- Mail that waits to be sent, and the single-use token that is in it: its hash alone. Whoever sends derives the token again
-- from email_id and a key. To whom is looked up then, so that nothing here has to be erased.
create table email (
	email_id   uuid          primary key,
	user_id    uuid          references users,
	purpose    email_purpose not null,
	token_hash bytea         unique check (length(token_hash) = 32),
	expires_at timestamptz,
	used_at    timestamptz,
	created_at timestamptz   not null default now(),
	run_at     timestamptz   not null default now(),
	lease      uuid,
	tries      integer       not null default 0,
	sent_at    timestamptz,
	constraint token_expires check ((token_hash is null) = (expires_at is null))
);
comment on column email.user_id is 'null: nobody. A row all the same, so that asking for an unknown e-mail takes as long as for a known one';
comment on column email.run_at is 'when it is due; a lease moves it ahead, so that what a killed sender left is taken again';
create index email_by_due on email (run_at) where sent_at is null;
create index email_by_user on email (user_id, purpose, created_at);

-- People whose history is still being cleared of them: what was in flight when they left, and what was too long for one request.
create table erasure (
	user_id  uuid        primary key references users,
	asked_at timestamptz not null default now(),
	run_at   timestamptz not null
);

-- What an event tells of a person, to be found when he is erased.
create index event_by_person on log.event (coalesce(data #>> '{by,id}', data #>> '{driver,id}', data #>> '{sender,id}', data #>> '{agent,id}'))
	where data ?| array['by', 'driver', 'sender', 'agent'];

-- It takes the confirmation mail's token now.
drop function if exists account.account_register(text, text, text, text, text, text, text, bytea);
-- It may leave one session alone now.
drop function if exists account.sessions_end(uuid, uuid);
drop function if exists account.address_events(account.actor);
-- Lists take a page and If-None-Match now, a change of an address If-Match.
drop function if exists account.address_list(uuid);
drop function if exists account.session_list(uuid);
drop function if exists catalogue.city_list(text);
drop function if exists account.address_patch(uuid, uuid, jsonb);
