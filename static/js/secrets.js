// Password fields can be looked at while something is typed in them, and hide when they are sent.

for (const toggle of document.querySelectorAll("[data-show]")) {
  const input = document.getElementById(toggle.dataset.show);
  const reveal = (shown) => {
    input.type = shown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(shown));
  };

  input.addEventListener("input", () => {
    toggle.hidden = input.value === "";
    if (toggle.hidden) {
      reveal(false);
    }
  });
  toggle.addEventListener("click", () => {
    reveal(input.type === "password");
    input.focus();
  });
  input.form?.addEventListener("submit", () => reveal(false));
  window.addEventListener("pagehide", () => reveal(false));
}

// A link to a field, such as “Replace secret”, opens what it is folded in.
const openLinked = () => {
  const field = document.getElementById(window.location.hash.slice(1));
  if (!field?.closest("form")) {
    return;
  }
  for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
  field.focus();
};

window.addEventListener("hashchange", openLinked);
openLinked();
