#!/bin/bash
# Real sessions against one event log: 64 writers on one channel and on many, with roll-backs; a transaction that stays
# open while others commit; orders that are moved, and placed, by several at once. Prints TAP.
#
# Needs an instance (FOODFAST_RUN_DIR), or PGHOST of a server that lets this user in as postgres. Makes a database of its own.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
export PGHOST=${PGHOST:-$("$root/tools/foodfast" --run-dir "${FOODFAST_RUN_DIR:?}" psql -XAtc 'show unix_socket_directories')}
export PGUSER=postgres PGDATABASE=foodfast_concurrency
tests=0
writers=64
eater=01900000-0000-7000-9000-00000000000a
cook=01900000-0000-7000-9000-00000000000b

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
ok() {
	local verdict=ok
	[[ $1 == "$2" ]] || verdict='not ok'
	printf '%s %d - %s\n' "$verdict" $((++tests)) "$3"
	[[ $verdict == ok ]] || printf '# have: %s\n# want: %s\n' "$1" "$2"
}

# Until a query answers "t"; ten seconds at most.
wait_until() {
	local deadline=$((SECONDS + 10))
	until [[ $(sql -c "select $1") == t ]]; do
		((SECONDS < deadline)) || return 1
	done
}

prepare() {
	dropdb --if-exists --force "$PGDATABASE" 2>/dev/null
	createdb "$PGDATABASE"
	"$root/tools/migrate" "dbname=$PGDATABASE" 2>/dev/null
	sql --single-transaction -o /dev/null -f "$root/sql/demo.sql"
	sql -c "insert into session (session_id, user_id)
		select demo, person from (values
			('$eater'::uuid, '01900000-0000-7000-8005-000000000001'::uuid),
			('$cook', '01900000-0000-7000-8005-000000000003')) as given(demo, person)"
}

finish() {
	dropdb --if-exists --force "$PGDATABASE" 2>/dev/null || true
	rm -rf "$work"
}

# $1 transactions of each of the writers, by the pgbench script on stdin.
write_at_once() {
	cat >"$work/script.sql"
	if pgbench -n -c "$writers" -j 2 -t "$1" -f "$work/script.sql" >"$work/pgbench.log" 2>&1; then
		echo written
	else
		head -5 "$work/pgbench.log"
	fi
}

# Channels like $1 whose numbers are not 1 to head, once each.
holes() {
	sql -c "select count(*) from channel as c
		where name like '$1' and array(select seq from event where channel = c.name order by seq) <> array(select generate_series(1, head))"
}

one_channel() {
	local result
	result=$(write_at_once 40 <<-'SQL'
		\set fate random(1, 5)
		begin;
		select event_append(array[('user:one', 'user.updated', '{}', false)::new_event]);
		insert into written select 1 where :fate > 1;
		\if :fate = 1
		rollback;
		\else
		commit;
		\endif
	SQL
	)
	ok "$result" written "$writers writers on one channel, one in five rolled back"
	ok "$(holes user:one)" 0 'OT-18 no hole, no number twice'
	ok "$(sql -c "select head = (select count(*) from written) from channel where name = 'user:one'")" t 'as many events as commits'
	ok "$(sql -c "select count(*) from (select at < lag(at) over (order by seq) as is_back from event where channel = 'user:one') as step where is_back")" 0 \
		'time goes with the numbers'
}

many_channels() {
	local result
	result=$(write_at_once 40 <<-'SQL'
		\set a random(1, 12)
		\set b random(1, 12)
		\set c random(1, 12)
		\set fate random(1, 5)
		begin;
		select event_append(array[('user:many-' || :a, 'user.updated', '{}', false), ('user:many-' || :b, 'user.updated', '{}', false),
			('user:many-' || :c, 'user.updated', '{}', false), ('user:many-' || :a, 'user.updated', '{}', false)]::new_event[]);
		\if :fate = 1
		rollback;
		\else
		commit;
		\endif
	SQL
	)
	ok "$result" written "$writers writers on several channels each, in any order: no deadlock"
	ok "$(holes 'user:many-%')" 0 'OT-18 no hole, no number twice'
	ok "$(sql -c "select deadlocks from pg_stat_database where datname = current_database()")" 0 'the server counted no deadlock'
}

