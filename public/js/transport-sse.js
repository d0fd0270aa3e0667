/*
 * Server-sent events, by the browser's own EventSource. It would come back by itself with
 * its Last-Event-ID; the line does that instead, for it may come back over another transport.
 */
import { withQuery } from "./api.js";
import { askWhy } from "./transport-poll.js";

const addressOf = ({ role, channels, after, heartbeatS }) =>
	withQuery("/stream", { as: role, channels: channels.join(","), after, heartbeat: heartbeatS });

export const openEventSource = (request, handlers) => {
	const abort = new AbortController();
	const source = new EventSource(addressOf(request));

	source.onmessage = ({ data }) => handlers.frame(JSON.parse(data));
	source.onerror = () => {
		const isRefused = source.readyState === EventSource.CLOSED;
		source.close();
		if (isRefused)
			askWhy(request, handlers, abort.signal);
		else
			handlers.failed(null);
	};
	return {
		close: () => {
			source.close();
			abort.abort();
		},
	};
};
