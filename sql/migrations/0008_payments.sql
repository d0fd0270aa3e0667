-- Payments: cards, intents, refunds, the steps that the gateway is asked for, the books, invoices.
-- docs/decisions/payments.md says why; sql/functions/payment*.sql move it.

do $$
begin
	if to_regrole('foodfast_payments') is null then
		create role foodfast_payments login;
	end if;
	execute format('alter role foodfast_payments in database %I set statement_timeout = ''5s''', current_database());
	execute format('alter role foodfast_payments in database %I set lock_timeout = ''3s''', current_database());
	execute format('alter role foodfast_payments in database %I set idle_in_transaction_session_timeout = ''5s''', current_database());
	execute format('alter database %I set search_path = log, api, account, catalogue, ordering, payment, public', current_database());
end
$$;

create schema payment authorization foodfast_owner;

set local role foodfast_owner;
set local search_path = payment, ordering, catalogue, account, api, public;

-- What changes its parameters: the old ones would stay beside the new.
drop function if exists ordering.order_status_events(ordering.orders, ordering.order_status, account.actor, text);
drop function if exists ordering.order_write(account.actor, catalogue.restaurant, uuid, ordering.basket, bigint, jsonb);

-- The one truth about the way of a card's money: a trigger refuses whatever is not here. Attempts may follow one another
-- until one holds; from authorized on it only goes forward. The last three are a refund that the bank sent back.
create table payment_way (
	from_status payment_status not null,
	to_status   payment_status not null,
	primary key (from_status, to_status)
);
insert into payment_way (from_status, to_status) values
	('pending',            'requires_action'),
	('pending',            'authorized'),
	('pending',            'captured'),
	('pending',            'voided'),
	('pending',            'failed'),
	('requires_action',    'pending'),
	('requires_action',    'authorized'),
	('requires_action',    'captured'),
	('requires_action',    'voided'),
	('requires_action',    'failed'),
	('failed',             'pending'),
	('failed',             'authorized'),
	('failed',             'captured'),
	('failed',             'voided'),
	('authorized',         'captured'),
	('authorized',         'voided'),
	('authorized',         'failed'),
	('captured',           'partially_refunded'),
	('captured',           'refunded'),
	('partially_refunded', 'refunded'),
	('partially_refunded', 'captured'),
	('refunded',           'captured'),
	('refunded',           'partially_refunded');

alter table orders
	add constraint cash_is_cash check (payment_method = 'card' or payment_status in ('due', 'collected', 'voided')),
	add constraint kitchen_cooks_what_is_paid check (payment_method = 'cash' or status in ('awaiting_payment', 'cancelled')
		or payment_status in ('authorized', 'captured', 'partially_refunded', 'refunded', 'failed'));

-- Who a customer is at the gateway.
create table customer (
	user_id    uuid        primary key references users,
	gateway_id text        not null unique check (length(gateway_id) <= 255),
	created_at timestamptz not null default now()
);

-- A customer's cards. The gateway has the card; here is no more than what tells it from another.
create type method_state as enum ('pending', 'ready', 'refused');
create table method (
	payment_method_id uuid         primary key,
	user_id           uuid         not null references users,
	state             method_state not null default 'pending',
	token             text         check (length(token) <= 255),
	gateway_id        text         unique check (length(gateway_id) <= 255),
	brand             text         check (length(brand) <= 50),
	last4             text         check (last4 ~ '^[0-9]{4}$'),
	exp_month         smallint     check (exp_month between 1 and 12),
	exp_year          smallint     check (exp_year between 2000 and 2200),
	is_default        boolean      not null default false,
	decline_code      text         check (length(decline_code) <= 100),
	created_at        timestamptz  not null default now(),
	constraint ready_is_known check (state <> 'ready' or gateway_id is not null),
	constraint default_is_ready check (state = 'ready' or not is_default)
);
create index method_by_user on method (user_id);
create unique index one_default_method on method (user_id) where is_default;
comment on column method.token is 'what the client was given by the gateway; gone as soon as the card is attached';

-- What an order paid by card has come to. attempt: the intent that counts, once one holds.
create table payment (
	order_id    uuid          primary key references orders,
	user_id     uuid          not null references users,
	amount      money_minor   not null,
	currency    currency_code not null,
	captured    money_minor   not null default 0,
	refunded    money_minor   not null default 0,
	attempt     integer,
	deadline_at timestamptz   not null,
	created_at  timestamptz   not null default now(),
	constraint no_more_than_agreed check (captured <= amount),
	constraint no_more_than_captured check (refunded <= captured)
);
create index payment_by_user on payment (user_id, order_id);

-- One PaymentIntent for each attempt. Its status is the gateway's, and ranks: a lower one that comes late is old.
create type intent_status as enum ('new', 'processing', 'requires_action', 'declined', 'requires_capture', 'canceled', 'succeeded');
create table intent (
	intent_id         uuid          not null unique,
	order_id          uuid          not null references payment,
	attempt           integer       not null check (attempt between 1 and 20),
	gateway_id        text          unique check (length(gateway_id) <= 255),
	payment_method_id uuid          not null,
	brand             text,
	last4             text,
	amount            money_minor   not null,
	status            intent_status not null default 'new',
	decline_code      text          check (length(decline_code) <= 100),
	next_action       jsonb,
	created_at        timestamptz   not null default now(),
	updated_at        timestamptz   not null default now(),
	primary key (order_id, attempt)
);
comment on column intent.payment_method_id is 'no foreign key: a card may go, what was paid by it stays';

