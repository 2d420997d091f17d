-- Every answer is to be a 404.

dofile("bench/wrk/report.lua")

-- Of a request that is not a script's own, wrk knows the text beforehand; this one has to count.
local text

function init()
  text = wrk.format()
end

function request()
  wanted_errors = wanted_errors + 1
  return text
end
