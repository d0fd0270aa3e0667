-- The schemas (a domain each) and the roles. foodfast_owner owns everything and cannot log in; each program has a
-- login role that may execute the functions it needs (sql/functions/grants.sql) and touches no table.

do $$
declare
	program text;
begin
	if to_regrole('foodfast_owner') is null then
		create role foodfast_owner nologin;
	end if;
	foreach program in array array['accounts', 'catalogue', 'orders', 'streamd', 'workers'] loop
		if to_regrole('foodfast_' || program) is null then
			execute format('create role %I login', 'foodfast_' || program);
		end if;
	end loop;
end
$$;

create extension if not exists pg_trgm with schema public;

create schema log authorization foodfast_owner;
create schema api authorization foodfast_owner;
create schema account authorization foodfast_owner;
create schema catalogue authorization foodfast_owner;
create schema ordering authorization foodfast_owner;

alter default privileges for role foodfast_owner revoke execute on functions from public;

-- Time-outs keep the sweep's horizon moving: no transaction of a program stays open for long (docs/architecture.md, "The event log").
do $$
declare
	program text;
	timeout text;
begin
	execute format('alter database %I set search_path = log, api, account, catalogue, ordering, public', current_database());
	execute format('alter database %I set timezone = ''UTC''', current_database());
	execute format('alter database %I set jit = off', current_database());
	execute format('revoke temporary on database %I from public', current_database());
	-- Our statements are short: planning one anew for its values costs more than they could save.
	execute format('alter database %I set plan_cache_mode = force_generic_plan', current_database());
	for program, timeout in values
		('accounts', '5s'), ('catalogue', '5s'), ('orders', '5s'), ('streamd', '5s'), ('workers', '60s')
	loop
		execute format('alter role %I in database %I set statement_timeout = %L',
			'foodfast_' || program, current_database(), timeout);
		execute format('alter role %I in database %I set lock_timeout = ''3s''',
			'foodfast_' || program, current_database());
		execute format('alter role %I in database %I set idle_in_transaction_session_timeout = ''5s''',
			'foodfast_' || program, current_database());
	end loop;
end
$$;
