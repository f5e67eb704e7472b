// The chat page: sends without leaving the page, hears replies as they come, suggests guides.

const log = document.getElementById("log");
const form = document.getElementById("say");
const input = document.getElementById("text");
const files = document.getElementById("files");
const notice = document.getElementById("notice");
const suggestions = document.getElementById("suggestions");
const words = document.getElementById("words").dataset;
const base = log.dataset.base;

let cursor = Number(log.dataset.cursor);

// Ids -------------------------------------------------------------------------------------------

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Showing ---------------------------------------------------------------------------------------

function toNewest(smooth = true) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  window.scrollTo({
    top: document.body.scrollHeight,
    behavior: smooth && !calm ? "smooth" : "instant",
  });
}

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // rendered and escaped by the server, as in the page itself
  return template.content.firstElementChild;
}

function find(name, value) {
  return log.querySelector(`[data-${name}="${CSS.escape(String(value))}"]`);
}

function overtake() {
  for (const choices of log.querySelectorAll(".choices")) choices.hidden = true;
  log.querySelector(".topics")?.remove();
}

function showSaid(entry) {
  const shown = find("said", entry.said);
  if (shown) shown.replaceWith(element(entry.html));
  else {
    overtake();
    log.insertBefore(element(entry.html), typing.isConnected ? typing : null);
  }
}

function showHeard(entry) {
  const item = element(entry.html);
  const earlier = entry.thread && find("thread", entry.thread);
  if (earlier) {
    const focused = document.activeElement?.closest(".ticks") && document.activeElement.value;
    earlier.replaceWith(item);
    if (focused) {
      [...item.querySelectorAll("button")].find((b) => b.value === focused)?.focus();
    } else item.scrollIntoView({ block: "center" });
  } else {
    log.insertBefore(item, typing.isConnected ? typing : null);
    toView(item);
  }
}

// A long answer is read from its beginning: its top comes into view, not its end.
function toView(item) {
  const previous = item.previousElementSibling ?? item;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  previous.scrollIntoView({ block: "start", behavior: calm ? "instant" : "smooth" });
}

function show(entry) {
  if (entry.said) return showSaid(entry);
  if (entry.heard <= cursor) return;
  cursor = entry.heard;
  stopTyping();
  showHeard(entry);
}

// Typing indicator ------------------------------------------------------------------------------

const typing = document.createElement("li");
typing.className = "heard typing";
typing.innerHTML = '<div class="bubble"><i></i><i></i><i></i></div>';
typing.firstElementChild.setAttribute("aria-label", words.typing);

function startTyping() {
  log.append(typing);
}

function stopTyping() {
  typing.remove();
}

// Saying ----------------------------------------------------------------------------------------

let line = Promise.resolve(); // one after another, in the order in which they were tapped
// Choices on their way, each as it looked when it was tapped: a double click is one tap, but a
// box that already shows its tick can be emptied before the answer to the tick is through.
const under = new Set();

function tap(button) {
  const ticked = button.getAttribute("aria-checked"); // null: no box, a plain choice
  const tapped = `${button.value} ${ticked}`;
  if (under.has(tapped)) return;
  under.add(tapped);
  const draft = ticked === null ? button.textContent.trim() : "";
  send({ choice: button.value }, draft).finally(() => under.delete(tapped));
}

function send(fields, draft) {
  notice.textContent = "";
  const message = newId();
  if (draft) {
    overtake();
    showDraft(message, draft);
    startTyping();
    toNewest();
  }
  line = line
    .then(() => deliver(message, fields, draft))
    .catch(() => {
      notice.textContent = words.failed;
    })
    .finally(stopTyping);
  return line;
}

function showDraft(message, draft) {
  const item = element('<li class="said"><div class="bubble"><span class="unseen"></span><p></p></div></li>');
  item.dataset.said = message;
  item.querySelector("span").textContent = words.you;
  item.querySelector("p").textContent = draft;
  log.append(item);
}

