-- Framevox – TITLE. A menu entry that `framevox resolve install` puts into Resolve's scripts folder.
-- For the free edition of Resolve 21.1 and later, whose menu shows no Python. Not yet run in a real Resolve.

-- Written by `framevox resolve install`: which entry this is, Framevox's Python, and the folder that holds its packages.
local ENTRY = ""
local PYTHON = ""
local ROOT = ""

local windows = package.config:sub(1, 1) == "\\"
local objects, count = {}, 0
local SILENT_SECONDS = 30

-- What Resolve answers, as JSON. An object becomes {"o": number}, a table {"t": [[key, value], ...]}.
local function encode(value)
  local kind = type(value)
  if kind == "nil" then return "null" end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then return value % 1 == 0 and ("%.0f"):format(value) or ("%.17g"):format(value) end
  if kind == "string" then
    return '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
  end
  if kind == "table" and getmetatable(value) == nil then
    local pairs_ = {}
    for key, item in pairs(value) do
      pairs_[#pairs_ + 1] = "[" .. encode(key) .. "," .. encode(item) .. "]"
    end
    return '{"t":[' .. table.concat(pairs_, ",") .. "]}"
  end
  count = count + 1
  objects[count] = value
  return '{"o":' .. count .. "}"
end

local function quoted(text)
  if windows then return '"' .. text .. '"' end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function wait()
  if type(bmd) == "table" and bmd.wait then return bmd.wait(0.002) end
  local until_ = os.clock() + 0.001
  while os.clock() < until_ do end
end

-- Starts the helper beside us. It asks in the file `calls`, and is answered in the file `answers`.
local function start(calls, answers)
  local separator = windows and "\\" or "/"
  local script = ROOT .. separator .. table.concat({"plugin", "resolve", "by_lua.py"}, separator)
  local found = io.open(script, "r")
  if not found then
    print("Framevox is no longer in " .. ROOT .. ": install it, then run `framevox resolve install` in a terminal")
    return false
  end
  found:close()
  local words = {}
  for _, word in ipairs({PYTHON, script, ENTRY, ROOT, calls, answers}) do words[#words + 1] = quoted(word) end
  local command = table.concat(words, " ")
  -- What is set for Resolve's own Python and libraries must not reach ours.
  if windows then
    os.execute('"set PYTHONHOME=&set PYTHONPATH=&start "" /b ' .. command .. '"')
  else
    os.execute("env -u PYTHONHOME -u PYTHONPATH -u LD_LIBRARY_PATH -u LD_PRELOAD " .. command .. " < /dev/null &")
  end
  return true
end

-- Yields the lines that are added to a file, until there is one that says "end", or nothing for a while.
local function lines_of(file)
  local text, heard = "", os.time()
  return function()
    while true do
      local line, rest = text:match("^([^\n]*)\n(.*)$")
      if line then
        text, heard = rest, os.time()
        if line == "end" then return nil end
        return line
      end
      file:seek("cur", 0) -- so that what came after its end is read
      local more = file:read("*a")
      if more and more ~= "" then
        text = text .. more
      elseif os.time() - heard > SILENT_SECONDS then
        print("Framevox's helper has not answered for " .. SILENT_SECONDS .. " s: run `framevox doctor` in a terminal, then try again")
        return nil
      else
        wait()
      end
    end
  end
end

-- Each line is a piece of Lua that asks for one thing, until the helper ends. Answers go to a file, a line each.
local function serve(calls, answers)
  local known = {
    call = function(number, name, ...)
      local object = objects[number]
      local method = object[name]
      if type(method) == "nil" then return nil end
      return method(object, ...)
    end,
    get = function(number, name) return objects[number][name] end,
    has = function(number, name) return objects[number][name] ~= nil end,
    object = function(number) return objects[number] end,
  }
  for line in lines_of(calls) do
    local said = line:match("^say (.*)$")
    if said then
      print((said:gsub("\\n", "\n")))
    elseif line ~= "" then
      local asked = loadstring("local fv = ...; return " .. line)
      local done, answer = pcall(asked, known)
      answers:write(done and encode(answer) or '{"e":' .. encode(tostring(answer)) .. "}", "\n")
      answers:flush()
    end
  end
end

local function main()
  local root = resolve
  if root == nil then
    print("Framevox: Resolve gave the script no access to itself: run it from Workspace, Scripts")
    return
  end
  local version = root:GetVersion() or {}
  local old = (version[1] or 0) < 21 or (version[1] == 21 and (version[2] or 0) < 1)
  if tostring(root:GetProductName()):find("Studio", 1, true) or old then
    print("Framevox: this Resolve runs the entries in Python: use the one of the same name in the menu above, which is tested more")
    return
  end
  objects[0] = root
  local names, files = {}, {}
  for number = 1, 2 do
    local name = os.tmpname()
    if windows and not name:find(":", 1, true) then
      name = (os.getenv("TEMP") or ".") .. "\\" .. name:gsub("^\\", "")
    end
    local file = io.open(name, "wb")
    if not file then
      print("Framevox: cannot write " .. name .. ": make the folder for temporary files writable, and run the entry again")
      return
    end
    names[number], files[number] = name, file
  end
  files[1]:close()
  files[1] = io.open(names[1], "rb")
  if start(names[1], names[2]) then serve(files[1], files[2]) end
  for number = 1, 2 do
    files[number]:close()
    os.remove(names[number])
  end
end

main()
