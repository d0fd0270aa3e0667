/*
 * Socket.IO's engine, as streamd sets it up.
 */
#ifndef REQUEST_SOCKETIO_H
#define REQUEST_SOCKETIO_H

struct engine;
struct server;

/* The engine behind /socket.io/; the caller's to close. */
struct engine *request_socketio_open(struct server *server);

#endif
