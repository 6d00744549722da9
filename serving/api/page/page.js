// Asks this origin alone. Texts are set as text, never as HTML. The key stays in its field.
"use strict";

const at = (id) => document.getElementById(id);
const shown = {};

async function ask(path, body) {
  const headers = at("key").value ? { "X-API-Key": at("key").value } : {};
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body),
  });
  const document = await response.json();
  if (response.status === 401) at("key-label").hidden = false;
  if (!response.ok) throw Object.assign(new Error(document.detail), { document });
  return { document, timing: response.headers.get("Server-Timing") || "" };
}

function cell(row, tag, text, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = kind;
  row.append(made);
  return made;
}

function fail(error) {
  at("error").textContent = error ? error.message : "";
  at("error").hidden = !error;
}

function wanted() {
  const fields = { genre: "genre", maker: "maker", price_max: "price", released_since: "since" };
  const found = Object.entries(fields).map(([name, id]) => [name, at(id).value.trim()]);
  const given = Object.fromEntries(found.filter(([, value]) => value));
  if (given.price_max) given.price_max = Number(given.price_max);
  return { ...given, limit: Number(at("limit").value || 20), explain: true };
}

// "search;dur=4.25, total;dur=8.48" is { total: "8.5 ms", stages: "search 4.3" }.
function timed(header) {
  const found = [...header.matchAll(/([\w.-]+);dur=([\d.]+)/g)];
  const parts = found.map(([, stage, ms]) => [stage, Number(ms).toFixed(1)]);
  const stages = parts.filter(([stage]) => stage !== "total").map((one) => one.join(" "));
  return { total: `${new Map(parts).get("total")} ms`, stages: stages.join(", ") };
}

function showAbout(answer, timing) {
  at("rung").textContent = answer.rung;
  at("version").textContent = answer.model_version || "none";
  at("arm").textContent = answer.arm || "no experiment";
  at("reason").textContent = answer.reason || "the best rung answered";
  const { total, stages } = timed(timing);
  at("timing").textContent = total;
  at("stages").textContent = stages || "none";
  at("about").hidden = false;
}

function score(item) {
  return Number.isInteger(item.score) ? item.score : item.score.toFixed(3);
}

function row(list, item) {
  const made = document.createElement("tr");
  cell(made, "td", list.videos.push(item.video_id), "number");
  if (list.version) cell(made, "td", "", "number");
  cell(made, "td", item.title).title = item.video_id;
  cell(made, "td", score(item), "number");
  if (!list.version) cell(made, "td", item.because || "");
  at(list.rows).append(made);
}

// Marks titles that one list alone has, and how many places higher or lower the other list has them.
function compare() {
  const [main, other] = [shown.main, shown.other];
  const title = (list, place) => at(list.rows).rows[place].cells[list.version ? 2 : 1];
  main.videos.forEach((video, place) => {
    title(main, place).className = other.videos.includes(video) ? "" : "only";
  });
  other.videos.forEach((video, place) => {
    const before = main.videos.indexOf(video);
    title(other, place).className = before < 0 ? "only" : "";
    const moved = at(other.rows).rows[place].cells[1];
    const by = before - place;
    moved.textContent = before < 0 ? "" : by > 0 ? `▲ ${by}` : by < 0 ? `▼ ${-by}` : "=";
    moved.className = by > 0 ? "number up" : by < 0 ? "number down" : "number";
  });
}

async function answered(list) {
  const { user, asked } = shown;
  const version = list.version ? { version: list.version } : {};
  const question = { user_id: user, ...asked, ...version, exclude: list.videos };
  const { document, timing } = await ask("v1/recommendations", { requests: [question] });
  const [answer] = document.answers;
  answer.items.forEach((item) => row(list, item));
  return { answer, timing };
}

async function page() {
  const { main, other, asked } = shown;
  const { answer, timing } = await answered(main);
  showAbout(answer, timing);
  at("more").hidden = answer.items.length < asked.limit;
  at("table").hidden = !main.videos.length;
  at("none").hidden = main.videos.length;
  at("none").textContent = "No video is left.";
  if (!other.version) return;
  const beside = await answered(other);
  const how = [beside.answer.rung, timed(beside.timing).total, beside.answer.reason];
  at("other-about").textContent = how.filter(Boolean).join(" · ");
  at("other").hidden = false;
  compare();
}

function list(rows, version) {
  at(rows).replaceChildren();
  return { rows, version, videos: [] };
}

async function begin() {
  const version = at("beside").value;
  Object.assign(shown, {
    user: at("user").value.trim(), asked: wanted(),
    main: list("items", ""), other: list("other-items", version),
  });
  at("other-title").textContent = `Version ${at("beside").selectedOptions[0].textContent}`;
  at("lists").className = version ? "lists two" : "lists";
  at("liked").replaceChildren();
  for (const id of ["more", "about", "likes", "table", "other"]) at(id).hidden = true;
  await page();
  const { document } = await ask(`v1/users/${encodeURIComponent(shown.user)}/liked?limit=20`);
  document.titles.forEach((title) => cell(at("liked"), "li", title));
  at("likes").hidden = false;
}

async function busy(work) {
  at("go").disabled = at("more").disabled = true;
  try {
    fail(null);
    await work();
  } catch (error) {
    fail(error);
  } finally {
    at("go").disabled = at("more").disabled = false;
  }
}

function age(seconds) {
  const [size, unit] = seconds < 7200 ? [60, "min"] : seconds < 172800 ? [3600, "h"] : [86400, "days"];
  return `${Math.round(seconds / size)} ${unit}`;
}

async function showHealth() {
  let found;
  try {
    found = (await ask("readyz")).document;
  } catch (error) {
    found = error.document;
  }
  const bad = found ? Object.entries(found.dependencies).filter(([, state]) => state !== "ok") : [];
  const version = found && found.live_version
    ? `version ${found.live_version}, live for ${age(found.live_age_s)}, ${found.index_videos.toLocaleString("en")} videos`
    : "no live version";
  const state = !found ? "no answer" : bad.length ? bad.map((one) => one.join(": ")).join("; ") : "all works";
  at("health").textContent = `Health: ${state} · ${version}`;
  at("health").className = found && !bad.length ? "soft ok" : "soft bad";
}

async function showUsers() {
  if (at("users").childElementCount) return;
  const { document: found } = await ask("v1/users?limit=20");
  for (const user of found.users) cell(at("users"), "option", "").value = user;
}

async function showVersions() {
  if (at("beside").childElementCount > 1) return;
  const { document: found } = await ask("v1/versions");
  for (const { version, state, since } of found.versions.filter((one) => one.state !== "live")) {
    cell(at("beside"), "option", `${version}, ${state}, ${since.slice(0, 10)}`).value = version;
  }
}

async function showChoices() {
  await showUsers();
  await showVersions();
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  busy(begin);
});
at("more").addEventListener("click", () => busy(page));
at("key").addEventListener("change", () => showChoices().then(() => fail(null), fail));
showChoices().catch(fail);
showHealth();
setInterval(showHealth, 15000);
