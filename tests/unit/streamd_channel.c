/*
 * Channels and subscriptions against a model: readers come with any position, have room or none,
 * while events are delivered and the log is read. Each is given his position + 1, and nothing else.
 * Then crowds: what a wave does, and what may happen in the middle of one.
 */
#include "channel.h"

#include <stdlib.h>

#include "clock.h"
#include "event.h"
#include "loop.h"

#include "test.h"

enum { FEW = 12, A_CROWD = 100, CROWD = 10000, RUNS = 400, STEPS = 500, LOG_ROWS = 20 };

struct reader {
	struct subscription subscription;
	uint64_t given; /* the last one */
	unsigned turn;	/* in which it came */
	unsigned changed;
	bool is_open, has_room, is_in_order;
};

static struct loop *loop;
static struct channels *channels;
static struct channel *channel; /* watched last */
static unsigned watched, unwatched, lacking, turns, polls;
static uint64_t reached; /* the last event that all had */
static bool is_reached_in_order = true;
static struct reader crowd[CROWD];

/* Counts how often the loop asks what is ready. */
int
epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
	polls++;
	return epoll_pwait(epoll, events, most, timeout_ms, NULL);
}

static void
stop_after_turn(struct loop_task *task)
{
	(void)task;
	loop_stop(loop);
}

/* One whole turn of the loop, which waits for nothing, MS later than the last one. */
static void
turn_after(int64_t ms)
{
	static struct loop_task stop = { .run = stop_after_turn };

	clock_advance(ms);
	loop_next(loop, &stop);
	loop_run(loop);
	turns++;
}

static void
turn(void)
{
	turn_after(1);
}

static bool
reader_deliver(struct subscription *subscription, struct event *event)
{
	struct reader *reader = CONTAINER(subscription, struct reader, subscription);

	reader->is_in_order = reader->is_in_order && event->seq == reader->given + 1;
	reader->given = event->seq;
	reader->turn = turns;
	return reader->has_room;
}

static void
reader_changed(struct subscription *subscription)
{
	CONTAINER(subscription, struct reader, subscription)->changed++;
}

static void
reader_broken(struct subscription *subscription)
{
	(void)subscription;
}

static void
event_reached(void *context, const struct event *event)
{
	(void)context;
	is_reached_in_order = is_reached_in_order && event->seq > reached;
	reached = event->seq;
}

static const struct channels_reader readers = { .deliver = reader_deliver,
	.changed = reader_changed,
	.broken = reader_broken,
	.reached = event_reached };

static void
feed_watched(void *context, struct channel *of)
{
	(void)context;
	channel = of;
	watched++;
}

static void
feed_unwatched(void *context, struct channel *of)
{
	(void)context, (void)of;
	channel = NULL;
	unwatched++;
}

static void
feed_head(void *context, struct channel *of)
{
	(void)context, (void)of;
}

static void
feed_lacking(void *context, struct channel *of)
{
	(void)context, (void)of;
	lacking++;
}

static const struct channels_feed feed = { feed_watched, feed_unwatched, feed_head, feed_lacking };

static void
deliver_sized(uint64_t seq, size_t size_bytes, bool is_final)
{
	char *envelope = calloc(1, size_bytes);
	struct event *event = event_new(seq, is_final, envelope, size_bytes);

	channel_deliver(channel, event);
	event_release(&event);
	free(envelope);
}

static void
deliver(uint64_t seq)
{
	deliver_sized(seq, 2, false);
}

/* What the feed does when somebody lacks events. */
static void
read_log(void)
{
	uint64_t position;

	if (!channel_lacks(channel, &position))
		return;
	for (uint64_t seq = position + 1; seq <= channel->last && seq <= position + LOG_ROWS;
	     seq++) {
		struct event *event = event_new(seq, false, "{}", 2);

		channel_supply(channel, event);
		event_release(&event);
	}
	channel_supplied(channel);
}

static void
reader_watch(struct reader *reader, const char *name, uint64_t position, uint64_t head)
{
	*reader = (struct reader){
		.given = position, .is_open = true, .has_room = true, .is_in_order = true
	};
	subscription_open(&reader->subscription, channels, name, position, head, false);
	subscription_resume(&reader->subscription);
}

static void
reader_open(struct reader *reader, uint64_t position, uint64_t head)
{
	reader_watch(reader, "c", position, head);
}

