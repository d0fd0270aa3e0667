-- What lighttpd answers by itself is as the programs' answers are: its 503 says when to come back, and every refusal has
-- its X-Request-Id, the client's own where he sent a good one. Run by mod_magnet as each answer begins.
local answer = lighty.r
local header = answer.resp_header
if answer.req_item.http_status == 503 and not header["Retry-After"] then
	header["Retry-After"] = "1"
end
if answer.req_item.http_status >= 400 and not header["X-Request-Id"] then
	local id = answer.req_header["X-Request-Id"]
	if not id or #id > 128 or id:find("[^%w._-]") then
		local c = lighty.c
		local time = c.time() * 1000
		local function bits(n) return c.rand() % n end
		id = string.format("%08x-%04x-7%03x-%04x-%04x%04x%04x", math.floor(time / 65536), time % 65536,
			bits(4096), 0x8000 + bits(16384), bits(65536), bits(65536), bits(65536))
	end
	header["X-Request-Id"] = id
end
