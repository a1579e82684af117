-- Places sounds in a session of Ardour by the time stamps that Ardour itself reads from them.
--   ardour7-lua ardour.lua FOLDER NAME START END NAME=TRACK...
-- START and END are the session's range, in samples from timecode zero; NAME is a sound's, TRACK the one it goes on.
-- Prints "name, time stamp, length, where its region begins" of each sound, in samples, separated by tabs.

local session = assert(load_session(arg[1], arg[2]), "the session cannot be opened")
local wanted = {}
for n = 5, #arg do
  local name, track = arg[n]:match("^(.-)=(.*)$")
  wanted[name] = track
end

local sounds = {}
for _, region in ARDOUR.RegionFactory.regions():iter() do
  sounds[region:name()] = region
end

local function new_track(name)
  local made = session:new_audio_track(
    1, 1, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  for track in made:iter() do
    -- A thread of Ardour's connects it to the master bus; a session that is saved before that is silent.
    for _ = 1, 1000 do
      if track:output():nth(0):connected() then
        return track
      end
      sleep(0.02)
    end
    error(name .. " was not connected to the master bus")
  end
end

local tracks = {}
for n = 5, #arg do
  local name = arg[n]:match("^(.-)=")
  local sound = assert(sounds[name], "Ardour did not read " .. name)
  local track = tracks[wanted[name]] or new_track(wanted[name])
  tracks[wanted[name]] = track
  -- As "Insert at: file timestamp" of the import dialog does.
  local stamp = sound:source(0):natural_position()
  local region = ARDOUR.RegionFactory.clone_region(sound, true, false)
  track:playlist():add_region(region, stamp, 1, false)
  print(table.concat(
    { name, stamp:samples(), sound:source(0):length():samples(), region:position():samples() }, "\t"))
end

local range = session:locations():session_range_location()
range:set(Temporal.timepos_t(math.tointeger(arg[3])), Temporal.timepos_t(math.tointeger(arg[4])))
session:save_state("", false, false, false, false, false)
