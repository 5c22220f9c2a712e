-- Says which devices hold a lease, on any node. The keys are those of enter.lua.
--
-- ARGV     epoch, now; then for each device: user, device
-- Returns 1 or 0 for each; none at all while one that is not found may yet be brought by its node; nil in another epoch.
local base, now = KEYS[1], tonumber(ARGV[2])
if redis.call('GET', base .. ':epoch') ~= ARGV[1] then
  return nil
end
local quiet = redis.call('EXISTS', base .. ':quiet') == 1
local active = {}
for i = 3, #ARGV, 2 do
  local own, held = ARGV[i + 1] .. ':', 0
  local leases = redis.call('HGETALL', base .. ':user:' .. ARGV[i])
  for j = 1, #leases, 2 do
    if string.sub(leases[j], 1, #own) == own and tonumber(leases[j + 1]) > now then
      held = 1
    end
  end
  if quiet and held == 0 then
    return {}
  end
  active[#active + 1] = held
end
return active
