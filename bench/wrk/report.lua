-- Ends wrk's report with one line of JSON, which bench/compare reads. Every other script in this folder loads this script first.

-- The number of answers of 400 and above that a script expects. Each thread counts its own requests.
wanted_errors = 0

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

-- The arguments after "--" on wrk's command line are field lines for every request: "Name: value".
function init(arguments)
  for _, line in ipairs(arguments) do
    local name, value = line:match("^([^:]+): (.*)$")
    wrk.headers[name] = value
  end
end

local function milliseconds(latency, percentile)
  return latency and string.format("%.3f", latency:percentile(percentile) / 1e3) or "null"
end

function done(summary, latency)
  local errors, wanted = summary.errors, 0
  for _, thread in ipairs(threads) do
    wanted = wanted + thread:get("wanted_errors")
  end
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%s,"p99_ms":%s,"p999_ms":%s,"status_errors":%d,"wanted_errors":%d,"socket_errors":%d}',
    summary.requests,
    summary.duration / 1e6,
    milliseconds(latency, 50),
    milliseconds(latency, 99),
    milliseconds(latency, 99.9),
    errors.status,
    wanted,
    errors.connect + errors.read + errors.write + errors.timeout))
end
