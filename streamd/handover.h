/*
 * Handing a connection to another streamd: its socket and the bytes read so far, in one
 * datagram. Streamds stand behind a balancer that sends requests to any of them, while
 * an Engine.IO session lives in one: what reaches the wrong one goes on to the right one.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>

struct handover;
struct loop;

enum { HANDOVER_NUMBER_MAX = 9999 };

/*
 * Receives at FOLDER/streamd-NUMBER.handover; a file that a dead process left there is replaced. RECEIVED owns
 * the socket, which is non-blocking; BYTES are borrowed. All else is borrowed for good. Null: logged.
 */
struct handover *handover_open(struct loop *loop, const char *folder, unsigned number,
    void (*received)(void *context, int fd, const char *bytes, size_t size_bytes), void *context);
void handover_close(struct handover **handover);

/*
 * Gives the client's socket FD (taken over) and what he has sent so far to streamd NUMBER; where there is none
 * he is sent REFUSAL, a whole answer that lives as long as the process.
 */
void handover_give(struct handover *handover, unsigned number, int fd, const char *bytes,
    size_t size_bytes, const char *refusal);

#endif
