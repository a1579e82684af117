"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const WORDS = {
  en: {
    facts: (n, p, a, f) => `${n} ${n === 1 ? "line" : "lines"}: ${p} placed, ${a} need attention, ${f} failed`,
    search: "Search text or character", all: "All", placed: "placed", attention: "needs attention", failed: "failed",
    timeline: "Timeline", zoomIn: "Zoom in (+)", zoomOut: "Zoom out (-)", theme: "Light or dark (D)", keys: "Keys",
    close: "Close", play: "Play", stop: "Stop", frames: (n) => `${n} ${n === 1 ? "frame" : "frames"}`,
    ratio: (x) => `${x.toFixed(2)}× natural length`,
    faster: (x) => `${x.toFixed(2)}× its neighbours' speed`, none: "No line matches.", other: "中文", nobody: "(no character)",
    help: [["↓ ↑  J K", "next and previous line"], ["Home End", "first and last line"], ["Space", "play, stop"],
      ["A", "only lines that need attention or failed"], ["/", "search"], ["+ -  0", "zoom the timeline, whole timeline"],
      ["← →", "move the timeline"], ["D", "light or dark"], ["L", "中文 / English"], ["?", "this list"]],
  },
  zh: {
    facts: (n, p, a, f) => `${n} 行：已放置 ${p}，需处理 ${a}，失败 ${f}`,
    search: "搜索台词或角色", all: "全部", placed: "已放置", attention: "需处理", failed: "失败",
    timeline: "时间线", zoomIn: "放大 (+)", zoomOut: "缩小 (-)", theme: "浅色或深色 (D)", keys: "按键",
    close: "关闭", play: "播放", stop: "停止", frames: (n) => `${n} 帧`,
    ratio: (x) => `自然长度的 ${x.toFixed(2)} 倍`,
    faster: (x) => `相邻台词语速的 ${x.toFixed(2)} 倍`, none: "没有符合的台词。", other: "English", nobody: "（无角色）",
    help: [["↓ ↑  J K", "下一行、上一行"], ["Home End", "第一行、最后一行"], ["空格", "播放、停止"],
      ["A", "只看需处理或失败的台词"], ["/", "搜索"], ["+ -  0", "缩放时间线、显示全部"],
      ["← →", "移动时间线"], ["D", "浅色或深色"], ["L", "English / 中文"], ["?", "本列表"]],
  },
};
const STATUSES = ["placed", "attention", "failed"];
const root = document.documentElement;
const find = (id) => document.getElementById(id);
const list = find("cues");
const canvas = document.querySelector("#timeline canvas");
let words = WORDS[navigator.language.startsWith("zh") ? "zh" : "en"];
let wanted = new Set(STATUSES);
let chosen = -1;
let playing = null;

