-- Sends 16 requests at once and waits for their 16 answers. Run from the top of the repository.

dofile("bench/wrk/report.lua")

local batch

function init()
  batch = wrk.format():rep(16)
end

function request()
  return batch
end

-- Reports no latencies. wrk measures the batch, but corrects the result by the interval between single answers. The results are wrong,
-- down to a p99 of zero.
local report = done

function done(summary)
  report(summary, nil)
end
