-- wrk asks what the file BENCH_REQUESTS lists, a line taken at random each time, as pgbench takes its scripts: METHOD, path,
-- Authorization (or -) and body (or -), with tabs between. With BENCH_TOKENS beside it, the file lists refresh tokens instead: each
-- goes as the body of a POST, and the one in its answer takes its place.
local requests = {}
local threads = {}
local tokens = {}
local first, last = 1, 0

function setup(thread)
	table.insert(threads, thread)
	thread:set("number", #threads)
end

local function read_request(line)
	local method, path, authorization, body = line:match("^(%S+)\t(%S+)\t([^\t]+)\t(.*)$")
	local headers = { ["Accept"] = "application/json" }
	if authorization ~= "-" then headers["Authorization"] = authorization end
	if body == "-" then
		body = nil
	else
		headers["Content-Type"] = "application/json"
		body = body:gsub("\\n", "\n")
	end
	return wrk.format(method, path, headers, body)
end

local function next_of_list()
	return requests[math.random(#requests)]
end

local function next_of_tokens()
	local token = tokens[first]
	first = first + 1
	return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" }, '{"refresh_token":"' .. token .. '"}')
end

local function keep_token(status, headers, body)
	last = last + 1
	tokens[last] = body:match('"refresh_token":"([^"]+)"')
end

function init(args)
	local count = 0
	for line in io.lines(os.getenv("BENCH_REQUESTS")) do
		count = count + 1
		if not os.getenv("BENCH_TOKENS") then
			table.insert(requests, read_request(line))
		elseif count % 2 == number % 2 then
			last = last + 1
			tokens[last] = line
		end
	end
	math.randomseed(number)
	request = os.getenv("BENCH_TOKENS") and next_of_tokens or next_of_list
	response = os.getenv("BENCH_TOKENS") and keep_token or nil
end