const kept = {
  get: (key) => { try { return localStorage.getItem("framevox-" + key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem("framevox-" + key, value); } catch { /* a file may have no storage */ } },
};

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

// light-dark() is worked out by what uses it, so an element of the page has to.
const probe = document.body.appendChild(make("span", "hidden"));
function colours() {
  const found = {};
  for (const name of ["sheet", "ink", "soft", "line", "clip", "chosen", "mark", ...STATUSES]) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  return found;
}
let paint = colours();

// Timecode, as SMPTE ST 12-1 counts it: drop-frame leaves out two (or four) numbers a minute but each tenth.
function timecode(frame) {
  const base = data.base;
  let count = Math.round(frame) + data.origin;
  const day = data.day;
  count = ((count % day) + day) % day;
  if (data.drop) {
    const skipped = base / 15, ten = 10 * (60 * base - skipped) + skipped, minute = 60 * base - skipped;
    const tens = Math.floor(count / ten), rest = count % ten;
    count += 9 * skipped * tens + (rest >= 60 * base ? skipped * (1 + Math.floor((rest - 60 * base) / minute)) : 0);
  }
  const two = (n) => String(n).padStart(2, "0");
  const seconds = Math.floor(count / base);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return parts + (data.drop ? ";" : ":") + String(count % base).padStart(String(base - 1).length, "0");
}

// The lines.

const peaksOf = new Map();
function peaks(cue) {
  if (!peaksOf.has(cue)) peaksOf.set(cue, cue.peaks ? bytes(cue.peaks) : new Uint8Array(0));
  return peaksOf.get(cue);
}

// Speech stands 20 dB under full scale: a curve lifts what is soft.
const outline = (peak) => (peak / 255) ** 0.6;

function drawWave(wave, cue) {
  const box = wave.getBoundingClientRect();
  if (!box.width) return;
  const scale = devicePixelRatio || 1;
  wave.width = Math.round(box.width * scale);
  wave.height = Math.round(box.height * scale);
  const pen = wave.getContext("2d");
  pen.scale(scale, scale);
  const { width, height } = box, middle = (height - 14) / 2;
  pen.fillStyle = paint.line;
  pen.fillRect(0, middle, width, 1);
  const found = peaks(cue);
  pen.fillStyle = paint[cue.status];
  for (let x = 0; x < width && found.length; x++) {
    const from = Math.floor((x / width) * found.length), to = Math.max(from + 1, Math.floor(((x + 1) / width) * found.length));
    let high = 0;
    for (let i = from; i < to; i++) high = Math.max(high, found[i]);
    const tall = outline(high) * middle;
    if (tall > 0.4) pen.fillRect(x, middle - tall, 1, 2 * tall);
  }
  pen.font = "11px system-ui, sans-serif";
  let free = 0;
  for (const [text, start, end] of cue.words) {
    const x = start * width;
    pen.fillStyle = paint.mark;
    pen.fillRect(x, 0, 1, height - 12);
    if (x >= free && x < width - 8) {
      pen.fillStyle = paint.soft;
      pen.fillText(text, x, height - 2, Math.max(12, width - x));
      free = x + pen.measureText(text).width + 5;
    }
  }
}

function row(cue, index) {
  const item = make("li", cue.status);
  item.dataset.index = index;
  item.tabIndex = -1;
  const play = make("button", "play", "▶");
  play.disabled = !cue.sound;
  play.tabIndex = -1;
  play.onclick = (event) => { event.stopPropagation(); choose(index, false); toggle(index); };
  const times = make("div", "times");
  times.append(make("span", "", cue.in), make("span", "", cue.out), make("span", "soft length"));
  const text = make("div", "text");
  text.append(make("b", "character"), document.createTextNode(cue.text));
  const cell = make("div", "wave-cell");
  const wave = make("canvas", "wave");
  wave.setAttribute("aria-hidden", "true");
  cell.append(wave);
  const figures = make("div", "figures");
  figures.append(make("span", "status"), make("span", "ratio"), make("span", "soft pace"), make("span", "soft", cue.voice));
  item.append(play, times, text, cell, figures);
  if (cue.message) item.append(make("div", "message", cue.message));
  item.onclick = () => choose(index, false);
  seen.observe(wave);
  return item;
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) drawWave(entry.target, data.cues[entry.target.closest("li").dataset.index]);
  }
}, { rootMargin: "300px" });

function say() {
  root.lang = words === WORDS.zh ? "zh" : "en";
  const count = (status) => data.cues.filter((cue) => cue.status === status).length;
  find("facts").textContent = words.facts(data.cues.length, ...STATUSES.map(count)) + " · " + data.rate + " fps" +
    (data.engines ? " · " + data.engines : "");
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = words[element.dataset.say];
  for (const element of document.querySelectorAll("[data-title]")) {
    element.title = words[element.dataset.title];
    element.setAttribute("aria-label", element.title);
  }
  find("timeline").setAttribute("aria-label", words.timeline);
  find("search").placeholder = words.search;
  find("language").textContent = words.other;
  find("none").textContent = words.none;
  const group = find("filter");
  group.replaceChildren();
  for (const [name, set] of [["all", STATUSES], ...STATUSES.map((status) => [status, [status]])]) {
    const button = make("button", "", words[name]);
    button.setAttribute("aria-pressed", String(set.length === wanted.size && set.every((status) => wanted.has(status))));
    button.onclick = () => { wanted = new Set(set); say(); show(); };
    group.append(button);
  }
  const keys = document.querySelector("#help dl");
  keys.replaceChildren(...words.help.flatMap(([key, what]) => [make("dt", "", key), make("dd", "", what)]));
  for (const item of list.children) {
    const cue = data.cues[item.dataset.index];
    item.querySelector(".status").textContent = words[cue.status];
    item.querySelector(".length").textContent = cue.frames === null ? "" : words.frames(cue.frames);
    item.querySelector(".ratio").textContent = cue.ratio === null ? "" : words.ratio(cue.ratio);
    item.querySelector(".pace").textContent = cue.pace === null ? "" : words.faster(cue.pace);
    item.querySelector(".character").textContent = cue.character || words.nobody;
    const button = item.querySelector(".play");
    const label = `${words[playing && playing.index === Number(item.dataset.index) ? "stop" : "play"]} ${cue.in}`;
    button.setAttribute("aria-label", label);
  }
}

function show() {
  const asked = find("search").value.trim().toLowerCase();
  let any = false;
  for (const item of list.children) {
    const cue = data.cues[item.dataset.index];
    const matches = !asked || (cue.text + "\n" + cue.character).toLowerCase().includes(asked);
    item.hidden = !(wanted.has(cue.status) && matches);
    item.style.display = item.hidden ? "none" : "";
    any = any || !item.hidden;
  }
  find("none").hidden = any;
}

