-- Sends 16 requests at once and waits for their 16 answers. Run from the top of the repository.

dofile("bench/wrk/report.lua")

local batch

function init()
  batch = wrk.format():rep(16)
end

function request()
  return batch
end

-- No latencies: wrk times the batch but corrects that by the interval between single answers, and what
-- comes out is nonsense, down to a p99 of zero.
local report = done

function done(summary)
  report(summary, nil)
end