// Sends once more if the network failed: the id makes sure that it counts once.
async function deliver(message, fields, draft) {
  const token = form.elements.token.value;
  for (const pause of [0, 1500]) {
    if (pause) await new Promise((done) => setTimeout(done, pause));
    const body = new URLSearchParams({ token, message, after: String(cursor), ...fields });
    let answer;
    try {
      answer = await fetch(`${base}/say`, { method: "POST", body });
    } catch {
      continue;
    }
    if (answer.ok) return take(await answer.json());
    takeBack(message, fields, draft);
    if (answer.status === 403) return renew();
    notice.textContent = (await answer.json().catch(() => ({}))).text ?? words.failed;
    return;
  }
  takeBack(message, fields, draft);
  notice.textContent = words.failed;
}

// A file field is there while a complaint is open.
function take(answer) {
  for (const entry of answer.entries) show(entry);
  files.hidden = !answer.files;
}

// What was not taken in goes back to where it was typed: nothing a citizen wrote is lost.
function takeBack(message, fields, draft) {
  stopTyping();
  find("said", message)?.remove();
  const choices = log.querySelector("li:last-child > .choices");
  if (choices) choices.hidden = false;
  if (draft && fields.text && !input.value) input.value = draft;
}

// The page is older than its session: a new one takes over what was typed.
function renew() {
  sessionStorage.setItem("draft", input.value);
  location.reload();
}

if (sessionStorage.getItem("draft")) {
  input.value = sessionStorage.getItem("draft");
  notice.textContent = words.expired;
  sessionStorage.removeItem("draft");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.name === "choice") return tap(button);
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  closeSuggestions();
  send({ text }, text);
});

// Photos and papers -----------------------------------------------------------------------------

const LARGEST = 8 * 1024 * 1024;

async function addFile() {
  const body = new FormData(files);
  body.set("message", newId());
  body.set("after", String(cursor));
  if (body.get("file").size > LARGEST) {
    notice.textContent = words.tooLarge;
    return;
  }
  notice.textContent = words.sending;
  const answer = await fetch(`${base}/file/say`, { method: "POST", body });
  if (answer.status === 403) return renew();
  const said = await answer.json().catch(() => ({}));
  notice.textContent = answer.ok ? "" : (said.text ?? words.failed);
  if (!answer.ok) return;
  files.querySelector("[type=file]").value = "";
  take(said);
}

files.addEventListener("submit", (event) => {
  event.preventDefault();
  line = line.then(addFile).catch(() => {
    notice.textContent = words.failed;
  });
});

// Suggestions -----------------------------------------------------------------------------------

let asked = 0;
let timer = 0;

function closeSuggestions() {
  clearTimeout(timer);
  asked += 1;
  suggestions.hidden = true;
  suggestions.replaceChildren();
}

function showSuggestions(names) {
  if (!names.length) return closeSuggestions();
  const title = document.createElement("p");
  title.textContent = words.suggestions;
  const buttons = names.map((name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      input.value = "";
      closeSuggestions();
      input.focus();
      send({ text: name }, name);
    });
    return button;
  });
  suggestions.replaceChildren(title, ...buttons);
  suggestions.hidden = false;
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  const text = input.value.trim();
  if (!text || text.length > 20) return closeSuggestions();
  timer = setTimeout(async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(`${base}/suggest?q=${encodeURIComponent(text)}`);
      if (answer.ok && mine === asked) showSuggestions(await answer.json());
    } catch {
      // Suggestions are a comfort; the question can be sent without.
    }
  }, 180);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !suggestions.hidden) {
    closeSuggestions();
    input.focus();
  }
  if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !suggestions.hidden) {
    const stops = [...suggestions.querySelectorAll("button"), input];
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const step = event.key === "ArrowUp" ? -1 : 1;
    stops[(at + step + stops.length) % stops.length].focus();
  }
});

// Hearing ---------------------------------------------------------------------------------------

let source = null;
let retry = 1000;

function listen() {
  source?.close();
  source = new EventSource(`${base}/events?after=${cursor}`);
  source.onopen = () => {
    retry = 1000;
    if (notice.textContent === words.offline) notice.textContent = "";
  };
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    if (document.hidden) return;
    notice.textContent = words.offline;
    // The browser comes back by itself unless the server sent it away.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(listen, retry);
      retry = Math.min(retry * 2, 30000);
    }
  };
}

// A browser opens few connections to one place: a hidden page gives its own back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else listen();
});
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => {
  if (event.persisted) listen();
});

listen();
if (log.children.length > 1) toView(log.lastElementChild);
if (matchMedia("(hover: hover)").matches) input.focus({ preventScroll: true });
