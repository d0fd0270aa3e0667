#!/bin/bash
# Many sessions at once play orders by card: placed, taken, called, answered, moved, cancelled, given back, expired, told by webhooks. No
# deadlock, no step had by two, no error but refusals; and in the end the money adds up. Prints TAP. The gateway is the one of
# tests/sql/include/gateway.psql, made for all sessions to see.
#
# Needs an instance (FOODFAST_RUN_DIR), or PGHOST of a server that lets this user in as postgres. Makes a database of its own.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
export PGHOST=${PGHOST:-$("$root/tools/foodfast" --run-dir "${FOODFAST_RUN_DIR:?}" psql -XAtc 'show unix_socket_directories')}
export PGUSER=postgres PGDATABASE=foodfast_payments_concurrency
export PGOPTIONS='-c foodfast.payment_backoff_ms=1'
tests=0
players=24
rounds=25

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
ok() {
	local verdict=ok
	[[ $1 == "$2" ]] || verdict='not ok'
	printf '%s %d - %s\n' "$verdict" $((++tests)) "$3"
	[[ $verdict == ok ]] || printf '# have: %s\n# want: %s\n' "$1" "$2"
}

# The helpers of the other tests, but not for one session alone.
prepare() {
	local file
	dropdb --if-exists --force "$PGDATABASE" 2>/dev/null
	createdb "$PGDATABASE"
	"$root/tools/migrate" "dbname=$PGDATABASE" 2>/dev/null
	for file in people gateway; do
		sed 's/pg_temp\./public./g; s/create temporary /create /' "$root/tests/sql/include/$file.psql"
	done >"$work/include.psql"
	sql --single-transaction -o /dev/null -f "$work/include.psql" -f - <<-'SQL'
		create table flight (player int, step_id uuid, lease uuid, operation text, object_id text, params text, key text, subject text, outcome text, http int, body text);
		create table fault (said text);
		create table card as select token, public.card(token) as id from unnest('{visa,visa2,nofunds,uncapturable}'::text[]) as token;
		-- Does something that our rules may refuse; anything else is a fault.
		create function attempt(statement text) returns void
		language plpgsql as $$
		begin
			execute statement;
		exception when others then
			if sqlstate !~ '^FF' then
				insert into fault values (sqlstate || ' ' || sqlerrm);
			end if;
		end
		$$;
		create function any_order() returns uuid language sql volatile as $$ select order_id from payment.payment order by random() limit 1 $$;
		create function deed(dice int) returns text
		language sql volatile as $$
			select case
				when dice < 25 then format('select card_order(%L)', (select id from card order by random() limit 1))
				when dice < 45 then format('select order_transition(session(''wei''), %L, %L, null)', any_order(), (array['confirmed', 'preparing'])[1 + dice % 2])
				when dice < 55 then format('select order_transition(session(''clara''), %L, ''cancelled'', null)', any_order())
				when dice < 65 then format('select order_pay(session(''clara''), %L, %L)', any_order(), (select id from card where token = 'visa2'))
				when dice < 80 then format('select refund_create(session(''ans''), %L, 200, ''cold'')', any_order())
				when dice < 90 then format('select webhook_take(%L, ''any'', gateway_id, ''payment_intent'', order_id) from payment.intent where order_id = %L', gen_random_uuid(), any_order())
				else 'update payment.payment set deadline_at = now() where order_id = any_order() and captured = 0; select payments_expire()' end
		$$;
		select card_order(id) from card, generate_series(1, 5);
	SQL
}

finish() {
	dropdb --if-exists --force "$PGDATABASE" 2>/dev/null || true
	rm -rf "$work"
}

# One deed, and two steps: taken, called and settled in transactions of their own, as programs do.
play() {
	cat >"$work/play.sql" <<-'SQL'
		\set dice random(0, 99)
		select attempt(deed(:dice));
		insert into flight (player, step_id, lease, operation, object_id, params, key, subject) select :client_id, s.* from payment_step_take(null, 15000) as s;
		update flight set (outcome, http, body) = (select c.outcome, c.http, c.body from gw_call(operation, object_id, params::jsonb, key) as c) where player = :client_id;
		select payment_step_settle(step_id, lease, outcome, http, body) from flight where player = :client_id;
		delete from flight where player = :client_id;
	SQL
	if pgbench -n -c "$players" -j 2 -t "$rounds" -f "$work/play.sql" >"$work/pgbench.log" 2>&1; then
		echo played
	else
		grep -vE '^(pgbench \(|transaction type|scaling)' "$work/pgbench.log" | head -5
	fi
}

settle() {
	sql -o /dev/null -c "update payment.payment set deadline_at = now() where order_id in (select order_id from orders where status = 'awaiting_payment')"
	while [[ -n $(sql -c 'select 1 from payments_expire()') ]]; do :; done
	while [[ $(sql -c 'select cardinality(steps(null, true, 200))') != 0 ]]; do :; done
}

trap finish EXIT
prepare
ok "$(play)" played "$players sessions play at once"
ok "$(sql -c 'select string_agg(distinct said, chr(10)) from fault')" '' 'PY-03 nothing but refusals went wrong'
ok "$(sql -c 'select deadlocks from pg_stat_database where datname = current_database()')" 0 'the server counted no deadlock'
settle
ok "$(sql -c "select count(*) from step where state = 'open'")" 0 'PY-03 every step came to an end'
ok "$(sql -c "select count(*) from (select key from gw_call_log where operation in ('payment_intent.create', 'refund.create') group by key having count(*) > 1) as twice")" 0 \
	'PY-03 no step was had by two'
ok "$(sql -c "select count(*) from orders as o join payment as p using (order_id)
	where held(order_id) <> case when payment_status = 'authorized' then p.amount when payment_status = 'failed' and status <> 'cancelled' then held(order_id) else captured - refunded end
	   or ledger_balance(order_id) <> captured - refunded or status = 'cancelled' and held(order_id) > 0")" 0 'PY-03 captured − refunded = ledger = gateway = what the orders say'
ok "$(sql -c "select count(*) > 50 and sum(captured) > 0 from payment")" t 'and there was something to it'
echo "1..$tests"
