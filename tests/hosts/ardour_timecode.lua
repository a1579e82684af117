-- Prints the sample on which Ardour has each timecode.
--   ardour7-lua ardour_timecode.lua FORMAT SAMPLE_RATE FILE
-- FORMAT is a name of Ardour's, such as TC2997DF; FILE has lines "hours minutes seconds frames".

local format = assert(Timecode.TimecodeFormat[arg[1]], "no such format")
for line in io.lines(arg[3]) do
  local h, m, s, f = line:match("^(%d+) (%d+) (%d+) (%d+)$")
  print(ARDOUR.LuaAPI.timecode_to_sample(
    format, tonumber(arg[2]), math.tointeger(h), math.tointeger(m), math.tointeger(s), math.tointeger(f)))
end
