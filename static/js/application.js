// The form of an application: what a check finds out appears below the field while one types.

// The field itself stays, with its cursor and what can be undone; only what stands below is replaced.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, parameters } = event.detail.requestConfig;
  event.detail.shouldSwap = false;
  if (event.detail.isError || elt.value !== parameters[elt.name]) {
    return;
  }
  const answer = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  const checked = answer.getElementById(elt.id);
  for (const name of ["aria-describedby", "aria-invalid"]) {
    elt.toggleAttribute(name, checked.hasAttribute(name));
    if (checked.hasAttribute(name)) {
      elt.setAttribute(name, checked.getAttribute(name));
    }
  }
  while (elt.nextSibling) {
    elt.nextSibling.remove();
  }
  while (checked.nextSibling) {
    elt.parentElement.append(checked.nextSibling);
  }
});

// A page with a new secret answers a form. Reloading it shows the application, and sends nothing.
const address = document.querySelector("[data-address]")?.dataset.address;
if (address) {
  history.replaceState(null, "", address);
}
