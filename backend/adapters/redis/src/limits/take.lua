-- Takes one token (the generic cell rate algorithm: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
--
-- KEYS[1]  the bucket: the time in microseconds at which it will be full again
-- ARGV     interval between two tokens in microseconds, tokens of a full bucket, now in microseconds or '' for the
--          clock of Redis, which is one for all nodes
-- Returns how many microseconds the next one has to wait: 0 when this one passed.
local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local full = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now)
-- A clock that was set back makes nobody wait longer than for one token.
full = math.min(full, now + burst * interval)
local wait = full + interval - burst * interval - now
if wait > 0 then
  return wait
end
full = full + interval
-- A minute longer than it counts, for a clock that stands still.
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 60000)
return 0
