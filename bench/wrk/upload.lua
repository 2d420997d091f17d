-- PUTs 1 MiB. A name is used again after 64 requests, so that no two connections write to the same file at the same time.

dofile("bench/wrk/report.lua")

local texts, number = {}, 0

function init()
  local body = string.rep("0123456789abcdef", 65536)
  for i = 0, 63 do
    texts[i] = wrk.format("PUT", "/files/upload-" .. i .. ".bin", nil, body)
  end
end

function request()
  number = (number + 1) % 64
  return texts[number]
end
