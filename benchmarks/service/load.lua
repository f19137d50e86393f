-- Requests for wrk: ARGS are key, what, prefix of identifiers, learners as "3,5,8".
local started = 0

function setup(thread)
  started = started + 1
  thread:set("number", started)
end

local function features()
  local parts, sum = {}, 0
  for i = 0, 7 do
    local value = 2 * math.random() - 1
    if i < 2 then sum = sum + value end
    parts[#parts + 1] = string.format('"f%d":%.4f', i, value)
  end
  return "{" .. table.concat(parts, ",") .. "}", sum > 0 and "yes" or "no"
end

local function batch(count)
  local events = {}
  for i = 1, count do
    local values, label = features()
    events[i] = '{"features":' .. values .. ',"label":"' .. label .. '"}'
  end
  return '{"events":[' .. table.concat(events, ",") .. "]}"
end

local learners, bodies, ready, path, named, prefix = {}, {}, {}, "", false, ""
local sent = 0

function init(args)
  local key, what, list = args[1], args[2], args[4] or ""
  prefix = args[3]
  math.randomseed(os.time() + 1000 * number)
  wrk.headers["Authorization"] = "Bearer " .. key
  wrk.headers["Content-Type"] = "application/json"
  for id in string.gmatch(list, "%d+") do learners[#learners + 1] = id end
  if what == "server" or what == "session" then
    wrk.method = "GET"
    ready[1] = wrk.format("GET", what == "server" and "/nothing" or "/api/v1/session")
    return
  end
  named, path = what == "learn_named", what == "learn_named" and "learn" or what
  for i = 1, what == "batch" and 40 or 2000 do
    if what == "batch" then
      bodies[i] = batch(100)
    else
      local values, label = features()
      bodies[i] = '{"features":' .. values
      if what ~= "predict" then bodies[i] = bodies[i] .. ',"label":"' .. label .. '"' end
    end
  end
  sent = number * 7
end

function request()
  sent = sent + 1
  if ready[1] then return ready[1] end
  local body = bodies[sent % #bodies + 1]
  if path ~= "batch" then
    if named then body = body .. ',"id":"' .. prefix .. "-" .. number .. "-" .. sent .. '"' end
    body = body .. "}"
  end
  local learner = learners[sent % #learners + 1]
  return wrk.format("POST", "/api/v1/learners/" .. learner .. "/" .. path, nil, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"p50":%.3f,"p95":%.3f,"p99":%.3f,' ..
    '"status":%d,"sockets":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
