"use strict";

// Opens a link by what stands behind the # of its address, and shows what it shows. What opens it is told in a header, and kept nowhere.
const element = (id) => document.getElementById(id);
const films = new Set(["video/mp4", "video/quicktime", "video/webm"]);
let link = null;
// What has been begun in this opening: more of it is no further download.
const begun = new Set();

function show(id, text) {
  element(id).hidden = text === null;
  element(id).textContent = text ?? "";
}

const status = (text) => show("status", text);
const problem = (text) => show("problem", text);

async function problemOf(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}

function wait(told) {
  const seconds = told.retry_after_seconds ?? 1;
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

function sentence(told) {
  switch (told.code) {
    case "unknown_link": return "This link opens nothing. It may have expired or been revoked: ask whoever gave it to you for another.";
    case "wrong_link_password": return "This password is wrong.";
    case "too_many_attempts": return `Too many wrong passwords were tried. Try again in ${wait(told)}.`;
    case "too_many_requests": return `Too many requests came at once. Try again in ${wait(told)}.`;
    case "downloads_used_up": return "This link has been used for as many downloads as it may.";
    case "not_found": return "This recording is no longer shared.";
    case "recording_damaged": return "This recording is damaged. Tell whoever gave you the link.";
    default: return "This does not work just now. Try again in a minute.";
  }
}

function ask() {
  status(null);
  element("list").hidden = true;
  element("player").hidden = true;
  element("ask").hidden = false;
  element("password").value = "";
  element("password").focus();
}

function about() {
  const left = link.downloads_left === null ? "" : ` Downloads left: ${link.downloads_left}.`;
  show("about", `Shared by ${link.organization} until ${new Date(link.expires_at).toLocaleString()}.${left}`);
}

function count(recording) {
  if (link.downloads_left === null || begun.has(recording.id)) return;
  begun.add(recording.id);
  link.downloads_left = Math.max(0, link.downloads_left - 1);
  about();
}

/** Opens the link. With what is wrong, or without a password that it needs, the page says so, and the answer is false. */
async function open(password) {
  problem(null);
  status("Opening …");
  let answer;
  try {
    answer = await fetch("/api/v1/shared", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "Share-Token": location.hash.slice(1) },
      body: JSON.stringify(password === undefined ? {} : { password }),
    });
  } catch {
    status(null);
    problem("The server cannot be reached.");
    return false;
  }

  if (answer.ok) {
    link = await answer.json();
    begun.clear();
    element("ask").hidden = true;
    document.title = link.folder;
    show("title", link.folder);
    about();
    return true;
  }

  const told = await problemOf(answer);
  if (told.code === "link_password_needed") {
    ask();
  } else if (told.code === "wrong_link_password" || told.code === "too_many_attempts") {
    ask();
    problem(sentence(told));
  } else {
    status(null);
    element("ask").hidden = true;
    problem(sentence(told));
  }

  return false;
}

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${units[power]}`;
}

const contentOf = (recording) => `/api/v1/shared/${link.link}/recordings/${recording.id}/content`;

/** Whether its content may be read; begins the download that what follows belongs to. Otherwise the page says why not. */
async function begin(recording, again) {
  problem(null);
  let answer;
  try {
    answer = await fetch(contentOf(recording), { credentials: "same-origin", headers: { Range: "bytes=0-0" }, cache: "no-store" });
  } catch {
    problem("The server cannot be reached.");
    return false;
  }

  if (answer.ok) {
    await answer.arrayBuffer();
    count(recording);
    return true;
  }

  const told = await problemOf(answer);
  // The opening is over; the link may hold still.
  if (told.code === "link_not_opened" && !again) return (await open()) && (status(null), await begin(recording, true));
  problem(sentence(told));
  return false;
}

async function save(recording) {
  if (!(await begin(recording, false))) return;
  const anchor = document.createElement("a");
  anchor.href = contentOf(recording);
  // Its name is the server's to tell: it ends as the content does.
  anchor.download = "";
  anchor.click();
}

async function play(recording, name) {
  if (!(await begin(recording, false))) return;
  show("playing", name);
  element("player").hidden = false;
  element("video").src = contentOf(recording);
  element("video").focus();
}

function button(text, name, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", `${text} ${name}`);
  made.addEventListener("click", action);
  return made;
}

function row(recording) {
  const name = recording.name ?? `Recording of ${new Date(recording.stored_at).toLocaleString()}`;
  const made = document.createElement("tr");
  for (const text of [name, recording.media_type, size(recording.bytes), new Date(recording.stored_at).toLocaleString()]) {
    made.insertCell().textContent = text;
  }

  const actions = made.insertCell();
  actions.append(button("Download", name, () => save(recording)));
  if (films.has(recording.media_type)) actions.append(button("Play", name, () => play(recording, name)));
  return made;
}

async function list() {
  let answer;
  try {
    answer = await fetch(`/api/v1/shared/${link.link}/recordings`, { credentials: "same-origin" });
  } catch {
    status(null);
    problem("The server cannot be reached.");
    return;
  }

  status(null);
  if (!answer.ok) {
    problem(sentence(await problemOf(answer)));
    return;
  }

  const { items } = await answer.json();
  element("rows").replaceChildren(...items.map(row));
  element("list").hidden = items.length === 0;
  if (items.length === 0) status("There is nothing in this folder.");
}

async function start(password) {
  if (await open(password)) await list();
}

element("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  start(element("password").value);
});
addEventListener("hashchange", () => location.reload());
start();
