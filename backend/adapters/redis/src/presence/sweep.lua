-- Finds whose time has come, and who came unseen: each is given to one node. The keys are those of enter.lua.
--
-- ARGV     epoch, now, how many at most
-- Returns users who are gone and when that was due, and users who came and when, in turns; or nil in another epoch.
local base, now, limit = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('GET', base .. ':epoch') ~= ARGV[1] then
  return nil
end
local quiet = redis.call('GET', base .. ':quiet')
if quiet then
  if now < tonumber(quiet) then
    return { {}, {} }
  end
  redis.call('DEL', base .. ':quiet')
end
local gone = redis.call('ZRANGEBYSCORE', base .. ':due', '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
for i = 1, #gone, 2 do
  redis.call('ZREM', base .. ':due', gone[i])
  redis.call('DEL', base .. ':user:' .. gone[i])
  redis.call('HDEL', base .. ':unannounced', gone[i])
end
-- Only when nobody more is due: who is gone already needs no coming.
local came = {}
if #gone < 2 * limit then
  came = redis.call('HGETALL', base .. ':unannounced')
  redis.call('DEL', base .. ':unannounced')
end
return { gone, came }