function choose(index, scroll = true) {
  if (index < 0 || index >= data.cues.length) return;
  if (chosen >= 0) {
    list.children[chosen].classList.remove("chosen");
    list.children[chosen].removeAttribute("aria-current");
  }
  chosen = index;
  const item = list.children[index];
  item.classList.add("chosen");
  item.setAttribute("aria-current", "true");
  item.focus({ preventScroll: true });
  if (scroll) item.scrollIntoView({ block: "nearest" });
  bringIntoView(data.cues[index]);
  draw();
}

function step(by, from = chosen) {
  for (let index = from + by; index >= 0 && index < data.cues.length; index += by) {
    if (!list.children[index].hidden) return choose(index);
  }
}

function toggle(index) {
  const again = playing && playing.index === index;
  stop();
  const cue = data.cues[index];
  if (again || !cue.sound) return;
  const url = URL.createObjectURL(new Blob([bytes(find("sound-" + index).textContent.trim())], { type: "audio/mpeg" }));
  const player = new Audio(url);
  playing = { index, player, url };
  player.onended = stop;
  list.children[index].querySelector(".play").textContent = "■";
  player.play().catch(stop);
  say();
  requestAnimationFrame(follow);
}

function stop() {
  if (!playing) return;
  const { index, player, url } = playing;
  playing = null;
  player.pause();
  URL.revokeObjectURL(url);
  list.children[index].querySelector(".play").textContent = "▶";
  say();
  draw();
}

function follow() {
  if (!playing) return;
  draw();
  requestAnimationFrame(follow);
}

// The timeline: drawn as far as it is seen, so that its length does not matter.

const LANE = 34, RULER = 22, NAMES = 110;
const view = { from: 0, frames: Math.max(1, data.length) };
const byLane = data.tracks.map(() => []);
data.cues.forEach((cue, index) => { byLane[cue.lane].push(index); });

function draw() {
  const box = canvas.parentElement.clientWidth, tall = RULER + LANE * data.tracks.length;
  const scale = devicePixelRatio || 1;
  canvas.style.height = tall + "px";
  canvas.width = Math.round(box * scale);
  canvas.height = Math.round(tall * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = "11px system-ui, sans-serif";
  const room = box - NAMES, at = (frame) => NAMES + ((frame - view.from) / view.frames) * room;
  const perFrame = room / view.frames, to = view.from + view.frames;
  pen.fillStyle = paint.soft;
  const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const gap = (seconds.find((n) => n * data.base * perFrame > 96) || 14400) * data.base;
  for (let frame = Math.ceil(view.from / gap) * gap; frame <= to; frame += gap) {
    pen.fillRect(at(frame), RULER - 6, 1, 6);
    pen.fillText(timecode(frame), at(frame) + 4, 14);
  }
  data.tracks.forEach((track, lane) => {
    const top = RULER + lane * LANE;
    pen.save();
    pen.beginPath();
    pen.rect(NAMES, top, room, LANE);
    pen.clip();
    pen.fillStyle = paint.clip;
    for (const [start, length] of track.items) {
      if (start + length < view.from || start > to) continue;
      pen.fillRect(at(start), top + 3, Math.max(1, length * perFrame - 1), LANE - 6);
    }
    for (const index of byLane[lane]) {
      const cue = data.cues[index];
      if (cue.start + (cue.frames || 0) < view.from || cue.start > to) continue;
      const x = at(cue.start), wide = Math.max(2, (cue.frames || 0) * perFrame - 1);
      pen.fillStyle = index === chosen ? paint.chosen : paint.sheet;
      pen.fillRect(x, top + 3, wide, LANE - 6);
      pen.fillStyle = paint[cue.status];
      if (wide < 6 || !cue.peaks) {
        pen.globalAlpha = cue.peaks ? 1 : 0.35;
        pen.fillRect(x, top + 3, wide, LANE - 6);
        pen.globalAlpha = 1;
      } else {
        const found = peaks(cue), middle = top + LANE / 2;
        for (let i = Math.max(0, Math.floor(NAMES - x)); i < wide && x + i < box; i++) {
          const high = outline(found[Math.min(found.length - 1, Math.floor((i / wide) * found.length))]);
          pen.fillRect(x + i, middle - high * (LANE / 2 - 4), 1, Math.max(0.5, high * (LANE - 8)));
        }
      }
      pen.strokeStyle = paint[cue.status];
      pen.lineWidth = index === chosen ? 2 : 1;
      if (wide >= 6) pen.strokeRect(x + 0.5, top + 3.5, wide - 1, LANE - 7);
    }
    pen.restore();
    pen.fillStyle = paint.ink;
    pen.fillText(track.name || words.timeline, 8, top + LANE / 2 + 4, NAMES - 16);
    pen.fillStyle = paint.line;
    pen.fillRect(0, top + LANE - 1, box, 1);
  });
  if (playing) {
    const cue = data.cues[playing.index];
    const frame = cue.start + playing.player.currentTime * data.fps;
    pen.fillStyle = paint.failed;
    pen.fillRect(at(frame), 0, 1.5, tall);
  }
}

// What the zoom keeps in its place: the chosen line where it is in sight, else the middle.
function anchor() {
  const cue = data.cues[chosen];
  const seen = cue && cue.start >= view.from && cue.start <= view.from + view.frames;
  return seen ? cue.start + (cue.frames || 0) / 2 : view.from + view.frames / 2;
}

function zoom(by, around = anchor()) {
  const frames = Math.min(Math.max(data.length, 1), Math.max(data.base, view.frames * by));
  const share = (around - view.from) / view.frames;
  view.frames = frames;
  move(around - share * frames - view.from);
}

function move(frames) {
  view.from = Math.max(0, Math.min(view.from + frames, data.length - view.frames));
  draw();
}

function bringIntoView(cue) {
  const end = cue.start + (cue.frames || 0);
  if (cue.start < view.from || end > view.from + view.frames) {
    move(cue.start - view.frames / 3 - view.from);
  }
}

function under(event) {
  const box = canvas.getBoundingClientRect();
  const frame = view.from + ((event.clientX - box.left - NAMES) / (box.width - NAMES)) * view.frames;
  const lane = Math.floor((event.clientY - box.top - RULER) / LANE);
  return { frame, lane };
}

canvas.onclick = (event) => {
  const { frame, lane } = under(event);
  const hit = (byLane[lane] || []).find((i) => data.cues[i].start <= frame && frame < data.cues[i].start + (data.cues[i].frames || 0));
  if (hit !== undefined && !list.children[hit].hidden) choose(hit);
};
canvas.ondblclick = () => chosen >= 0 && toggle(chosen);
canvas.addEventListener("wheel", (event) => {
  if (event.ctrlKey || event.metaKey) zoom(event.deltaY > 0 ? 1.25 : 0.8, under(event).frame);
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX / canvas.clientWidth) * view.frames);
  else return;
  event.preventDefault();
}, { passive: false });

