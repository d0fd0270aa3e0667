/*
 * Places at which a test lets a program die, as if by a power cut: before and after each run of
 * statements and each call of the gateway. So every point between two effects can be tried.
 *
 * With FOODFAST_FAULT=die-at-point, RUN_DIR/die-at holds a number: each place that any program
 * passes takes one off, and who takes the last removes the file and is killed by SIGKILL. A
 * program's name behind the number ("7 orders.fcgi") makes only that program's places count.
 */
#ifndef FAULT_H
#define FAULT_H

struct config;

/* Passes a place; WHERE names it in the log. Does nothing at all unless the fault is set. */
void fault_point(const struct config *config, const char *where);

#endif
