-- Gives a lease up. The keys are those of enter.lua.
--
-- ARGV     epoch, now, grace, user, device:node
-- Returns 1, or nil in another epoch.
local base, now, user = KEYS[1], tonumber(ARGV[2]), ARGV[4]
if redis.call('GET', base .. ':epoch') ~= ARGV[1] then
  return nil
end
local key = base .. ':user:' .. user
local ends = redis.call('HGET', key, ARGV[5])
if not ends then
  return 1
end
-- A lease that ran out before it was given up ended then.
redis.call('HSET', key, ARGV[5], math.min(tonumber(ends), now))
local last = 0
for _, other in ipairs(redis.call('HVALS', key)) do
  last = math.max(last, tonumber(other))
end
redis.call('ZADD', base .. ':due', 'XX', last + tonumber(ARGV[3]), user)
return 1
