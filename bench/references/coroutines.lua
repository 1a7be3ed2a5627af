-- Some workloads in LuaJIT: bare coroutines and a queue, as the floor is for JavaScript. A reference for scale.
--
--     luajit coroutines.lua CODE N DEPTH RUNS MEASURE
--
-- Prints {"checksum": …, "runs": [cold, …]}: nanoseconds of CPU time of RUNS + 1 runs. (Lua's own clock counts that.)

local code, n, depth, runs = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local yield = coroutine.yield
local TASKS, RING, FAN_OUT, SUSPENSIONS = 100, 503, 10, 100

local queue, head, tail = {}, 1, 1

local function ready(task, value)
  task.value = value
  queue[tail] = task
  tail = tail + 1
end

local function spawn(fn, ...)
  local task = { thread = coroutine.create(fn), arguments = { ... } }
  ready(task, nil)
  return task
end

local PARK = {}

-- Drives everything until no task is ready. A yield of nothing is a switch, one of PARK waits for a wake-up.
local function drain()
  while head < tail do
    local task = queue[head]
    queue[head] = nil
    head = head + 1
    local ok, request
    if task.arguments then
      local arguments = task.arguments
      task.arguments = nil
      ok, request = coroutine.resume(task.thread, unpack(arguments))
    else
      ok, request = coroutine.resume(task.thread, task.value)
    end
    if not ok then error(request) end
    if coroutine.status(task.thread) == 'dead' then
      task.value = request
      local group = task.group
      if group then
        group.live = group.live - 1
        if group.live == 0 and group.parent then ready(group.parent, nil) end
      end
    elseif request ~= PARK then
      ready(task, nil)
    end
  end
  head, tail = 1, 1
end

local function in_group(parent, count, fn)
  local group, children = { live = count, parent = parent }, {}
  for i = 1, count do
    children[i] = spawn(fn, i - 1)
    children[i].group = group
  end
  yield(PARK)
  local sum = 0
  for i = 1, count do sum = sum + children[i].value end
  return sum
end

local function suspend_often(count)
  local sum = 0
  for i = 0, count - 1 do
    yield()
    sum = sum + i
  end
  return sum
end

local function child(i)
  yield()
  return i
end

local function recurse(level)
  if level > 1 then return (recurse(level - 1)) end
  return suspend_often(SUSPENSIONS)
end

local function descend(level)
  if level > 1 then return descend(level - 1) + 1 end
  yield()
  return 1
end

-- Each gets the task it runs in.
local workloads = {
  ['switch'] = function() return suspend_often(n) end,
  switch100 = function(task)
    return in_group(task, TASKS, function() return suspend_often(n / TASKS) end)
  end,
  spawn = function(task) return in_group(task, n, child) end,
  skynet = function(task)
    local function node(first, leaves)
      return function(own)
        if leaves == 1 then return child(first) end
        local size = leaves / FAN_OUT
        local group, children = { live = FAN_OUT, parent = own }, {}
        for i = 1, FAN_OUT do
          local holder = {}
          children[i] = spawn(function() return node(first + (i - 1) * size, size)(holder.task) end)
          holder.task = children[i]
          children[i].group = group
        end
        yield(PARK)
        local sum = 0
        for i = 1, FAN_OUT do sum = sum + children[i].value end
        return sum
      end
    end
    return node(0, n)(task)
  end,
  ring = function(task)
    local members = {}
    local group = { live = RING, parent = task }
    for i = 1, RING do
      members[i] = spawn(function()
        local sum = 0
        for _ = 1, n / RING do
          local token = yield(PARK)
          sum = sum + token
          if token + 1 < n then ready(members[i % RING + 1], token + 1) end
        end
        return sum
      end)
      members[i].group = group
    end
    yield()
    ready(members[1], 0)
    yield(PARK)
    local sum = 0
    for i = 1, RING do sum = sum + members[i].value end
    return sum
  end,
  deep = function()
    local sum = 0
    for _ = 1, n / SUSPENSIONS do sum = sum + recurse(depth) end
    return sum
  end,
  deepcall = function()
    local sum = 0
    for _ = 1, n / depth do sum = sum + descend(depth) end
    return sum
  end,
}

local times, checksum = {}, nil
for run = 0, runs do
  local before = os.clock()
  local main
  main = spawn(function() return workloads[code](main) end)
  drain()
  checksum = main.value
  times[run + 1] = string.format('%.0f', (os.clock() - before) * 1e9)
end
print(string.format('{"checksum": %.0f, "runs": [%s]}', checksum, table.concat(times, ', ')))
