/*
 * What is asked of a request.
 */
#include "request.h"

const char *
request_header(const struct request *req, const char *name)
{
	return req->header(req, name);
}

const char *
request_method_name(enum request_method method)
{
	switch (method) {
	case GET:
		return "GET";
	case HEAD:
		return "HEAD";
	case POST:
		return "POST";
	case PUT:
		return "PUT";
	case PATCH:
		return "PATCH";
	case DELETE:
		return "DELETE";
	case OPTIONS:
		return "OPTIONS";
	}
	return "other";
}
