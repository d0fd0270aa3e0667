-- What has to be done now and then, whoever does it and however often.
set local role foodfast_owner;
set local search_path = api, log, account, catalogue, ordering, payment, public, pg_temp;

-- Partitions ahead; gone: what has expired. Sessions stay for a week after their end, so that a copied refresh token
-- that turns up late is still known for one.
create or replace function maintenance_run() returns text
language plpgsql volatile security definer set search_path from current as $$
declare
	answers int;
	tickets int;
	sessions int;
	revocations int;
begin
	perform log_partitions_ensure();
	delete from idempotent_answer where expires_at <= now();
	get diagnostics answers = row_count;
	delete from email where coalesce(expires_at, created_at) < now() - interval '7 days';
	perform erasures_continue();
	perform payments_tidy();
	delete from ticket where expires_at <= now();
	get diagnostics tickets = row_count;
	delete from attempt where resets_at <= now();
	delete from session where expires_at < now() - interval '7 days' or ended_at < now() - interval '7 days';
	get diagnostics sessions = row_count;
	delete from revocation where at < now() - interval '1 hour';
	get diagnostics revocations = row_count;
	return format('idempotent_answers=%s tickets=%s sessions=%s revocations=%s', answers, tickets, sessions, revocations);
end
$$;
