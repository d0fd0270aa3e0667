/*
 * What Socket.IO says, for its own files: the packets that socketio.h does not offer to
 * everybody.
 */
#ifndef SOCKETIO_SEND_H
#define SOCKETIO_SEND_H

#include "socketio.h"

struct writer;

/* Queues a packet: what was written, which this finishes, and its attachments behind it. ARGUMENTS null: none. */
void socketio_packet_send(struct socketio_client *client, struct writer *writer,
    const struct socketio_arguments *arguments);

/* He is in: said once, before the first thing that he is told, or when his handler has agreed. */
void socketio_accept_send(struct socketio_socket *socket);

/* A namespace's refusal: MESSAGE is a word for programs; DATA, if not null, a JSON object. */
void socketio_refusal_send(
    struct socketio_client *client, const char *space, const char *message, const char *data);

/* The client has acknowledged question ACK; one that was never asked means nothing. */
void socketio_questions_answer(
    struct socketio_socket *socket, int64_t ack, const struct socketio_arguments *arguments);

/* Nobody waits for answers any more. */
void socketio_questions_forget(struct socketio_socket *socket);

#endif
