// The filter of History: applied as soon as it changes. The form stays, with focus and cursor.

const form = document.querySelector("[data-live-filter]");
const clear = form.querySelector("[data-clear]");

// The days of a link that somebody shared stay in the zone of the link.
if (!form.elements.since.value && !form.elements.until.value) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  form.elements.zone.value = zone;
  form.querySelector("[data-zone]").textContent = zone;
}

form.addEventListener("htmx:configRequest", (event) => {
  const given = event.detail.formData;
  for (const [name, value] of [...given]) {
    if (!value) {
      given.delete(name);
    }
  }
  clear.hidden = [...given.keys()].every((name) => name === "zone");
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { serverResponse, isError, pathInfo } = event.detail;
  const answer = new DOMParser().parseFromString(serverResponse, "text/html");
  const results = answer.getElementById("history-results");
  if (isError || !results) {
    // Another page, such as that for signing in again.
    event.detail.shouldSwap = false;
    location.assign(pathInfo.finalRequestPath);
    return;
  }
  history.replaceState(null, "", pathInfo.finalRequestPath);
  for (const control of form.querySelectorAll(".control")) {
    showNotes(control, answer.getElementById(control.id));
  }
  document.querySelector("[data-announcer]").textContent = results.dataset.announcement;
});

// What stands below a control, such as an error.
function showNotes(control, checked) {
  for (const name of ["aria-describedby", "aria-invalid"]) {
    control.toggleAttribute(name, checked.hasAttribute(name));
    if (checked.hasAttribute(name)) {
      control.setAttribute(name, checked.getAttribute(name));
    }
  }
  while (control.nextSibling) {
    control.nextSibling.remove();
  }
  while (checked.nextSibling) {
    control.parentElement.append(checked.nextSibling);
  }
}
