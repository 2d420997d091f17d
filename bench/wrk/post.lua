-- POSTs the body that is in the file named first behind "--"; what comes behind that are field lines.

dofile("bench/wrk/report.lua")

local fields = init

function init(arguments)
  local file = assert(io.open(table.remove(arguments, 1), "rb"))
  wrk.method, wrk.body = "POST", file:read("*a")
  file:close()
  fields(arguments)
end
