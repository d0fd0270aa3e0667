/*
 * What the conformance server answers over WebSocket. Handlers of routes.
 */
#ifndef WEBSOCKET_APP_H
#define WEBSOCKET_APP_H

struct exchange;

/* Says again what it hears: messages of up to 16 MiB, compressed where that is agreed on. */
void websocket_app_echo(struct exchange *exchange);

/*
 * Does as a text asks: "ping", again every second ("pings"), "close" (with 4321 and a last word), "leave" (without
 * a code); and counts the bytes of any other message, of 1,000 at most.
 */
void websocket_app_ask(struct exchange *exchange);

#endif
