-- Says who is online. The keys are those of enter.lua.
--
-- ARGV     epoch, then users
-- Returns 1 or 0 for each; nil in another epoch, and while somebody who is not found may yet be brought by their node.
local base = KEYS[1]
if redis.call('GET', base .. ':epoch') ~= ARGV[1] then
  return nil
end
local quiet = redis.call('EXISTS', base .. ':quiet') == 1
local online = {}
for i = 2, #ARGV do
  local found = redis.call('ZSCORE', base .. ':due', ARGV[i])
  if quiet and not found then
    return nil
  end
  online[i - 1] = found and 1 or 0
end
return online
