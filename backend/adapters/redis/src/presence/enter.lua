-- Brings what a node knows to Redis: when it begins, and after Redis was away or emptied. It tells nobody.
--
-- KEYS[1]  the common beginning of all keys. Below it are
--            epoch       which data set this is: an emptied Redis gets another one
--            quiet       there while nothing is announced: until this time
--            due         sorted set: user, when they are announced as gone (they are online until then)
--            user:ID     hash: device:node, when the lease ends
--            unannounced hash: user, when they came without having been announced
-- ARGV     the epoch this node knows or '', the epoch to begin if there is none, now, lease, grace,
--          '1' after an outage in which leases may have run out unrenewed, '1' to go on where this node found an
--          emptied Redis before; then for each lease: user, device:node, its end, '1' when their coming was announced
-- Returns the epoch, and 1 when Redis was emptied since this node knew it. Times are Unix milliseconds.
local base = KEYS[1]
local known, now, lease, grace = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local epoch = redis.call('GET', base .. ':epoch')
if not epoch then
  epoch = ARGV[2]
  redis.call('SET', base .. ':epoch', epoch)
end
local emptied = ARGV[7] == '1'
if known ~= '' and known ~= epoch then
  emptied = true
  redis.call('SET', base .. ':quiet', now + lease, 'NX')
elseif ARGV[6] == '1' then
  redis.call('SET', base .. ':quiet', now + lease)
end
for i = 8, #ARGV, 4 do
  local user, field, ends, sure = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3] == '1'
  local online = redis.call('ZSCORE', base .. ':due', user)
  -- Somebody whose going was announced, while this node could not say that they are still there.
  local missed = not online and not emptied
  if not missed or ends > now then
    redis.call('HSET', base .. ':user:' .. user, field, ends)
    local last = 0
    for _, other in ipairs(redis.call('HVALS', base .. ':user:' .. user)) do
      last = math.max(last, tonumber(other))
    end
    redis.call('ZADD', base .. ':due', last + grace, user)
    if missed or not sure then
      redis.call('HSET', base .. ':unannounced', user, now)
    elseif emptied then
      -- Another node may have met them first; to their friends they never left.
      redis.call('HDEL', base .. ':unannounced', user)
    end
  end
end
return { epoch, emptied and 1 or 0 }
