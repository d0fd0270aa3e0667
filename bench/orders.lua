-- wrk places orders: line by line of the file BENCH_ORDERS (TOKEN, a tab, the order's JSON), each
-- thread from its own place in it, and counts the answers that are not 201.
local requests = {}
local threads = {}
local next_request = 1

function setup(thread)
	table.insert(threads, thread)
	thread:set("number", #threads)
end

function init(args)
	for line in io.lines(os.getenv("BENCH_ORDERS")) do
		local token, body = line:match("^(%S+)\t(.*)$")
		table.insert(requests, wrk.format("POST", nil, {
			["Authorization"] = "Bearer " .. token,
			["Content-Type"] = "application/json",
		}, body))
	end
	next_request = 1 + (number * 7919) % #requests
	refused = 0
end

function request()
	next_request = next_request % #requests + 1
	return requests[next_request]
end

function response(status)
	if status ~= 201 then
		refused = refused + 1
	end
end

function done(summary, latency, requests_unused)
	local total_refused = 0
	for _, thread in ipairs(threads) do
		total_refused = total_refused + thread:get("refused")
	end
	io.write(string.format("refused %d\n", total_refused))
end
