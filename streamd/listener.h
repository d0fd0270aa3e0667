/*
 * The listening socket: new connections for whoever wants them. When descriptors
 * run out, a newcomer is told so and turned away; the connections there are go on.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "loop.h"

struct listener;

/*
 * Accepts on FD (not closed here: its giver shares it with a successor). ACCEPTED gets each
 * non-blocking socket and owns it. REFUSAL is what those hear for whom no descriptor is left. Null: logged.
 */
struct listener *listener_open(struct loop *loop, int fd, const char *refusal,
    void (*accepted)(void *context, int fd), void *context);
/* Leaves newcomers in the backlog for now; takes them again. */
void listener_pause(struct listener *listener);
void listener_resume(struct listener *listener);

/* How many were turned away for the lack of a descriptor. */
uint64_t listener_refused(const struct listener *listener);

void listener_close(struct listener **listener);

/* A TCP socket listening on PORT of loopback, for benches and tests; -1: logged. */
int listener_socket(int port);

#endif
