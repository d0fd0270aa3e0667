/*
 * The limit that the REST programs are measured against: a FastCGI program
 * that says hello, on as many threads as ours, over the same library and the
 * same lighttpd.
 *
 *   hello THREADS < listening socket
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

static void *
serve(void *unused)
{
	FCGX_Request request;

	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_FPrintF(
		    request.out, "Content-Type: application/json\r\n\r\n{\"hello\":\"world\"}");
		FCGX_Finish_r(&request);
	}
	return unused;
}

int
main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	int count = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (count < 1 || count > THREADS_MAX || FCGX_Init() != 0)
		return 2;
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, serve, NULL);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
