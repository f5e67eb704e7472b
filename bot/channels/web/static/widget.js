// Puts the chat on this page: <script src="https://.../widget.js" async></script>
(() => {
  const words = WORDS;
  const home = new URL(document.currentScript.src).origin;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.open;
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, {
    position: "fixed", right: "1rem", bottom: "1rem", zIndex: "2147483000",
    minHeight: "3.25rem", padding: "0 1.5rem", border: "0", borderRadius: "2rem",
    background: "#0d5f5a", color: "#fff", font: "600 1.125rem/1 sans-serif",
    boxShadow: "0 4px 18px rgb(0 0 0 / .3)", cursor: "pointer",
  });
  let frame = null;
  button.addEventListener("click", () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.src = `${home}/embed`;
      frame.title = words.title;
      Object.assign(frame.style, {
        position: "fixed", right: "1rem", bottom: "5rem", zIndex: "2147483000",
        width: "min(26rem, calc(100vw - 2rem))", height: "min(40rem, calc(100vh - 7rem))",
        border: "1px solid #c9c4b8", borderRadius: "1rem", background: "#f7f5f0",
        boxShadow: "0 8px 40px rgb(0 0 0 / .25)", display: "none",
      });
      document.body.append(frame);
    }
    const open = frame.style.display === "none";
    frame.style.display = open ? "block" : "none";
    button.textContent = open ? words.close : words.open;
    button.setAttribute("aria-expanded", String(open));
  });
  document.body.append(button);
})();
