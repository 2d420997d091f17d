-- Ends wrk's report with one line of JSON, which bench/compare reads.

local function milliseconds(latency, percentile)
  return latency and string.format("%.3f", latency:percentile(percentile) / 1e3) or "null"
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%s,"p99_ms":%s,"status_errors":%d,"socket_errors":%d}',
    summary.requests,
    summary.duration / 1e6,
    milliseconds(latency, 50),
    milliseconds(latency, 99),
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