static bool
reader_close(struct reader *reader)
{
	if (!reader->is_open)
		return true;
	subscription_close(&reader->subscription);
	reader->is_open = false;
	return reader->is_in_order;
}

/* The first reader never leaves, so that the channel stays. */
static bool
step(struct reader *all, int count, uint64_t *log_head)
{
	struct reader *reader = &all[1 + rand() % (count - 1)];
	bool is_in_order = true;

	switch (rand() % 7) {
	case 0:
	case 1:
		deliver_sized(channel->last + 1, rand() % 10 ? 2 : 10000, false);
		*log_head = channel->last > *log_head ? channel->last : *log_head;
		break;
	case 2:
		/* A snapshot may be newer than what was delivered here. */
		is_in_order = reader_close(reader);
		*log_head += (uint64_t)rand() % 2;
		reader_open(reader, (uint64_t)rand() % (*log_head + 1), *log_head);
		break;
	case 3:
		read_log();
		break;
	case 4:
		reader->has_room = rand() % 2;
		break;
	case 5:
		turn();
		break;
	default:
		if (reader->is_open && reader->has_room)
			subscription_resume(&reader->subscription);
	}
	return is_in_order;
}

/* All that is left is given; then it is quiet. */
static void
finish(struct reader *all, int count, uint64_t log_head)
{
	while (channel->last < log_head)
		deliver(channel->last + 1);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < count; i++) {
			all[i].has_room = true;
			if (all[i].is_open)
				subscription_resume(&all[i].subscription);
		}
		read_log();
		turn();
	}
}

/* The channel is let go some seconds after its last watcher. */
static void
linger(void)
{
	for (int i = 0; i < WHEEL_SLOTS; i++) {
		wheel_advance(loop_wheel(loop));
		wheel_fire(loop_wheel(loop), 2);
	}
}

static bool
run(unsigned seed, struct reader *all, int count)
{
	uint64_t log_head = (uint64_t)seed % 100;
	bool fine = true;

	srand(seed);
	reached = 0;
	for (int i = 0; i < count; i++)
		all[i] = (struct reader){ 0 };
	reader_open(&all[0], log_head, log_head);
	for (int i = 1; count > FEW && i < count; i++)
		reader_open(&all[i], log_head, log_head);
	for (int i = 0; i < STEPS; i++)
		fine = step(all, count, &log_head) && fine;
	finish(all, count, log_head);
	for (int i = 0; i < count; i++) {
		fine = fine && (!all[i].is_open || all[i].given == log_head);
		fine = reader_close(&all[i]) && fine;
	}
	linger();
	if (!fine)
		printf("# seed %u, %d readers\n", seed, count);
	return fine;
}

static void
test_random(void)
{
	static struct reader few[FEW], many[A_CROWD];
	bool all = true, all_of_a_crowd = true;

	for (unsigned seed = 1; seed <= RUNS; seed++) {
		all = run(seed, few, FEW) && all;
		all_of_a_crowd = run(seed, many, A_CROWD) && all_of_a_crowd;
	}
	ok(all, "%d random runs: each reader gets everything after his position, once and in order",
	    RUNS);
	ok(all_of_a_crowd, "%d random runs: so does each of a crowd, whatever comes in mid-wave",
	    RUNS);
	ok(is_reached_in_order, "that an event has reached all is told once, and in order");
	is_int((long long)channels_count(channels), 0, "a channel that nobody watches is let go");
	is_int(watched, unwatched, "and the feed is told");
}

static void
test_ring(void)
{
	struct reader first, late, later;

	reader_open(&first, 100, 100);
	for (uint64_t seq = 101; seq <= 120; seq++)
		deliver(seq);
	lacking = 0;
	reader_open(&late, 110, 120);
	ok(late.given == 120 && lacking == 0, "who lacks recent events gets them from memory");
	reader_open(&later, 90, 120);
	ok(later.given == 90 && lacking == 1, "who lacks older ones waits for the log");
	ok(!subscription_is_current(&later.subscription), "and is not current");
	read_log();
	is_int((long long)later.given, 120, "which then brings all of them");
	reader_close(&first);
	reader_close(&late);
	reader_close(&later);
}