// Controls and keys.

function light(theme) {
  root.dataset.theme = theme;
  kept.set("theme", theme);
  redraw();
}

function redraw() {
  paint = colours();
  draw();
  for (const wave of document.querySelectorAll(".wave")) {
    const box = wave.getBoundingClientRect();
    if (box.bottom > -300 && box.top < innerHeight + 300) drawWave(wave, data.cues[wave.closest("li").dataset.index]);
    else if (wave.width) { seen.unobserve(wave); seen.observe(wave); }
  }
}

function otherTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  light(dark ? "light" : "dark");
}

function otherLanguage() {
  words = words === WORDS.zh ? WORDS.en : WORDS.zh;
  kept.set("language", words === WORDS.zh ? "zh" : "en");
  say();
}

function onlyTroubles() {
  wanted = new Set(wanted.has("placed") ? ["attention", "failed"] : STATUSES);
  say();
  show();
}

find("zoom-in").onclick = () => zoom(0.5);
find("zoom-out").onclick = () => zoom(2);
find("theme").onclick = otherTheme;
find("language").onclick = otherLanguage;
find("keys").onclick = () => find("help").showModal();
find("search").oninput = show;

const KEYS = {
  ArrowDown: () => step(1), j: () => step(1), ArrowUp: () => step(-1), k: () => step(-1),
  Home: () => step(1, -1), End: () => step(-1, data.cues.length),
  " ": () => (chosen < 0 ? step(1) : toggle(chosen)), a: onlyTroubles,
  "/": () => find("search").focus(), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
  0: () => { view.from = 0; view.frames = Math.max(1, data.length); draw(); },
  ArrowLeft: () => move(-view.frames / 4), ArrowRight: () => move(view.frames / 4),
  d: otherTheme, l: otherLanguage, "?": () => find("help").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || find("help").open) return;
  if (event.target === find("search")) {
    if (event.key === "Escape" || event.key === "Enter") { event.target.blur(); step(1, -1); }
    return;
  }
  // A button that has the focus takes its own key.
  if (event.key === " " && event.target.tagName === "BUTTON") return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});
addEventListener("resize", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

document.querySelector("h1").textContent = data.title;
list.append(...data.cues.map(row));
if (kept.get("language")) words = WORDS[kept.get("language")] || words;
if (kept.get("theme")) root.dataset.theme = kept.get("theme");
paint = colours();
say();
show();
draw();
root.dataset.ready = "yes";