create type refund_status as enum ('pending', 'succeeded', 'failed');
create table refund (
	refund_id  uuid          primary key,
	order_id   uuid          not null references payment,
	attempt    integer       not null,
	amount     money_minor   not null check (amount > 0),
	reason     text          not null check (length(reason) between 1 and 500),
	by         jsonb         not null,
	status     refund_status not null default 'pending',
	gateway_id text          unique check (length(gateway_id) <= 255),
	created_at timestamptz   not null default clock_timestamp(),
	updated_at timestamptz   not null default now(),
	foreign key (order_id, attempt) references intent
);
create index refund_by_order on refund (order_id);
create index refund_by_time on refund (created_at);

-- What is wanted of the gateway, written by the transaction that wants it. Steps of a subject go one after another, by
-- turn. sends: how often it may have reached the gateway; first_sent_at: since when the gateway may know the key.
create type step_kind as enum ('customer', 'attach', 'detach', 'forget', 'authorize', 'capture', 'release', 'refund', 'ask');
create type step_state as enum ('open', 'done', 'dropped', 'given_up');
create table step (
	step_id       uuid        primary key,
	turn          bigint      generated always as identity unique,
	subject       text        collate "C" not null check (subject ~ '^(order|user):[0-9a-f-]{36}$'),
	kind          step_kind   not null,
	about         jsonb       not null default '{}',
	operation     text,
	object_id     text,
	params        jsonb,
	key           text        unique,
	state         step_state  not null default 'open',
	is_searching  boolean     not null default false,
	run_at        timestamptz not null default clock_timestamp(),
	lease         uuid,
	leased_until  timestamptz,
	tries         integer     not null default 0,
	sends         integer     not null default 0,
	refusals      integer     not null default 0,
	asks          integer     not null default 0,
	first_sent_at timestamptz,
	last_error    text        check (length(last_error) <= 200),
	created_at    timestamptz not null default clock_timestamp(),
	settled_at    timestamptz,
	constraint open_is_unsettled check ((state = 'open') = (settled_at is null)),
	constraint lease_has_an_end check ((lease is null) = (leased_until is null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index step_open_by_time on step (run_at) where state = 'open';
create index step_open_by_subject on step (subject, turn) where state = 'open';
create index step_settled on step (settled_at) where state <> 'open';
comment on column step.about is 'what it is about, for us: attempt, refund_id, payment_method_id; never sent';
comment on column step.is_searching is 'the gateway keeps an error for the key: it is asked whether there is such an object';
comment on column step.refusals is 'errors of the gateway''s own in a row';

-- Events of the gateway that were heard. A hint each, so nothing of them is kept but that they came.
create table webhook (
	event_id    text        primary key check (length(event_id) between 1 and 255),
	type        text        not null check (length(type) <= 100),
	received_at timestamptz not null default now()
);
create index webhook_by_time on webhook (received_at);

-- Double entry: what came from where. Never changed, never removed; a mistake is corrected by another transaction.
create table ledger_transaction (
	transaction_id uuid          primary key,
	reference      text          not null unique check (length(reference) <= 200),
	order_id       uuid          not null references orders,
	currency       currency_code not null,
	at             timestamptz   not null default now()
);
create index ledger_transaction_by_order on ledger_transaction (order_id);
create index ledger_transaction_by_time on ledger_transaction (at);
create type ledger_account as enum ('gateway', 'food', 'delivery', 'tips', 'refunds', 'unallocated');
create table ledger_entry (
	transaction_id uuid           not null references ledger_transaction,
	account        ledger_account not null,
	amount         bigint         not null check (amount <> 0),
	primary key (transaction_id, account)
);
comment on column ledger_entry.amount is 'debit positive, credit negative: the entries of a transaction come to nothing';

-- Numbers of a year without a hole: the row is locked by who takes one.
create table invoice_year (
	year integer primary key check (year between 2000 and 2999),
	last integer not null default 0
);
create table invoice (
	number    text        primary key,
	order_id  uuid        not null unique references orders,
	issued_at timestamptz not null default now()
);

-- A day of the gateway's, held against ours. What it has is kept until the end of the run.
create type reconciliation_state as enum ('requested', 'running', 'done');
create table reconciliation (
	run_id      uuid                 primary key,
	day         date                 not null,
	state       reconciliation_state not null default 'requested',
	started_at  timestamptz,
	finished_at timestamptz,
	objects     integer              not null default 0,
	differences integer              not null default 0,
	created_at  timestamptz          not null default clock_timestamp()
);
create index reconciliation_by_day on reconciliation (day);
create table reconciliation_object (
	run_id     uuid   not null references reconciliation on delete cascade,
	kind       text   not null check (kind in ('payment_intent', 'refund')),
	gateway_id text   not null check (length(gateway_id) <= 255),
	status     text   not null check (length(status) <= 100),
	amount     bigint not null,
	captured   bigint,
	order_id   uuid,
	primary key (run_id, kind, gateway_id)
);
create table reconciliation_difference (
	difference_id uuid not null primary key,
	run_id        uuid not null references reconciliation,
	kind          text not null,
	order_id      uuid,
	gateway_id    text,
	detail        text not null
);
create index reconciliation_difference_by_run on reconciliation_difference (run_id);
