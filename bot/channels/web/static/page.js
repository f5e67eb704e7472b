// Comforts of every page; without them each page works as it is.

for (const form of document.querySelectorAll("form.type")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const large = document.documentElement.classList.toggle("large");
    button.value = large ? "normal" : "large";
    button.setAttribute("aria-pressed", String(large));
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `doorstep_type=${large ? "large" : "normal"}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = button.dataset.share;
    try {
      if (navigator.share) {
        await navigator.share({ title: document.title, url });
      } else {
        await navigator.clipboard.writeText(url);
        button.textContent = button.dataset.done;
      }
    } catch {
      // The citizen changed their mind, or the browser forbids it: the address stands below.
    }
  });
}

