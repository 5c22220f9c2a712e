-- Takes or renews leases. The keys are those of enter.lua.
--
-- ARGV     epoch, now, lease, grace, node; then for each lease: user, device
-- Returns the users who came by this, or nil in another epoch.
local base, now = KEYS[1], tonumber(ARGV[2])
if redis.call('GET', base .. ':epoch') ~= ARGV[1] then
  return nil
end
local quiet = redis.call('EXISTS', base .. ':quiet') == 1
local ends, grace = now + tonumber(ARGV[3]), tonumber(ARGV[4])
local came = {}
for i = 6, #ARGV, 2 do
  local user, own = ARGV[i], ARGV[i + 1] .. ':' .. ARGV[5]
  local key = base .. ':user:' .. user
  redis.call('HSET', key, own, ends)
  local last, leases = ends, redis.call('HGETALL', key)
  for j = 1, #leases, 2 do
    local other = tonumber(leases[j + 1])
    last = math.max(last, other)
    if other <= now and leases[j] ~= own then
      redis.call('HDEL', key, leases[j])
    end
  end
  if not redis.call('ZSCORE', base .. ':due', user) then
    if quiet then
      redis.call('HSET', base .. ':unannounced', user, now)
    else
      came[#came + 1] = user
    end
  end
  redis.call('ZADD', base .. ':due', last + grace, user)
end
return came
