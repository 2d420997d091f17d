-- Of 100 requests, 60 ask for an echo, 20 are a browser's request for /user-agent, 10 ask for a small file, 9 get a 404, and one asks
-- for a file of 1 MiB. They are well mixed and always in the same order. The arguments after "--" are the fields of the browser.

dofile("bench/wrk/report.lua")

local deck, position = {}, 0

function init(arguments)
  local fields = {}
  for _, line in ipairs(arguments) do
    local name, value = line:match("^([^:]+): (.*)$")
    fields[name] = value
  end

  local kinds = {
    { 60, wrk.format("GET", "/echo/abc") },
    { 20, wrk.format("GET", "/user-agent", fields) },
    { 10, wrk.format("GET", "/files/1KiB.bin") },
    { 9, wrk.format("GET", "/not-there"), 1 },
    { 1, wrk.format("GET", "/files/1MiB.bin") },
  }
  local sorted = {}
  for _, kind in ipairs(kinds) do
    for _ = 1, kind[1] do
      table.insert(sorted, { text = kind[2], errors = kind[3] or 0 })
    end
  end
  -- 37 and 100 have no common divisor. So each request is taken once, and requests of one kind do not follow each other.
  for i = 0, 99 do
    deck[i] = sorted[i * 37 % 100 + 1]
  end
end

function request()
  local card = deck[position]
  position = (position + 1) % 100
  wanted_errors = wanted_errors + card.errors
  return card.text
end
