/*
 * The feed's sequencing against a model: hints are shuffled, dropped and doubled, forged ones come
 * in between, reads of the log are late and limited; yet every event is delivered once and in order.
 */
#include <stdlib.h>

#include "event.h"
#include "sequence.h"

#include "test.h"

enum { EVENTS = 60, LIMIT = 7, RUNS = 3000 };

struct model {
	struct sequence sequence;
	uint64_t delivered; /* the last one */
	bool is_in_order;
	bool waits, reads;
	uint64_t log_head; /* committed so far */
	unsigned read_count;
};

static void
model_deliver(void *context, struct event *event)
{
	struct model *model = context;

	model->is_in_order = model->is_in_order && event->seq == model->delivered + 1;
	model->delivered = event->seq;
}

static void
model_wait(void *context)
{
	((struct model *)context)->waits = true;
}

static void
model_read(void *context)
{
	((struct model *)context)->reads = true;
}

static const struct sequence_effects effects = { model_deliver, model_wait, model_read };

static void
hint(struct model *model, uint64_t seq)
{
	struct event *event = event_new(seq, false, "{}", 2);

	sequence_hint(&model->sequence, event, &effects, model);
	event_release(&event);
}

/* The log answers the read that was asked for. */
static void
answer(struct model *model)
{
	uint64_t after = model->sequence.last, seq = after;

	model->reads = false;
	model->read_count++;
	while (seq < model->log_head && seq < after + LIMIT) {
		struct event *event = event_new(++seq, false, "{}", 2);

		if (!sequence_row(&model->sequence, event, &effects, model))
			model->is_in_order = false;
		event_release(&event);
	}
	sequence_read(&model->sequence, seq < after + LIMIT, &effects, model);
}

static void
wait_over(struct model *model)
{
	model->waits = false;
	sequence_waited(&model->sequence, &effects, model);
}

static void
step(struct model *model)
{
	switch (rand() % 8) {
	case 0:
	case 1:
		if (model->log_head < EVENTS)
			model->log_head++;
		break;
	case 2:
	case 3:
	case 4:
		/* Any hint of late: crossed, doubled, or never. */
		if (model->log_head > 0)
			hint(model,
			    model->log_head -
				(uint64_t)rand() % (model->log_head < 12 ? model->log_head : 12));
		break;
	case 5:
		if (model->waits)
			wait_over(model);
		break;
	case 6:
		if (model->reads)
			answer(model);
		break;
	default:
		if (rand() % 10 == 0)
			sequence_head(&model->sequence, model->log_head, &effects, model);
	}
}

/* What a sweep brings in the end: whatever is outstanding comes to its end. */
static void
finish(struct model *model)
{
	sequence_head(&model->sequence, model->log_head, &effects, model);
	for (int i = 0; i < 100 && (model->waits || model->reads); i++) {
		if (model->waits)
			wait_over(model);
		if (model->reads)
			answer(model);
	}
}

static bool
run(unsigned seed)
{
	struct model model = { .is_in_order = true };

	srand(seed);
	sequence_start(&model.sequence, 0);
	for (int i = 0; i < 400; i++)
		step(&model);
	model.log_head = EVENTS;
	finish(&model);
	sequence_stop(&model.sequence);
	if (model.is_in_order && model.delivered == EVENTS)
		return true;
	printf("# seed %u: delivered up to %llu\n", seed, (unsigned long long)model.delivered);
	return false;
}

static void
test_random(void)
{
	bool all = true;

	for (unsigned seed = 1; seed <= RUNS; seed++)
		all = run(seed) && all;
	ok(all, "%d random runs: each event once and in order", RUNS);
}

static void
test_crossed(void)
{
	struct model model = { .is_in_order = true, .log_head = 3 };

	sequence_start(&model.sequence, 0);
	hint(&model, 2);
	ok(model.waits && model.delivered == 0, "a gap waits for its hint");
	hint(&model, 1);
	is_int((long long)model.delivered, 2, "which brings what came too early along");
	wait_over(&model);
	ok(!model.reads, "and then the log is not read");
	hint(&model, 2);
	hint(&model, 1);
	is_int((long long)model.delivered, 2, "older ones are dropped");
	sequence_stop(&model.sequence);
}

static void
test_lost(void)
{
	struct model model = { .is_in_order = true, .log_head = 3 };

	sequence_start(&model.sequence, 0);
	hint(&model, 3);
	wait_over(&model);
	ok(model.reads, "a gap that stays is read from the log");
	answer(&model);
	ok(model.delivered == 3 && model.is_in_order, "in order, before anything newer");
	is_int(model.read_count, 1, "by one read");
	sequence_stop(&model.sequence);
}

static void
test_forged(void)
{
	struct model model = { .is_in_order = true, .log_head = 2 };

	sequence_start(&model.sequence, 2);
	model.delivered = 2;
	hint(&model, 900);
	wait_over(&model);
	answer(&model);
	ok(!model.waits && !model.reads,
	    "a hint of what the log has not is forgotten after one read");
	model.log_head = 3;
	hint(&model, 3);
	is_int((long long)model.delivered, 3, "and hinders nothing");
	sequence_stop(&model.sequence);
}

static void
test_hole(void)
{
	struct model model = { .is_in_order = true };
	struct event *event = event_new(5, false, "{}", 2);

	sequence_start(&model.sequence, 2);
	ok(!sequence_row(&model.sequence, event, &effects, &model),
	    "a row after a hole in the log is refused");
	is_int((long long)model.delivered, 0, "and not delivered");
	event_release(&event);
	sequence_stop(&model.sequence);
}

int
main(void)
{
	test_crossed();
	test_lost();
	test_forged();
	test_hole();
	test_random();
	return done();
}
