// A field that two people changed: a button puts in what the other one saved, or back what was typed.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (button) {
    put(document.getElementById(button.dataset.take), button.dataset.value);
    for (const each of button.parentElement.querySelectorAll("[data-take]")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
  }
});

document.documentElement.classList.add("has-take");

function put(control, value) {
  if (control.type === "checkbox") {
    control.checked = value === "on";
  } else {
    control.value = value;
  }
  // As if it had been typed: the page counts its changes and the field is checked.
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}