static void
test_many(void)
{
	static struct reader many[2000];
	unsigned complete = 0;

	for (size_t i = 0; i < 2000; i++)
		reader_open(&many[i], 500, 510);
	deliver(511);
	for (size_t i = 0; i < 2000; i++)
		reader_close(&many[i]);
	for (size_t i = 0; i < 2000; i++)
		reader_open(&many[i], 505, 511);
	read_log();
	for (int i = 0; i < 2000; i++)
		turn();
	for (size_t i = 0; i < 2000; i++) {
		complete += many[i].given == 511;
		reader_close(&many[i]);
	}
	is_int(complete, 2000, "one read of the log serves a storm of readers");
}

static void
crowd_open(uint64_t head)
{
	reached = head;
	for (size_t i = 0; i < CROWD; i++)
		reader_open(&crowd[i], head, head);
}

static void
crowd_close(void)
{
	for (size_t i = 0; i < CROWD; i++)
		reader_close(&crowd[i]);
	linger();
}

/* How many are open, have SEQ as their last event, and had all before it in order. */
static int
crowd_have(uint64_t seq)
{
	int count = 0;

	for (size_t i = 0; i < CROWD; i++)
		count += crowd[i].is_open && crowd[i].given == seq && crowd[i].is_in_order;
	return count;
}

static void
turn_until_all_have(uint64_t seq)
{
	for (int most = 0; most < CROWD / 10 && crowd_have(seq) < CROWD; most++)
		turn();
}

static void
test_wave(void)
{
	int first;

	crowd_open(0);
	deliver(1);
	is_int(crowd_have(0), CROWD, "RL-09 an event for a crowd waits for the turn's end");
	turn();
	first = crowd_have(1);
	ok(first > 0 && first < CROWD / 10, "RL-09 a turn serves some of it, %d", first);
	is_int((long long)reached, 0, "and the event has not reached all");
	deliver(2);
	deliver(3);
	turn_until_all_have(3);
	is_int(crowd_have(3), CROWD, "RL-09 who came into mid-wave goes to all, in order");
	is_int((long long)reached, 3, "then they have reached all");
	ok(crowd[first].turn < crowd[0].turn,
	    "RL-09 who was still waiting had all three in one go, and those served first come last");
	crowd_close();
}

static void
test_small_beside_wave(void)
{
	struct reader alone;
	struct channel *busy, *small;

	crowd_open(0);
	busy = channel;
	reader_watch(&alone, "small", 0, 0);
	small = channel;
	channel = busy;
	deliver(1);
	turn();
	channel = small;
	deliver(1);
	ok(alone.given == 1 && crowd_have(1) < CROWD,
	    "RL-09 while a crowd is served, another channel's event goes out at once");
	reader_close(&alone);
	channel = busy;
	turn_until_all_have(1);
	is_int(crowd_have(1), CROWD, "and the crowd is served");
	crowd_close();
}

/* Turns without time passing: how many of the crowd have SEQ after a few of them. */
static int
served_at_once(uint64_t seq)
{
	for (int i = 0; i < 5; i++)
		turn_after(0);
	return crowd_have(seq);
}

static void
test_rest(void)
{
	struct reader alone;
	struct channel *busy;
	int served;

	turn_after(10000);
	crowd_open(0);
	busy = channel;
	deliver(1);
	turn();
	served = crowd_have(1);
	ok(served_at_once(1) > served, "while nothing happens elsewhere, a wave does not rest");
	reader_watch(&alone, "small", 0, 0);
	deliver(1);
	turn();
	served = crowd_have(1);
	is_int(served_at_once(1), served,
	    "RL-09 while things happen elsewhere, the wave rests for a moment after a turn");
	turn();
	ok(crowd_have(1) > served, "then it goes on");
	turn_after(10000);
	served = crowd_have(1);
	ok(served_at_once(1) > served, "until it is quiet elsewhere again");
	reader_close(&alone);
	channel = busy;
	turn_until_all_have(1);
	crowd_close();
}

static void
test_two_crowds(void)
{
	static struct reader other[A_CROWD];
	unsigned turns_before;

	crowd_open(0);
	deliver(1);
	for (size_t i = 0; i < A_CROWD; i++)
		reader_watch(&other[i], "other", 0, 0);
	deliver(1);
	turns_before = turns;
	while (other[A_CROWD - 1].given == 0)
		turn();
	ok(turns - turns_before < 8 && crowd_have(1) < CROWD / 10,
	    "RL-09 a small crowd does not wait for the end of a large one");
	for (size_t i = 0; i < A_CROWD; i++)
		reader_close(&other[i]);
	turn_until_all_have(1);
	crowd_close();
}

