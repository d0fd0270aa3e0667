-- Cities, restaurants, opening hours, menus, and who works where.
set local role foodfast_owner;
set local search_path = catalogue, account, api, public;

create table city (
	city_id  uuid          primary key,
	name     label         not null unique,
	currency currency_code not null,
	timezone text          not null,
	lat      latitude      not null,
	lng      longitude     not null
);

create table restaurant (
	restaurant_id    uuid         primary key,
	city_id          uuid         not null references city,
	slug             text         not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
	name             label        not null check (length(name) <= 100),
	description      text         not null default '' check (length(description) <= 2000),
	cuisines         text[]       not null default '{}' check (cardinality(cuisines) <= 10),
	phone            phone_number not null,
	address          label        not null,
	lat              latitude     not null,
	lng              longitude    not null,
	rating           numeric(2,1) check (rating between 1 and 5),
	logo             jsonb,
	accepting_orders boolean      not null default true,
	min_order        money_minor  not null default 0,
	delivery_fee     money_minor  not null default 0,
	created_at       timestamptz  not null default now(),
	updated_at       timestamptz  not null default now()
);
create index restaurant_by_city on restaurant (city_id);
create index restaurant_by_name on restaurant (name, restaurant_id);

-- Local wall-clock time. A shift that closes at or before it opens ends on the next day; day 0 is Sunday.
-- Round the clock is 00:00 to 00:00.
create table opening_hours (
	restaurant_id uuid     not null references restaurant on delete cascade,
	day           smallint not null check (day between 0 and 6),
	opens         time     not null check (opens < '24:00'),
	closes        time     not null,
	primary key (restaurant_id, day, opens)
);

create type staff_role as enum ('owner', 'manager', 'staff');

create table membership (
	user_id       uuid       not null references users,
	restaurant_id uuid       not null references restaurant,
	role          staff_role not null,
	primary key (user_id, restaurant_id)
);
create index membership_by_restaurant on membership (restaurant_id);

create table menu_section (
	section_id    uuid    primary key,
	restaurant_id uuid    not null references restaurant,
	name          label   not null check (length(name) <= 100),
	position      integer not null,
	unique (restaurant_id, section_id)
);

-- Items are never deleted: past orders point at them.
create table menu_item (
	menu_item_id  uuid        primary key,
	restaurant_id uuid        not null,
	section_id    uuid        not null,
	name          label       not null check (length(name) <= 100),
	description   text        not null default '' check (length(description) <= 1000),
	price         money_minor not null,
	is_available  boolean     not null default true,
	position      integer     not null default 0,
	image         jsonb,
	deleted_at    timestamptz,
	updated_at    timestamptz not null default now(),
	foreign key (restaurant_id, section_id) references menu_section (restaurant_id, section_id)
);
create index menu_item_by_section on menu_item (restaurant_id, section_id) where deleted_at is null;

-- A restaurant's menu as it is served, and the words it is found by. Triggers keep it current in the writer's
-- transaction (sql/functions/catalogue.sql), so that reading a menu is one primary-key read.
create table menu_document (
	restaurant_id uuid primary key references restaurant on delete cascade,
	body          text not null,
	etag          text not null,
	search        text not null
);
create index menu_document_by_words on menu_document using gin (search public.gin_trgm_ops);
