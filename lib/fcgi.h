/*
 * The FastCGI server: N threads, each with its arena and its database connection, take
 * requests from the listening socket that is file descriptor 0. What a program's main calls:
 *
 *	int
 *	main(int argc, char **argv)
 *	{
 *		return fcgi_main(&application, argc, argv);
 *	}
 *
 * SIGTERM and SIGINT: what is in flight is finished, then it returns. The socket is shared with
 * the supervisor and with siblings, so it is never shut down: nothing that waits in it is refused.
 */
#ifndef FCGI_H
#define FCGI_H

struct application;

/* Reads the configuration, serves, returns main's exit code. Blocks. */
int fcgi_main(const struct application *application, int argc, char **argv);

#endif
