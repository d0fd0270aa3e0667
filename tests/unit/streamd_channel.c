/*
 * Channels and subscriptions against a model: readers come with any position, have room or none,
 * while events are delivered and the log is read. Each is given his position + 1, and nothing else.
 */
#include "channel.h"

#include <stdlib.h>

#include "event.h"

#include "test.h"

enum { READERS = 12, RUNS = 400, STEPS = 500, LOG_ROWS = 20 };

struct reader {
	struct subscription subscription;
	uint64_t given; /* the last one */
	bool is_open, has_room, is_in_order;
};

static struct wheel wheel;
static struct channels *channels;
static struct channel *channel;
static unsigned watched, unwatched, lacking;

static bool
reader_deliver(struct subscription *subscription, struct event *event)
{
	struct reader *reader = CONTAINER(subscription, struct reader, subscription);

	reader->is_in_order = reader->is_in_order && event->seq == reader->given + 1;
	reader->given = event->seq;
	return reader->has_room;
}

static void
reader_ignores(struct subscription *subscription)
{
	(void)subscription;
}

static const struct channels_reader readers = {
	.deliver = reader_deliver, .changed = reader_ignores, .broken = reader_ignores
};

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
deliver(uint64_t seq)
{
	struct event *event = event_new(seq, false, "{}", 2);

	channel_deliver(channel, event);
	event_release(&event);
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
reader_open(struct reader *reader, uint64_t position, uint64_t head)
{
	*reader = (struct reader){
		.given = position, .is_open = true, .has_room = true, .is_in_order = true
	};
	subscription_open(&reader->subscription, channels, "c", position, head, false);
	subscription_resume(&reader->subscription);
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
step(struct reader *all, uint64_t *log_head)
{
	struct reader *reader = &all[1 + rand() % (READERS - 1)];
	bool is_in_order = true;

	switch (rand() % 6) {
	case 0:
	case 1:
		deliver(channel->last + 1);
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
	default:
		if (reader->is_open && reader->has_room)
			subscription_resume(&reader->subscription);
	}
	return is_in_order;
}

static bool
run(unsigned seed)
{
	struct reader all[READERS] = { 0 };
	uint64_t log_head = (uint64_t)seed % 100;
	bool fine = true;

	srand(seed);
	reader_open(&all[0], log_head, log_head);
	for (int i = 0; i < STEPS; i++)
		fine = step(all, &log_head) && fine;
	while (channel->last < log_head)
		deliver(channel->last + 1);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < READERS; i++) {
			all[i].has_room = true;
			if (all[i].is_open)
				subscription_resume(&all[i].subscription);
		}
		read_log();
	}
	for (int i = 0; i < READERS; i++) {
		fine = fine && (!all[i].is_open || all[i].given == log_head);
		fine = reader_close(&all[i]) && fine;
	}
	for (int i = 0; i < WHEEL_SLOTS; i++) {
		wheel_advance(&wheel);
		wheel_fire(&wheel, 1);
	}
	if (!fine)
		printf("# seed %u\n", seed);
	return fine;
}

static void
test_random(void)
{
	bool all = true;

	for (unsigned seed = 1; seed <= RUNS; seed++)
		all = run(seed) && all;
	ok(all, "%d random runs: each reader gets everything after his position, once and in order",
	    RUNS);
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
	for (size_t i = 0; i < 2000; i++) {
		complete += many[i].given == 511;
		reader_close(&many[i]);
	}
	is_int(complete, 2000, "one read of the log serves a storm of readers");
}

int
main(void)
{
	wheel_start(&wheel);
	channels = channels_open(&wheel, &readers);
	channels_set_feed(channels, &feed, NULL);
	test_random();
	test_ring();
	for (int i = 0; i < WHEEL_SLOTS; i++) {
		wheel_advance(&wheel);
		wheel_fire(&wheel, 1);
	}
	test_many();
	channels_close(&channels);
	return done();
}
