/*
 * One connection to PostgreSQL: made when it is first needed, and again when it was lost. db.h lends them to threads.
 */
#ifndef DB_LINK_H
#define DB_LINK_H

#include <stddef.h>

#include "db_condition.h"

struct arena;
struct config;
struct db_link;
struct db_rows;
struct db_statement;
struct problem;

/* CONFIG and APPLICATION_NAME are borrowed. Connects to nothing yet. Never null. Not thread-safe. */
struct db_link *db_link_open(const struct config *config, const char *application_name);
void db_link_close(struct db_link **link);

/*
 * One try of db_run (db.h): no repeating, whatever the outcome. Blocks for connecting and the statements' own time-outs. WHY is set
 * unless it is DB_DONE. A lost connection is made anew by the next run.
 */
enum db_outcome db_link_run(struct db_link *link, const struct db_statement *statements,
    size_t count, struct arena *arena, struct db_rows *rows, struct problem *why);

#endif
