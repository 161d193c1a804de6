// The connection's page: the guide follows the focus, the preview follows the label, and the
// callback URL follows the alias.

const guide = document.querySelector("[data-guide]");

document.addEventListener("focusin", (event) => {
  const field = event.target.closest("[data-field]")?.dataset.field;
  if (field) {
    light(field);
  }
});

function light(field) {
  const matching = guide.querySelector(`[data-fills="${CSS.escape(field)}"]`);
  for (const step of guide.querySelectorAll(".step[aria-current]")) {
    step.classList.remove("is-current");
    step.removeAttribute("aria-current");
  }
  if (matching) {
    matching.classList.add("is-current");
    matching.setAttribute("aria-current", "step");
    reveal(matching);
  }
}

// Only the guide's own column scrolls; the page stays where the person is typing.
function reveal(step) {
  const margin = 16;
  const column = guide.getBoundingClientRect();
  const box = step.getBoundingClientRect();
  if (box.bottom > column.bottom) {
    guide.scrollTop += Math.min(box.bottom - column.bottom, box.top - column.top) + margin;
  } else if (box.top < column.top) {
    guide.scrollTop -= column.top - box.top + margin;
  }
}

document.addEventListener("input", (event) => {
  const preview = document.querySelector(`[data-preview-of="${CSS.escape(event.target.id)}"]`);
  if (preview) {
    const label = event.target.value.trim() || event.target.placeholder;
    preview.querySelector(".provider-button > span").textContent = label;
    show(preview);
  }
});

// Show the language whose label is being typed.
function show(preview) {
  const previews = [...preview.parentElement.querySelectorAll("[data-preview-of]")];
  const tabs = preview.parentElement.querySelectorAll(".tabs input");
  tabs[previews.indexOf(preview)].checked = true;
}

const alias = document.querySelector('[data-field="alias"] input');

document.addEventListener("input", (event) => {
  if (event.target.name === "alias") {
    for (const button of document.querySelectorAll(".copyable [data-copy]")) {
      follow(button, event.target.value.trim());
    }
  }
});

// Addresses of ours hold the alias as a part of their path: …/callback/<alias>, /sso/<alias>/metadata.
function follow(button, typed) {
  button.dataset.original ??= button.dataset.copy;
  const parts = button.dataset.original.split("/");
  const place = parts.lastIndexOf(alias.defaultValue);
  if (place < 3 || !typed) {
    return;
  }
  parts[place] = typed;
  button.dataset.copy = parts.join("/");
  const pieces = button.dataset.copy.split(/(?<=[/_])(?!\/)/);
  const broken = pieces.flatMap((piece) => [document.createElement("wbr"), piece]);
  button.parentElement.querySelector("code").replaceChildren(...broken);
}

// The answer of a check is drawn with what was asked; what was typed meanwhile is newer.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, parameters } = event.detail.requestConfig;
  const control = document.getElementById(elt.id);
  if (control && control.value !== parameters[control.name]) {
    event.detail.shouldSwap = false;
  }
});
