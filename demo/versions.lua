-- wrk script: a steady load that counts which version answered, and everything that is not a 200 from a named version.
-- Arguments: FILE (gets a line "v1 v2 v3 v4 bad failed" of running totals; bad: what a version that is made to fail did fail), PAUSE in ms between the requests of a connection, HOST, CONNECTION (keep-alive|close)
-- wrk runs this with one thread; socket errors and timeouts come from wrk's own summary at the end.

local names = { "v1", "v2", "v3", "v4", "bad", "failed" }
local counts = { v1 = 0, v2 = 0, v3 = 0, v4 = 0, bad = 0, failed = 0 }
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
      counts.failed = counts.failed + (extra or 0)
      local line = {}
      for i, name in ipairs(names) do line[i] = string.format("%d", counts[name]) end
      out:write(table.concat(line, " ") .. "\n")
      out:close()
   end
end

function response(status, headers, body)
   local said = string.match(body, "^([%w-]+)\n")
   local version = string.match(said or "", "^v[1-4]")
   local named = headers["x-version"] or headers["X-Version"]
   if status == 200 and version and said == named then
      counts[version] = counts[version] + 1
   elseif status == 500 and string.match(named or "", "%-fails%-") then
      counts.bad = counts.bad + 1
   else
      counts.failed = counts.failed + 1
   end
   seen = seen + 1
   if seen % 20 == 0 then report() end
   -- done() runs in another Lua state and sees only globals of these types
   for _, name in ipairs(names) do _G["total_" .. name] = counts[name] end
end

function done(summary)
   local t, e = thread_of_load, summary.errors
   for _, name in ipairs(names) do counts[name] = t:get("total_" .. name) or 0 end
   file = t:get("report_file")
   report(e.connect + e.read + e.write + e.timeout)
end
