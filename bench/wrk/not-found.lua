-- Every answer must be a 404.

dofile("bench/wrk/report.lua")

-- Without a function request(), wrk prepares the request's text in advance. This script needs the function to count the requests.
local text

function init()
  text = wrk.format()
end

function request()
  wanted_errors = wanted_errors + 1
  return text
end
