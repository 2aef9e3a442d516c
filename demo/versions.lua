-- wrk script: a steady load that counts which version answered, and everything that is not a 200 from a named version.
-- Arguments: FILE (gets a line "v1 v2 v3 failed" of running totals), PAUSE in ms between the requests of a connection, HOST, CONNECTION (keep-alive|close)
-- wrk runs this with one thread; socket errors and timeouts come from wrk's own summary at the end.

local counts = { v1 = 0, v2 = 0, v3 = 0, failed = 0 }
local file, pause, seen = nil, 10, 0
local thread_of_load

function setup(thread) thread_of_load = thread end

function init(args)
   file = args[1]
   report_file = file
   pause = tonumber(args[2])
   wrk.headers["Host"] = args[3]
   wrk.headers["Connection"] = args[4]
end

function delay() return pause end

local function report(extra)
   local out = io.open(file, "w")
   if out then
      out:write(string.format("%d %d %d %d\n", counts.v1, counts.v2, counts.v3, counts.failed + (extra or 0)))
      out:close()
   end
end

function response(status, headers, body)
   local version = string.match(body, "^(v[123])\n")
   local named = headers["x-version"] or headers["X-Version"]
   if status == 200 and version and version == named then
      counts[version] = counts[version] + 1
   else
      counts.failed = counts.failed + 1
   end
   seen = seen + 1
   if seen % 20 == 0 then report() end
   -- done() runs in another Lua state and sees only globals of these types
   total_v1, total_v2, total_v3, total_failed = counts.v1, counts.v2, counts.v3, counts.failed
end

function done(summary)
   local t, e = thread_of_load, summary.errors
   counts = { v1 = t:get("total_v1") or 0, v2 = t:get("total_v2") or 0, v3 = t:get("total_v3") or 0, failed = t:get("total_failed") or 0 }
   file = t:get("report_file")
   report(e.connect + e.read + e.write + e.timeout)
end
