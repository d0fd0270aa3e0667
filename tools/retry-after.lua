-- lighttpd's own 503 says when to come back, as the programs' do. Run by mod_magnet as each answer begins.
local answer = lighty.r
if answer.req_item.http_status == 503 and not answer.resp_header["Retry-After"] then
	answer.resp_header["Retry-After"] = "1"
end
