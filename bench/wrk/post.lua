-- POSTs the body in the file that the first argument after "--" names. The further arguments are field lines.

dofile("bench/wrk/report.lua")

local fields = init

function init(arguments)
  local file = assert(io.open(table.remove(arguments, 1), "rb"))
  wrk.method, wrk.body = "POST", file:read("*a")
  file:close()
  fields(arguments)
end