# Sweeps until the slow transaction has been found, each from the horizon of the one before. Prints what was found.
sweep_until_found() {
	local since rows deadline=$((SECONDS + 20))
	since=$1
	while ((SECONDS < deadline)); do
		rows=$(sql -F ' ' -c "select kind, name, head from log_sweep('$since') where kind in ('horizon', 'event')")
		since=$(awk '$1 == "horizon" { print $2 }' <<<"$rows")
		awk '$1 == "event" { print $2, $3 }' <<<"$rows"
		grep -q 'user:slow' <<<"$rows" && return
	done
}

slow_transaction() {
	local since found
	since=$(sql -c "select name from log_sweep(null) where kind = 'horizon'")
	sql -o /dev/null -c 'begin' -c "set application_name = 'slow'" \
		-c "select event_append(array[('user:slow', 'user.updated', '{}', false)::new_event])" -c 'select pg_sleep(5)' -c 'commit' &
	wait_until "exists (select from pg_stat_activity where application_name = 'slow' and wait_event = 'PgSleep')"
	pgbench -n -c 4 -j 1 -T 6 -R 100 -f <(echo "select event_append(array[('user:fast', 'user.updated', '{}', false)::new_event]);") >/dev/null 2>&1 &
	found=$(sweep_until_found "$since")
	wait
	ok "$(grep -c user:slow <<<"$found")" 1 'OT-18 a transaction that was open for 5 s is swept once it has committed'
	ok "$(grep -q user:fast <<<"$found" && echo yes)" yes 'and what committed meanwhile did not wait for it'
}

# Runs statement $2 in $1 sessions at once, and prints how many ended in which way.
at_once() {
	local n
	sql -o /dev/null -c "set application_name = 'gate'" -c 'select pg_advisory_lock(1)' -c 'select pg_sleep(60)' 2>/dev/null &
	wait_until "exists (select from pg_locks where locktype = 'advisory' and granted)"
	for ((n = 0; n < $1; n++)); do
		psql -XAtq -v VERBOSITY=sqlstate -c 'begin' -c 'select pg_advisory_lock_shared(1)' -c "$2" -c 'commit' >"$work/racer.$n" 2>&1 &
	done
	wait_until "(select count(*) = $1 from pg_locks where locktype = 'advisory' and not granted)"
	sql -o /dev/null -c "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gate'"
	wait
	cat "$work"/racer.* | grep -oE '^20[0-9]|FF[0-9]+' | sort | uniq -c | awk '{ print $2 "x" $1 }' | paste -sd ' '
	rm "$work"/racer.*
}

basket='[{"menu_item_id": "01900000-0000-7000-8004-000000000001", "quantity": 3}]'
place="order_place('$eater', '01900000-0000-7000-8002-000000000001', '$basket', '01900000-0000-7000-8006-000000000001', null, '{\"method\": \"cash\"}', 0"

racing_orders() {
	local order
	ok "$(at_once 8 "select status from $place, false)")" '201x1 FF409x7' 'the same order placed by eight at once is placed once'
	order=$(sql -c "select order_id from orders where status = 'placed'")
	sql -o /dev/null -c "select order_transition('$cook', '$order', 'confirmed', null)"
	ok "$(at_once 8 "select status from order_transition((array['$eater', '$cook'])[1 + pg_backend_pid() % 2]::uuid, '$order',
		(array['cancelled', 'preparing'])[1 + pg_backend_pid() % 2], null)")" '200x1 FF409x7' 'OT-02 cancelled by one and cooked by the other: one wins'
	ok "$(sql -c "select count(*) from event where channel = 'order:$order' and type = 'order.status'")" 2 'OT-18 and one event tells it'
	ok "$(at_once 8 "select idempotency_claim('s', 'k', 'p'); select status from $place, true)" | sed -E 's/(201x1) .*/\1/')" 201x1 'AC-17 one key is one effect'
}

trap finish EXIT
prepare
sql -c 'create table written (one int)'
one_channel
many_channels
slow_transaction
racing_orders
echo "1..$tests"
