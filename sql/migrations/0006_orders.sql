-- Orders, and who may move one from where to where.
set local role foodfast_owner;
set local search_path = ordering, catalogue, account, api, public;

create type order_status as enum ('awaiting_payment', 'placed', 'confirmed', 'preparing', 'ready', 'picked_up', 'delivered', 'cancelled');
create type payment_method as enum ('cash', 'card');
create type payment_status as enum ('due', 'pending', 'requires_action', 'authorized', 'captured', 'voided',
	'partially_refunded', 'refunded', 'failed', 'collected');

-- The one truth about an order's life: allowed_transitions, order_transition and the documentation read it.
create table transition (
	from_status    order_status not null,
	to_status      order_status not null,
	party          role         not null,
	needs_reason   boolean      not null default false,
	without_driver boolean      not null default false,
	reason         text,
	primary key (from_status, to_status, party)
);
comment on column transition.party is 'what the mover is to the order: its customer, staff of its restaurant, its driver; an agent, an admin';
comment on column transition.without_driver is 'only while no driver is assigned: restaurants that deliver themselves';
comment on column transition.reason is 'the reason that such a move always carries';

insert into transition (from_status, to_status, party, needs_reason, without_driver, reason) values
	('placed',           'confirmed', 'restaurant', false, false, null),
	('confirmed',        'preparing', 'restaurant', false, false, null),
	('preparing',        'ready',     'restaurant', false, false, null),
	('ready',            'picked_up', 'restaurant', false, true,  null),
	('picked_up',        'delivered', 'restaurant', false, true,  null),
	('ready',            'picked_up', 'driver',     false, false, null),
	('picked_up',        'delivered', 'driver',     false, false, null),
	('awaiting_payment', 'cancelled', 'customer',   false, false, null),
	('placed',           'cancelled', 'customer',   false, false, null),
	('confirmed',        'cancelled', 'customer',   false, false, null),
	('placed',           'cancelled', 'restaurant', true,  false, null),
	('confirmed',        'cancelled', 'restaurant', true,  false, null),
	('preparing',        'cancelled', 'restaurant', true,  false, null),
	('ready',            'cancelled', 'restaurant', true,  false, null),
	('awaiting_payment', 'cancelled', 'agent',      false, false, null),
	('placed',           'cancelled', 'agent',      false, false, null),
	('confirmed',        'cancelled', 'agent',      false, false, null),
	('preparing',        'cancelled', 'agent',      false, false, null),
	('ready',            'cancelled', 'agent',      false, false, null),
	('picked_up',        'cancelled', 'agent',      false, false, 'undeliverable'),
	('awaiting_payment', 'cancelled', 'admin',      false, false, null),
	('placed',           'cancelled', 'admin',      false, false, null),
	('confirmed',        'cancelled', 'admin',      false, false, null),
	('preparing',        'cancelled', 'admin',      false, false, null),
	('ready',            'cancelled', 'admin',      false, false, null),
	('picked_up',        'cancelled', 'admin',      false, false, 'undeliverable');

create sequence order_number as bigint;

create table orders (
	order_id        uuid           primary key,
	number          text           not null unique,
	user_id         uuid           not null references users,
	restaurant_id   uuid           not null references restaurant,
	driver_id       uuid           references users,
	status          order_status   not null,
	payment_method  payment_method not null,
	payment_status  payment_status not null,
	currency        currency_code  not null,
	subtotal        money_minor    not null,
	delivery_fee    money_minor    not null,
	tip             money_minor    not null,
	total_price     money_minor    not null,
	address         jsonb          not null,
	basket_hash     text           not null,
	status_by       jsonb          not null,
	status_at       timestamptz    not null default now(),
	acknowledged_by jsonb,
	acknowledged_at timestamptz,
	placed_at       timestamptz,
	created_at      timestamptz    not null default now(),
	updated_at      timestamptz    not null default now(),
	constraint total_adds_up check (total_price = subtotal + delivery_fee + tip),
	constraint placed_unless_unpaid check (placed_at is not null or status in ('awaiting_payment', 'cancelled')),
	constraint acknowledged_by_someone check ((acknowledged_at is null) = (acknowledged_by is null))
) with (fillfactor = 80);
comment on column orders.status_by is 'who made it what it is: {id, role, name}; a colleague who comes second is told';
comment on column orders.basket_hash is 'the same basket again within a minute is taken for a slip of the finger';

-- Lists are read newest first (ids grow with time) for one reader and one status at a time, and merged.
create index orders_by_user on orders (user_id, status, order_id);
create index orders_by_restaurant on orders (restaurant_id, status, order_id);
create index orders_by_driver on orders (driver_id, status, order_id) where driver_id is not null;
create index orders_by_status on orders (status, order_id);

-- Name and price as they were when the order was placed.
create table order_item (
	order_id     uuid        not null references orders,
	line         smallint    not null check (line between 1 and 50),
	menu_item_id uuid        not null references menu_item,
	name         label       not null,
	quantity     smallint    not null check (quantity between 1 and 99),
	unit_price   money_minor not null,
	note         text        check (length(note) between 1 and 500),
	primary key (order_id, line)
);

-- An order's lines with what they come to; the hash tells the same basket again.
create type basket as (lines order_item[], subtotal bigint, hash text);
