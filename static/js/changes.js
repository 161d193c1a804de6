// Forms that know what changed: the save bar counts, and leaving with unsaved changes asks.

for (const form of document.querySelectorAll("[data-changes-form]")) {
  watch(form);
}

function watch(form) {
  let leaving = false;
  form.addEventListener("input", () => show(form));
  form.addEventListener("htmx:afterSwap", () => {
    show(form);
    offerAcceptance(form);
  });
  form.addEventListener("submit", () => (leaving = true));
  window.addEventListener("pageshow", () => {
    leaving = false;
    show(form);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && changed(form).length > 0) {
      event.preventDefault();
    }
  });
}

// A warning that appeared while the form was filled in can be accepted before the first save, so
// that a secret does not have to be typed twice.
function offerAcceptance(form) {
  const label = form.querySelector("[data-accept-warnings]");
  if (!label) {
    return;
  }
  const box = label.querySelector("input");
  const shown = [...form.querySelectorAll("[data-warnings]")].map((each) => each.dataset.warnings);
  const codes = [...new Set(shown.join(" ").split(" ").filter(Boolean))].sort().join(" ");
  if (codes !== box.value) {
    box.value = codes;
    box.checked = false;
  }
  label.hidden = codes === "" || form.querySelector("[aria-invalid=true]") !== null;
}

function changed(form) {
  return [...form.elements].filter(isChanged);
}

// A control without data-saved is new, or starts empty.
function isChanged(control) {
  if (!control.closest("[data-field]") || !control.name) {
    return false;
  }
  const saved = control.dataset.saved ?? "";
  const value = control.type === "checkbox" ? (control.checked ? "on" : "") : control.value;
  return value !== saved;
}

function show(form) {
  const count = changed(form).length;
  const bar = form.querySelector("[data-save-bar]");
  const words = bar.querySelector("[data-changes]");
  bar.classList.toggle("is-dirty", count > 0);
  words.textContent = sentence(words.dataset, count);
}

function sentence({ one, many }, count) {
  if (count === 0) {
    return "";
  }
  return count === 1 ? one : many.replace("{count}", count);
}
