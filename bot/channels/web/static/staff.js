// Comforts of the console. Keys of the inbox: j and k go through the rows, / to the search. Everything works without them.

const rows = [...document.querySelectorAll("[data-row]")];
const search = document.querySelector("[data-search]");

function step(by) {
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/" && search) search.focus();
  else return;
  event.preventDefault();
});

// Templates of answers are put where the cursor would be, behind what is there already.
for (const button of document.querySelectorAll("[data-fill]")) {
  const field = document.getElementById(button.dataset.fill);
  button.addEventListener("click", () => {
    const before = field.value.trimEnd();
    field.value = before ? `${before}\n${button.dataset.text}` : button.dataset.text;
    field.focus();
  });
}