static void
test_burst(void)
{
	enum { BURST = 500 };
	unsigned turns_before;

	crowd_open(0);
	lacking = 0;
	deliver(1);
	turn();
	for (uint64_t seq = 2; seq <= BURST; seq++)
		deliver_sized(seq, seq % 100 ? 2 : 10000, false);
	turn_until_all_have(BURST);
	is_int(crowd_have(BURST), CROWD, "a burst of %d goes to all", BURST);
	is_int(lacking, 0, "from memory, large events too");
	ok(channel->recent.size <= 64, "of which most is given back afterwards");
	turns_before = turns;
	deliver(BURST + 1);
	turn();
	is_int((long long)turns - turns_before, 1, "and the next is like the first");
	turn_until_all_have(BURST + 1);
	crowd_close();
}

static void
test_log_in_wave(void)
{
	enum { BURST = 3000 };
	int reads = 0;

	crowd_open(0);
	deliver(1);
	turn();
	for (uint64_t seq = 2; seq <= BURST; seq++)
		deliver(seq);
	lacking = 0;
	for (; crowd_have(BURST) < CROWD && reads<BURST; reads += lacking> 0, lacking = 0) {
		turn();
		if (lacking > 0)
			read_log();
	}
	is_int(crowd_have(BURST), CROWD, "what memory can't hold of a burst comes from the log");
	ok(reads <= 2 * BURST / LOG_ROWS, "in %d reads for all of them", reads);
	is_int(channel->supply.size, 0, "of which nothing is kept");
	crowd_close();
}

static void
test_leaving_in_wave(void)
{
	crowd_open(0);
	deliver(1);
	turn();
	for (size_t i = 0; i < CROWD; i++) {
		if (i % 2)
			reader_close(&crowd[i]);
		else
			crowd[i].has_room = i % 4 == 0;
	}
	deliver(2);
	for (int i = 0; i < CROWD; i++)
		turn();
	is_int(crowd_have(1) + crowd_have(2), CROWD / 2, "who closes in mid-wave is left alone");
	ok(crowd_have(1) > 0, "who has no room gets one event, and no more");
	for (size_t i = 0; i < CROWD; i += 2) {
		crowd[i].has_room = true;
		subscription_resume(&crowd[i].subscription);
	}
	is_int(crowd_have(2), CROWD / 2, "until there is room again");
	deliver(3);
	crowd_close();
	turn();
	is_int((long long)channels_count(channels), 0, "all may leave in mid-wave");
}

static void
test_final(void)
{
	unsigned told = 0;

	crowd_open(0);
	for (size_t i = 0; i < CROWD; i++)
		crowd[i].changed = 0;
	deliver_sized(1, 2, true);
	ok(!subscription_is_finished(&crowd[0].subscription),
	    "a channel's last event finishes nobody before he has it");
	turn_until_all_have(1);
	for (size_t i = 0; i < CROWD; i++)
		told += crowd[i].changed > 0 && subscription_is_finished(&crowd[i].subscription);
	is_int(told, CROWD, "then all of a crowd are finished, and told");
	crowd_close();
}

static void
stop(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

static void
test_idle(void)
{
	enum { SHORT_MS = 300 };
	struct loop_timer timer;
	unsigned polls_before;

	loop_timer_start(&timer, stop);
	loop_timer_set(loop, &timer, 0);
	loop_run(loop);
	crowd_open(0);
	deliver(1);
	loop_timer_set(loop, &timer, SHORT_MS);
	polls_before = polls;
	loop_run(loop);
	is_int(crowd_have(1), CROWD, "a loop serves a crowd by itself");
	ok(polls - polls_before > 10, "in many turns");
	loop_timer_set(loop, &timer, SHORT_MS);
	polls_before = polls;
	loop_run(loop);
	ok(polls - polls_before < 10, "RL-13 and rests when there is nothing to do");
	crowd_close();
}

int
main(void)
{
	loop = loop_open();
	channels = channels_open(loop, &readers, NULL);
	channels_set_feed(channels, &feed, NULL);
	test_idle();
	linger();
	clock_freeze(clock_monotonic_ms());
	test_random();
	test_ring();
	linger();
	test_many();
	linger();
	test_wave();
	test_small_beside_wave();
	test_rest();
	test_two_crowds();
	test_burst();
	test_log_in_wave();
	test_leaving_in_wave();
	test_final();
	channels_close(&channels);
	loop_close(&loop);
	return done();
}
