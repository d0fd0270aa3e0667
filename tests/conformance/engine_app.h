/*
 * What the conformance server answers over Engine.IO, as the protocols' published suites
 * expect it: an echo at /engine.io/, and Socket.IO's namespaces / and /custom at /socket.io/.
 */
#ifndef ENGINE_APP_H
#define ENGINE_APP_H

#include "server.h"

struct engine;
struct exchange;

/* The server is a member of it, so that a route's handler finds the engines. */
struct engine_app {
	struct server server;
	struct engine *echo, *socketio;
};

/* When the server listens. */
void engine_app_open(struct engine_app *app);

/* When its clients' connections are closed, before it is. */
void engine_app_close(struct engine_app *app);

/* Handlers of routes, which take any method. */
void engine_app_echo(struct exchange *exchange);
void engine_app_socketio(struct exchange *exchange);

#endif
